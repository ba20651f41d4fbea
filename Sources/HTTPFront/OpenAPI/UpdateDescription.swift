import Deployments
import Snapshots

/// The description of updates.
extension OperationDescription {
    static let updateDeployment: OperationDescription = {
        let headers = ResponseDescription.sourceHeaders.filter { $0 != "ETag" }
        let own = ["Idempotency-Key", "Idempotency-Replayed", "Rollcall-Audit"]
        return OperationDescription(
            id: "updateDeployment", summary: "Update a deployment at its platform",
            details:
                "Sends the members of the body to the deployment's platform, once. `writes` of its source says which "
                + "members it takes. Requires the right `write`, and a source with `writes: true`.",
            use: .update, path: ["uid"], headers: ["Idempotency-Key", "If-Match"],
            body: [
                "required": true,
                "content": [
                    "application/merge-patch+json": [
                        "schema": ValueSchemas.reference("DeploymentPatch"),
                        "example": ["config": "llama-gpu", "config_version": 2],
                    ]
                ],
            ],
            answers: [
                .init(
                    "The deployment after the update; with `dry_run=true` what would be sent, and the expected effect.",
                    headers + own, "UpdateAnswer", example: Examples.updated),
                .init(
                    "Applied, and not listed yet: the platform's own record, if it sent one.",
                    headers + own + ["Location.audit"], "AcceptedUpdate", example: Examples.acceptedUpdate,
                    status: 202),
            ],
            problems: [
                .invalidParameter, .notFound, .methodNotAllowed, .conflict, .preconditionFailed,
                .unsupportedMediaType, .invalidBody, .keyReused, .writesOff, .tooManyRequests, .noData,
                .notFreshEnough, .storeUnavailable, .upstreamRefused, .outcomeUnknown, .internal,
            ],
            problemHeaders: own,
            curl: [
                "curl -s -X PATCH \"$G/v1/deployments/research/ml-prod/chat-llama70b?dry_run=true\" "
                    + "-H 'Content-Type: application/merge-patch+json' -d '{\"config_version\":2}'"
            ])
    }()
}

/// The schemas of updates.
extension ResponseSchemas {
    static var updates: [(String, JSONTree)] {
        [
            ("DeploymentPatch", patch), ("UpdateAnswer", answer), ("UpdatedDeployment", updated),
            ("PlannedUpdate", planned), ("AcceptedUpdate", accepted), ("MemberError", memberError),
            ("Writes", writes),
        ]
    }

    private static let audit = textOrNull.adding([
        "description": "The id of its record in `/v1/audit`; null if it could not be recorded."
    ])

    /// Every field that an adapter file may let clients change, with groups as nested objects.
    private static var patch: JSONTree {
        var members: [(String, JSONTree)] = []
        for field in RecordSchema.deployments.fields where !field.isStamped {
            let parts = field.name.split(separator: ".").map(String.init)
            guard parts.count > 1 else {
                members.append((parts[0], ValueSchemas.stated(field)))
                continue
            }
            let inner = members.first { $0.0 == parts[0] }?.1["properties"] ?? [:]
            let group = object(of: inner.adding(.object([(parts[1], ValueSchemas.stated(field))])))
            members.removeAll { $0.0 == parts[0] }
            members.append((parts[0], group))
        }
        return object(of: .object(members)).adding([
            "description": .text(
                "A merge patch (RFC 7396): the members to change. A source takes those that its `writes` names."
            )
        ])
    }

    private static func object(of properties: JSONTree) -> JSONTree {
        ["type": "object", "minProperties": 1, "additionalProperties": false, "properties": properties]
    }

    private static let answer: JSONTree = [
        "anyOf": [reference("UpdatedDeployment"), reference("PlannedUpdate")]
    ]

    private static var updated: JSONTree {
        object(
            "The deployment after an update, with its history.",
            [("data", reference("ModelDeployment")), ("snapshot", reference("Snapshot"))]
                + completeAndFresh + noticesAndSources + [("audit", audit)])
    }

    private static let planned = object(
        "What a dry run would send.",
        [
            (
                "data",
                object(
                    "The row as it is listed, as the update is expected to make it, and the request.",
                    [
                        ("before", reference("ModelDeployment")), ("after", reference("ModelDeployment")),
                        (
                            "request",
                            object(
                                "The request to the platform, without its credentials.",
                                [("method", text), ("url", text), ("body", [:])])
                        ),
                    ])
            ), ("audit", audit),
        ])

    private static let accepted = object(
        "An update that was applied, and that no list shows yet.",
        [("data", ["anyOf": [reference("ModelDeployment"), ["type": "null"]]]), ("audit", audit)])

    private static let memberError = object(
        "An error in one member of a body; `member` is empty for the body as a whole.",
        [("member", text), ("detail", text), ("did_you_mean", textOrNull)])

    private static let writes = object(
        "The members of the source's deployments that can be changed now.",
        [
            (
                "members",
                [
                    "type": "array",
                    "items": object(
                        "A member: its path in the record, and its values.",
                        [
                            ("field", text), ("type", terms(UpdateMember.Kind.self)), ("required", bool),
                            ("least", ["type": ["number", "null"]]),
                            ("greatest", ["type": ["number", "null"]]),
                            (
                                "multiple_of",
                                textOrNull.adding([
                                    "description": "The field of the row of which it has to be a multiple."
                                ])
                            ), ("about", textOrNull),
                        ]),
                ]
            )
        ])
}

extension ValueSchemas {
    /// The greatest integer up to which a double holds every one.
    private static let greatest = 9_007_199_254_740_991

    /// A value of a field that is not null.
    static func stated(_ field: Field) -> JSONTree {
        switch field.kind {
        case .text, .time: ["type": "string"]
        case .term(let terms): ["type": "string", "enum": .strings(terms)]
        case .number(let integer):
            [
                "type": integer ? "integer" : "number",
                "minimum": .integer(field.lowest.flatMap { Int(exactly: $0) } ?? -greatest),
                "maximum": .integer(greatest),
            ]
        case .bool: ["type": "boolean"]
        }
    }
}

/// Examples of answers to updates.
extension Examples {
    private static var audit: JSONTree { ["audit": .text(auditID)] }

    static var updated: JSONTree { one(of: .deployments).adding(audit) }

    static var acceptedUpdate: JSONTree {
        JSONTree.object([("data", record(of: .deployments))]).adding(audit)
    }
}
