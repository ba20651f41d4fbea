import Deployments
import Snapshots

/// The JSON Schemas of answers, by component name.
///
/// They allow members that are not named, since clients ignore members that a later version adds.
enum ResponseSchemas {
    static func all(of kinds: [RecordKind]) -> [(String, JSONTree)] {
        kinds.flatMap { kind in
            [
                (kind.schema.profile.component, record(kind)), (kind.listComponent, list(of: kind)),
                (kind.oneComponent, one(of: kind)),
            ]
        } + [
            ("DeploymentEvent", event), ("Lookup", lookup), ("Pagination", pagination),
            ("Snapshot", snapshot), ("ListState", listState),
            ("Notice", notice), ("ReachedSource", reachedSource), ("SourceError", sourceError),
            ("Partitions", partitions),
            ("Source", source), ("SourceList", sourceList), ("OneSource", oneSource),
            ("Refreshed", refreshed),
            ("StoreProblem", storeProblem), ("ConfigurationStatus", configuration), ("Summary", summary),
            ("SummaryGroup", group), ("SummaryTotal", total), ("Sum", sum), ("Health", health),
            ("Readiness", readiness), ("Problem", problem), ("ParameterError", parameterError),
        ] + models + updates
    }

    static let time: JSONTree = ["type": "string", "format": "date-time"]
    static let timeOrNull: JSONTree = ["type": ["string", "null"], "format": "date-time"]
    static let text: JSONTree = ["type": "string"]
    static let textOrNull: JSONTree = ["type": ["string", "null"]]
    static let count: JSONTree = ["type": "integer", "minimum": 0]
    static let bool: JSONTree = ["type": "boolean"]
    static let labels: JSONTree = ["type": "object", "additionalProperties": text]

    static func reference(_ name: String) -> JSONTree { ValueSchemas.reference(name) }
    static func list(of name: String) -> JSONTree { ["type": "array", "items": reference(name)] }

    /// A closed vocabulary.
    static func terms<Term: RawRepresentable & CaseIterable>(_: Term.Type) -> JSONTree
    where Term.RawValue == String {
        ["type": "string", "enum": .strings(Term.allCases.map(\.rawValue))]
    }

    private static func termsOrNull<Term: RawRepresentable & CaseIterable>(_: Term.Type) -> JSONTree
    where Term.RawValue == String {
        ["type": ["string", "null"], "enum": .list(Term.allCases.map { .text($0.rawValue) } + [.null])]
    }

    /// An object with members that are always present, and optional ones.
    static func object(
        _ summary: String, _ members: [(String, JSONTree)], optional: [(String, JSONTree)] = []
    ) -> JSONTree {
        [
            "type": "object", "description": .text(summary), "properties": .object(members + optional),
            "required": .strings(members.map(\.0)),
        ]
    }

    /// The schema of a record, in the order of the table of fields, with groups as nested objects.
    private static func record(_ kind: RecordKind) -> JSONTree {
        let schema = kind.schema
        var members: [(String, JSONTree)] = []
        for path in schema.paths {
            let parts = path.split(separator: ".").map(String.init)
            let value: JSONTree
            switch path {
            case "labels":
                value = [
                    "type": "object", "additionalProperties": textOrNull,
                    "description": .text(
                        "The labels that the operator gave its source; null for a key in `fields` that the "
                            + "source does not have."
                    ),
                ]
            default: value = self.value(at: path, of: schema)
            }
            let type: JSONTree = schema.nullGroups.contains(parts[0]) ? ["object", "null"] : "object"
            if parts.count == 1 {
                members.append((path, value))
            } else if let index = members.firstIndex(where: { $0.0 == parts[0] }) {
                let inner = (members[index].1["properties"] ?? [:]).adding(.object([(parts[1], value)]))
                members[index].1 = ["type": type, "properties": inner]
            } else {
                members.append((parts[0], ["type": type, "properties": .object([(parts[1], value)])]))
            }
        }
        for member in schema.profile.included { members.append((member.rawValue, value(of: member))) }
        members.append(("observed_at", timeOrNull))
        members.append(("source_state", termsOrNull(SourceStatus.State.self)))
        return [
            "type": "object",
            "description": .text(
                schema.profile.summary.prefix(1).uppercased() + schema.profile.summary.dropFirst()
                    + ". Every member is present, null if the platform does not state it, except "
                    + (schema.profile.included.map(\.rawValue) + ["observed_at"]).map { "`\($0)`" }
                    .joined(separator: ", ")
                    + " and `source_state`, which `include` adds; with `fields` only the named ones are present."
            ),
            "properties": .object(members), "examples": [Examples.record(of: kind)],
        ]
    }

