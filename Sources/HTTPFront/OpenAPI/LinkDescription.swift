/// The links from answers to other operations, as in OpenAPI, by component name.
///
/// Each link is for a JSON answer. If the value that it uses is null or absent, there is no link to follow.
enum LinkDescription {
    static func reference(_ name: String) -> JSONTree { ["$ref": "#/components/links/\(name)"] }

    static var all: [(String, JSONTree)] {
        [
            link(
                "NextPage", to: "listDeployments", "page_token", "$response.body#/pagination/next_page_token",
                "The next page; there is none if the token is null."
            ),
            link(
                "ListedDeployment", to: "getDeployment", "uid", "$response.body#/data/0/uid",
                "Any deployment of the list, in its current state."),
            link(
                "SourceOfListed", to: "getSource", "name", "$response.body#/data/0/source",
                "The source of any deployment of the list."),
            link(
                "SourceOfDeployment", to: "getSource", "name", "$response.body#/data/source",
                "The source of the deployment."),
            link(
                "ListedSource", to: "getSource", "name", "$response.body#/data/0/name",
                "Any source of the list."),
            link(
                "NextProviderPage", to: "listProviders", "page_token",
                "$response.body#/pagination/next_page_token",
                "The next page; there is none if the token is null."),
            link(
                "ListedProvider", to: "getProvider", "uid", "$response.body#/data/0/uid",
                "Any provider of the list, in its current state."),
            link(
                "SourceOfProvider", to: "getSource", "name", "$response.body#/data/source",
                "The source of the provider."),
            link(
                "NextAuditPage", to: "listAudit", "page_token", "$response.body#/pagination/next_page_token",
                "The next page; there is none if the token is null."),
            link(
                "ListedAttempt", to: "getAuditRecord", "id", "$response.body#/data/0/id",
                "Any attempt of the list."),
            link("ListedModel", to: "getModel", "id", "$response.body#/data/0/id", "Any model of the list."),
            link("Refresh", to: "refreshSource", "name", "$request.path.name", "Refresh the source now."),
            link(
                "RefreshedSource", to: "getSource", "name", "$request.path.name",
                "The state of the source after that."),
            link(
                "DeploymentsOfSource", to: "listDeployments", "source", "$request.path.name",
                "The deployments of the source."),
            link(
                "ProvidersOfSource", to: "listProviders", "source", "$request.path.name",
                "The model providers of the source."),
        ]
    }

    private static func link(
        _ name: String, to operation: String, _ parameter: String, _ expression: String, _ summary: String
    ) -> (String, JSONTree) {
        (
            name,
            [
                "operationId": .text(operation), "description": .text(summary),
                "parameters": .object([(parameter, .text(expression))]),
            ]
        )
    }
}
