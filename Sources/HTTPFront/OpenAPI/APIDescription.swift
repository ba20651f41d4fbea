import Deployments

/// The API as an OpenAPI 3.1 document, made from the tables that the server itself uses: routes, parameters,
/// fields, operators and problems.
enum APIDescription {
    /// The kinds of record that are served.
    private static let kinds = RecordKind.allCases

    static let document: JSONTree = [
        "openapi": "3.1.0",
        "info": [
            "title": "Rollcall", "version": "1",
            "summary": "One API for every model you have deployed, on every platform.",
            "description": .text(
                "Answers state the sources that they cover and the age of their lists. Fields, terms, "
                    + "parameters and "
                    + "problem types may be added within this version: ignore the ones that you do not "
                    + "know."),
        ],
        "servers": [["url": "/"]],
        "security": [[:], ["bearer": []]],
        "paths": .object(Route.all.map { ($0.name, .object($0.operations)) }),
        "components": [
            "schemas": .object(
                ResponseSchemas.all(of: kinds) + FilterSchemas.all(of: kinds.map(\.schema)) + [
                    ("Time", ValueSchemas.time)
                ]),
            "parameters": .object(ParameterDescription.all(of: kinds)),
            "headers": .object(ResponseDescription.headers),
            "links": .object(LinkDescription.all),
            "securitySchemes": [
                "bearer": [
                    "type": "http", "scheme": "bearer",
                    "description": .text(
                        "One of the gateway's access tokens, with the right `read`, `refresh` to refresh a source, `write` "
                            + "to update a deployment, or `audit` to read the audit log. No token is needed if none is "
                            + "configured."),
                ]
            ],
        ],
    ]
}
