import Deployments

/// The schemas of answers about sources.
extension ResponseSchemas {
    static var listState: JSONTree { object("The state of one of a source's lists.", state) }

    static var source: JSONTree {
        let identity = [
            ("name", text), ("platform", text), ("adapter", text), ("region", textOrNull), ("labels", labels),
        ]
        let calls = object(
            "Requests sent in the last minute, hour and day.",
            [("minute", count), ("hour", count), ("day", count)])
        let drift = object(
            "A field of the platform's records that could not be read, with one example value.",
            [("field", text), ("value", text), ("first_seen", time), ("rows", count)])
        let field = object(
            "A field of the source's rows: the origin of its values, and the current rows with and without one.",
            [
                ("field", text),
                ("told", ["type": "string", "enum": .strings(ToldFields.Origin.allCases.map(\.rawValue))]),
                ("rows", count), ("null_rows", count),
            ])
        let lookup = object(
            "The current rows by the state of a lookup.",
            [("name", text)] + LookupState.State.allCases.map { ($0.rawValue, count) })
        let held = object(
            "The rows that are served although the newest complete list lacks them, and since when.",
            [("rows", count), ("since", time)])
        return object(
            "The state of a source, and its reason.",
            identity + state + [
                ("age_seconds", ["type": ["integer", "null"], "minimum": 0]), ("last_attempt_at", timeOrNull),
                ("next_attempt_at", timeOrNull), ("next_attempt_reason", textOrNull), ("calls", calls),
                ("budget_left", ["type": ["integer", "null"]]), ("drift", ["type": "array", "items": drift]),
                ("unproven", textOrNull), ("fields", ["type": "array", "items": field]),
                ("lookups", ["type": "array", "items": lookup]),
                ("held", ["anyOf": [held, ["type": "null"]]]), ("lists", lists),
                ("writes", ["anyOf": [reference("Writes"), ["type": "null"]]]),
            ])
    }

    /// The state of each kind's list; every source has a list of deployments.
    private static var lists: JSONTree {
        object(
            "The state of each list of the source; null where its platform has no such records.",
            RecordKind.ofSources.map { kind in
                let state = reference("ListState")
                return (
                    kind.schema.profile.name,
                    kind == .deployments ? state : ["anyOf": [state, ["type": "null"]]]
                )
            })
    }

    static let sourceList = object(
        "Every source.", [("data", list(of: "Source"))],
        optional: [
            ("store", reference("StoreProblem")), ("configuration", reference("ConfigurationStatus")),
        ])

    static let oneSource = object(
        "One source.", [("data", reference("Source"))], optional: [("store", reference("StoreProblem"))])

    static let refreshed = object(
        "The source that was refreshed.", [("data", reference("Source"))])

    static let storeProblem = object(
        "The reason why this gateway does not store the lists that it serves.",
        [("state", terms(StoreProblem.State.self)), ("since", time), ("message", text)])

    static let configuration = object(
        "The configuration in use, and the error of a newer one that was refused.",
        [
            ("loaded_at", time),
            (
                "error",
                [
                    "anyOf": [
                        object(
                            "The reason why the newest configuration is not in use.",
                            [("message", text), ("since", time), ("problems", count)]),
                        ["type": "null"],
                    ]
                ]
            ),
        ])
}
