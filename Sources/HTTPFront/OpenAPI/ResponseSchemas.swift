import Deployments
import Snapshots

/// JSON Schemas of what is answered, by component name.
///
/// They allow members that are not named: clients pass over what a later version adds.
enum ResponseSchemas {
    static func all(of schemas: [RecordSchema]) -> [(String, JSONTree)] {
        schemas.map { ($0.profile.component, record($0)) } + [
            ("DeploymentEvent", event), ("DeploymentList", list),
            ("OneDeployment", one), ("Pagination", pagination), ("Snapshot", snapshot),
            ("ReachedSource", reachedSource), ("SourceError", sourceError), ("Partitions", partitions),
            ("Source", source), ("SourceList", sourceList), ("OneSource", oneSource),
            ("Refreshed", refreshed),
            ("StoreProblem", storeProblem), ("ConfigurationStatus", configuration), ("Summary", summary),
            ("SummaryGroup", group), ("SummaryTotal", total), ("Sum", sum), ("Health", health),
            ("Readiness", readiness), ("Problem", problem), ("ParameterError", parameterError),
        ]
    }

    private static let time: JSONTree = ["type": "string", "format": "date-time"]
    private static let timeOrNull: JSONTree = ["type": ["string", "null"], "format": "date-time"]
    private static let text: JSONTree = ["type": "string"]
    private static let textOrNull: JSONTree = ["type": ["string", "null"]]
    private static let count: JSONTree = ["type": "integer", "minimum": 0]
    private static let flag: JSONTree = ["type": "boolean"]
    private static let labels: JSONTree = ["type": "object", "additionalProperties": text]

    private static func reference(_ name: String) -> JSONTree { ValueSchemas.reference(name) }
    private static func list(of name: String) -> JSONTree { ["type": "array", "items": reference(name)] }

    private static func words<Word: RawRepresentable & CaseIterable>(_: Word.Type) -> JSONTree
    where Word.RawValue == String {
        ["type": "string", "enum": .strings(Word.allCases.map(\.rawValue))]
    }

    /// An object whose members are all there, but for the optional ones.
    private static func object(
        _ summary: String, _ members: [(String, JSONTree)], optional: [(String, JSONTree)] = []
    ) -> JSONTree {
        [
            "type": "object", "description": .text(summary), "properties": .object(members + optional),
            "required": .strings(members.map(\.0)),
        ]
    }

    /// Of the table of fields, in its order, groups nested.
    private static func record(_ schema: RecordSchema) -> JSONTree {
        var members: [(String, JSONTree)] = []
        for path in schema.paths {
            let parts = path.split(separator: ".").map(String.init)
            let value: JSONTree
            switch path {
            case "labels":
                value = [
                    "type": "object", "additionalProperties": textOrNull,
                    "description": .text(
                        "The labels that the operator gave its source; null where `fields` names another."),
                ]
            case "inferred":
                value = [
                    "type": "array", "items": text,
                    "description": "The fields that the platform did not state as such.",
                ]
            default: value = schema.named(path).map(ValueSchemas.answer) ?? [:]
            }
            if parts.count == 1 {
                members.append((path, value))
            } else if let place = members.firstIndex(where: { $0.0 == parts[0] }) {
                let inner = (members[place].1["properties"] ?? [:]).adding(.object([(parts[1], value)]))
                members[place].1 = ["type": "object", "properties": inner]
            } else {
                members.append((parts[0], ["type": "object", "properties": .object([(parts[1], value)])]))
            }
        }
        members.append(("history", list(of: "DeploymentEvent")))
        members.append(("native", ["type": ["object", "null"]]))
        return [
            "type": "object",
            "description": .text(
                "One deployed model on one platform. Every member is there, null where the platform does not say, but "
                    + "for `history` and `native`, which `include` adds; with `fields` only those that are named."
            ),
            "properties": .object(members), "examples": [Examples.deployment],
        ]
    }

    private static let event = object(
        "A change of status that the platform told.",
        [
            ("at", timeOrNull), ("status", words(DeploymentStatus.self)), ("native_status", textOrNull),
            ("message", textOrNull),
        ])

    private static var worth: [(String, JSONTree)] {
        [
            ("complete", flag.adding(["description": "Whether every source reached has a proven list."])),
            (
                "fresh",
                flag.adding([
                    "description": "Whether every source reached is fresh, and as young as demanded."
                ])
            ),
        ]
    }

    private static let totalIs: JSONTree = [
        "type": "string", "enum": ["exact", "as_of", "at_least"],
        "description": .text(
            "exact: complete and fresh; as_of: complete, true at oldest_observed_at; at_least: not complete."),
    ]

    private static var withOldest: [(String, JSONTree)] {
        worth + [("oldest_observed_at", timeOrNull), ("sources", list(of: "ReachedSource"))]
    }

    private static var list: JSONTree {
        object(
            "A page of the merged list.",
            [
                ("data", list(of: "ModelDeployment")), ("pagination", reference("Pagination")),
                ("snapshot", reference("Snapshot")),
            ] + withOldest)
    }

    private static var one: JSONTree {
        object(
            "One deployment, its latest version, with its history unless `fields` leaves it out.",
            [("data", reference("ModelDeployment")), ("snapshot", reference("Snapshot"))] + worth
                + [("sources", list(of: "ReachedSource"))])
    }