    /// The schema of a member that `include` adds.
    private static func value(of member: Include) -> JSONTree {
        switch member {
        case .history: list(of: "DeploymentEvent")
        case .native: ["type": ["object", "null"]]
        }
    }

    /// The schema of a member at a path: a scalar, a list of strings, or another form.
    private static func value(at path: String, of schema: RecordSchema) -> JSONTree {
        if let list = schema.lists.first(where: { $0.name == path }) {
            return ["type": "array", "items": text, "description": .text(list.summary)]
        }
        if let object = schema.objects.first(where: { $0.name == path }) {
            return value(of: object)
        }
        return schema.named(path).map(ValueSchemas.answer) ?? [:]
    }

    private static let lookup = object(
        "A secondary request that fields of a record depend on.",
        [
            ("name", text), ("state", terms(LookupState.State.self)),
            ("fields", ["type": "array", "items": text]), ("observed_at", timeOrNull),
            ("error", ["anyOf": [reference("SourceError"), ["type": "null"]]]),
        ])

    private static let event = object(
        "A change of status that the platform states.",
        [
            ("at", timeOrNull), ("status", terms(DeploymentStatus.self)), ("native_status", textOrNull),
            ("message", textOrNull),
        ])

    static var completeAndFresh: [(String, JSONTree)] {
        [
            ("complete", bool.adding(["description": "True if every source reached has a proven list."])),
            (
                "fresh",
                bool.adding([
                    "description": "True if every source reached is fresh and meets the demand."
                ])
            ),
        ]
    }

    static let totalIs: JSONTree = [
        "type": "string", "enum": ["exact", "as_of", "at_least"],
        "description": .text(
            "exact: complete and fresh; as_of: complete, as of oldest_observed_at, or while rows are held back; "
                + "at_least: not complete, or a field that the request uses could not be read."),
    ]

    static var withOldest: [(String, JSONTree)] {
        completeAndFresh + [("oldest_observed_at", timeOrNull)] + noticesAndSources
    }

    static var noticesAndSources: [(String, JSONTree)] {
        [
            ("notices", list(of: "Notice")), ("sources", list(of: "ReachedSource")),
            ("sources_total", sourcesTotal),
        ]
    }

    private static let sourcesTotal = object(
        "The number of sources in each state, of all that the answer covers.",
        SourceStatus.State.allCases.map { ($0.rawValue, count) })

    private static let notice = object(
        "A remark on the answer; a member that it is not about is null.",
        [
            (
                "code",
                text.adding([
                    "description": .text(
                        Notice.Code.allCases.map { "`\($0.rawValue)`: \($0.summary)." }.joined(separator: " ")
                            + " There may be more.")
                ])
            ), ("parameter", textOrNull), ("value", textOrNull), ("source", textOrNull),
            ("rows", ["type": ["integer", "null"], "minimum": 1]), ("detail", text),
            ("did_you_mean", textOrNull),
        ])

    private static func list(of kind: RecordKind) -> JSONTree {
        object(
            "A page of the merged list.",
            [
                ("data", list(of: kind.schema.profile.component)), ("pagination", reference("Pagination")),
                ("snapshot", reference("Snapshot")),
            ] + withOldest)
    }

    private static func one(of kind: RecordKind) -> JSONTree {
        object(
            kind == .deployments
                ? "One deployment, its latest version or the one requested, with its history unless `fields` "
                    + "leaves it out."
                : "One \(kind.noun).",
            [("data", reference(kind.schema.profile.component)), ("snapshot", reference("Snapshot"))]
                + completeAndFresh
                + noticesAndSources)
    }

    private static let pagination = object(
        "The position of a page in its list.",
        [
            ("page", ["type": ["integer", "null"], "minimum": 1]), ("page_size", count),
            ("current_page_size", count),
            ("total_pages", count), ("total_results", count), ("total_is", totalIs),
            ("next_page_token", textOrNull.adding(["description": "null on the last page."])),
        ])

    private static let snapshot = object(
        "The rows at one moment; `id` changes only if a row has changed.",
        [("id", text), ("published_at", time)])

    private static let sourceError = object(
        "The reason why the last attempt failed, completely or in part.",
        [("class", terms(SourceError.Class.self)), ("message", text), ("since", time)])

    private static let partitions = object(
        "The partitions of a source: how many there are, have a list, and have a proven list.",
        [("total", count), ("listed", count), ("proven", count)])

