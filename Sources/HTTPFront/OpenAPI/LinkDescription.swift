/// Where an answer leads, as OpenAPI's links have it, by component name.
///
/// Each is of a document in JSON; where what it takes is null or not there, it leads nowhere.
enum LinkDescription {
    static func reference(_ name: String) -> JSONTree { ["$ref": "#/components/links/\(name)"] }

    static var all: [(String, JSONTree)] {
        [
            link(
                "NextPage", to: "listDeployments", "page_token", "$response.body#/pagination/next_page_token",
                "The next page; there is none where the token is null. Only `page_size`, `fields` and `format` may stand beside it."
            ),
            link(
                "ListedDeployment", to: "getDeployment", "uid", "$response.body#/data/0/uid",
                "Any deployment of the list, as it stands now."),
            link(
                "SourceOfListed", to: "getSource", "name", "$response.body#/data/0/source",
                "The source of any deployment of the list."),
            link(
                "SourceOfDeployment", to: "getSource", "name", "$response.body#/data/source",
                "The source of the deployment."),
            link(
                "ListedSource", to: "getSource", "name", "$response.body#/data/0/name",
                "Any source of the list."),
            link("Refresh", to: "refreshSource", "name", "$request.path.name", "Ask the source now."),
            link(
                "RefreshedSource", to: "getSource", "name", "$request.path.name",
                "How the source stands then."),
            link(
                "DeploymentsOfSource", to: "listDeployments", "source", "$request.path.name",
                "What the source has deployed."),
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