    private static let pagination = object(
        "Where a page stands in its list.",
        [
            ("page", ["type": ["integer", "null"], "minimum": 1]), ("page_size", count),
            ("current_page_size", count),
            ("total_pages", count), ("total_results", count), ("total_is", totalIs),
            ("next_page_token", textOrNull.adding(["description": "null on the last page."])),
        ])

    private static let snapshot = object(
        "The rows at one moment; `id` changes only when a row did.", [("id", text), ("published_at", time)])

    private static let sourceError = object(
        "Why the last attempt failed, wholly or in part.",
        [("class", words(SourceError.Class.self)), ("message", text), ("since", time)])

    private static let partitions = object(
        "The lists that a source's list is put together from.",
        [("total", count), ("listed", count), ("proven", count)])

    private static var state: [(String, JSONTree)] {
        [
            ("state", words(SourceStatus.State.self)), ("observed_at", timeOrNull), ("count", count),
            ("partitions", reference("Partitions")),
            ("error", ["anyOf": [reference("SourceError"), ["type": "null"]]]),
        ]
    }

    private static var reachedSource: JSONTree {
        object(
            "A source that the query reaches, as it stood.", [("name", text), ("platform", text)] + state,
            optional: [
                (
                    "demand",
                    words(UnmetDemand.self).adding(["description": "Why its list is older than demanded."])
                )
            ])
    }

    private static var source: JSONTree {
        let identity = [
            ("name", text), ("platform", text), ("adapter", text), ("region", textOrNull), ("labels", labels),
        ]
        let calls = object(
            "Requests sent in the last minute, hour and day.",
            [("minute", count), ("hour", count), ("day", count)])
        let drift = object(
            "What the adapter file does not know of the platform's records.",
            [("field", text), ("value", text), ("first_seen", time), ("rows", count)])
        return object(
            "How a source stands, and why.",
            identity + state + [
                ("age_seconds", ["type": ["integer", "null"], "minimum": 0]), ("last_attempt_at", timeOrNull),
                ("next_attempt_at", timeOrNull), ("next_attempt_reason", textOrNull), ("calls", calls),
                ("budget_left", ["type": ["integer", "null"]]), ("drift", ["type": "array", "items": drift]),
            ])
    }

    private static let sourceList = object(
        "Every source.", [("data", list(of: "Source"))],
        optional: [
            ("store", reference("StoreProblem")), ("configuration", reference("ConfigurationStatus")),
        ])

    private static let oneSource = object(
        "One source.", [("data", reference("Source"))], optional: [("store", reference("StoreProblem"))])

    private static let refreshed = object(
        "The source that was asked.", [("data", reference("Source"))])

    private static let storeProblem = object(
        "Why the newest lists cannot be kept.",
        [("state", ["type": "string", "enum": ["failing"]]), ("since", time), ("message", text)])

    private static let configuration = object(
        "Which configuration is in force, and whether a newer one was refused.",
        [
            ("loaded_at", time),
            (
                "error",
                [
                    "anyOf": [
                        object(
                            "Why the newest is not in force.",
                            [("message", text), ("since", time), ("problems", count)]),
                        ["type": "null"],
                    ]
                ]
            ),
        ])

    private static var summary: JSONTree {
        object(
            "What the rows of a query come to.",
            [
                ("data", list(of: "SummaryGroup")), ("total", reference("SummaryTotal")),
                ("total_is", totalIs),
                ("snapshot", reference("Snapshot")),
            ] + withOldest)
    }

    private static let sums: JSONTree = [
        "type": "object", "additionalProperties": reference("Sum"),
        "description": "By the name of the field that is added up.",
    ]

    private static let group = object(
        "The rows that have the same values in the fields grouped by, each a member of that name.",
        [("count", count), ("sums", sums)]
    ).adding(["additionalProperties": ["type": ["string", "number", "boolean", "null"]]])

    private static let total = object("All rows together.", [("count", count), ("sums", sums)])

    private static let sum = object(
        "What one field adds up to.",
        [
            (
                "sum",
                [
                    "type": ["number", "null"],
                    "description": "null where rows are there and none states a value.",
                ]
            ), ("rows", count), ("null_rows", count),
        ])

    private static let health = object(
        "The process answers.", [("status", ["type": "string", "const": "ok"])])

    private static let readiness = object(
        "It should get traffic.", [("status", ["type": "string", "const": "ready"])],
        optional: [("store", ["type": "string", "const": "failing"])])

    private static var problem: JSONTree {
        let types = Problem.Kind.allCases.map { "urn:rollcall:problem:\($0.rawValue)" }
        return object(
            "An error (RFC 9457).",
            [
                ("type", ["type": "string", "enum": .strings(types)]), ("title", text),
                ("status", ["type": "integer", "minimum": 400, "maximum": 599]), ("detail", text),
                ("request_id", text),
            ],
            optional: [
                ("errors", list(of: "ParameterError")), ("sources", list(of: "ReachedSource")),
            ])
    }

    private static let parameterError = object(
        "What is wrong with one parameter.",
        [("parameter", text), ("value", text), ("detail", text), ("did_you_mean", textOrNull)],
        optional: [
            ("pointer", text.adding(["description": "Where in the parameter's JSON it is wrong (RFC 6901)."]))
        ])
}