    static var state: [(String, JSONTree)] {
        [
            ("state", terms(SourceStatus.State.self)), ("observed_at", timeOrNull), ("count", count),
            ("partitions", reference("Partitions")),
            ("error", ["anyOf": [reference("SourceError"), ["type": "null"]]]),
        ]
    }

    private static var reachedSource: JSONTree {
        object(
            "A source that the query reaches, with its state at the time of the answer.",
            [("name", text), ("platform", text)] + state,
            optional: [
                (
                    "demand",
                    terms(UnmetDemand.self).adding([
                        "description": "The reason why its list is older than demanded."
                    ])
                )
            ])
    }

    private static var summary: JSONTree {
        object(
            "Counts and sums of a query's rows.",
            [
                ("data", list(of: "SummaryGroup")), ("total", reference("SummaryTotal")),
                ("total_is", totalIs),
                ("snapshot", reference("Snapshot")),
            ] + withOldest, optional: [("total_groups", count)])
    }

    private static func extremes(_ word: String, _ meaning: String) -> (String, JSONTree) {
        let extreme = object("One of them.", [(word, timeOrNull), ("rows", count), ("null_rows", count)])
        return (
            word,
            [
                "type": "object", "additionalProperties": extreme,
                "description": .text(
                    "The \(meaning) times by the name of the field, where `\(word)` asks for it."),
            ]
        )
    }

    private static let told = [extremes("min", "earliest"), extremes("max", "latest")]

    private static let sums: JSONTree = [
        "type": "object", "additionalProperties": reference("Sum"),
        "description": "The sums by the name of the field that is added up.",
    ]

    private static let group = object(
        "The rows with the same values in the fields of `group_by`; each of these is a member with its name.",
        [("count", count), ("sums", sums)], optional: told
    ).adding(["additionalProperties": ["type": ["string", "number", "boolean", "null"]]])

    private static let total = object(
        "All rows together.", [("count", count), ("sums", sums)], optional: told)

    private static let sum = object(
        "The sum of one field.",
        [
            (
                "sum",
                [
                    "type": ["number", "null"],
                    "description": "null if there are rows, but none has a value.",
                ]
            ), ("rows", count), ("null_rows", count),
        ])

    private static let health = object(
        "The process answers.", [("status", ["type": "string", "const": "ok"])])

    private static let readiness = object(
        "The gateway is ready for traffic.", [("status", ["type": "string", "const": "ready"])],
        optional: [("store", terms(StoreProblem.State.self))])

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
                ("error", reference("OpenAIError")),
                (
                    "errors",
                    [
                        "type": "array",
                        "items": ["anyOf": [reference("ParameterError"), reference("MemberError")]],
                    ]
                ), ("class", terms(SourceError.Class.self)), ("revision", text), ("audit", text),
                ("endpoints", list(of: "ModelEndpoint")), ("sources", list(of: "ReachedSource")),
                ("sources_total", sourcesTotal),
            ])
    }

    private static let parameterError = object(
        "An error in one parameter.",
        [("parameter", text), ("value", text), ("detail", text), ("did_you_mean", textOrNull)],
        optional: [
            (
                "pointer",
                text.adding([
                    "description": "The JSON Pointer (RFC 6901) to the error in the parameter's JSON."
                ])
            )
        ])
}

extension RecordKind {
    /// The component of a page of its list.
    var listComponent: String {
        switch self {
        case .deployments: "DeploymentList"
        case .providers: "ProviderList"
        case .audit: "AuditList"
        }
    }

    /// The component of one record with its sources.
    var oneComponent: String {
        switch self {
        case .deployments: "OneDeployment"
        case .providers: "OneProvider"
        case .audit: "OneAuditRecord"
        }
    }
}

extension Notice.Code {
    /// The meaning: a phrase for the description of the API.
    fileprivate var summary: String {
        switch self {
        case .lookupPending:
            "a field that the request uses depends on a lookup that is pending or failed on some rows"
        case .unreadField: "a field that the request uses could not be read on some rows"
        case .rowsHeld: "rows are served that the newest list lacks, until another list confirms it"
        case .nullLiteral:
            "a filter compares with the text `null`; rows without a value are found by `exists=false`"
        case .noSuchValue: "a filter has a value that no source has, or the filters exclude every source"
        case .noSuchLabel: "a filter is on a label that no source has"
        case .latestOnly: "the filters exclude every latest version, and the answer has no others"
        case .auditDropped: "records of the audit log were dropped for their age or for room"
        }
    }
}
