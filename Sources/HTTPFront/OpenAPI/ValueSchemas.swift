import Deployments

/// The JSON Schemas of single values: those of a record's fields, and the operands of filters.
enum ValueSchemas {
    /// A regular expression for the name of a label's field, without anchors.
    static let labelPattern = "labels\\.\(LabelKey.pattern)"

    static func reference(_ name: String) -> JSONTree { ["$ref": "#/components/schemas/\(name)"] }

    /// A list of 1 to 200 values separated by commas, as in `field=a,b`.
    static func commaList(of kind: Field.Kind) -> JSONTree {
        ["type": "array", "items": operand(kind), "maxItems": .integer(FilterBuilder.valueLimit)]
    }

    /// One value of a filter.
    static func operand(_ kind: Field.Kind) -> JSONTree {
        switch kind {
        case .text: ["type": "string"]
        case .term(let terms): ["type": "string", "enum": .strings(terms)]
        case .number(let integer): ["type": integer ? "integer" : "number"]
        case .time: reference("Time")
        case .bool: ["type": "boolean"]
        }
    }

    /// A time as an operand of filters.
    static let time: JSONTree = [
        "description": .text(
            "A time: RFC 3339, a date (midnight UTC), milliseconds since 1970 in 13 digits, or before now: "
                + "2026-01-31T08:30:00Z, 2026-01-31, 1769848200000, -24h."),
        "anyOf": [
            ["type": "string", "format": "date-time"], ["type": "string", "format": "date"],
            ["type": "string", "pattern": "^[1-9][0-9]{12}$"],
            ["type": "string", "pattern": "^-([0-9]{1,9}s|[0-9]{1,7}m|[0-9]{1,5}h|[0-9]{1,4}d)$"],
        ],
    ]

    /// A record's field in an answer; null if the platform did not state it.
    static func answer(_ field: Field) -> JSONTree {
        let type: String
        var constraint: JSONTree = [:]
        switch field.kind {
        case .text: type = "string"
        case .term(let terms):
            type = "string"
            constraint = ["enum": .list(terms.map { .text($0) } + (field.isNullable ? [.null] : []))]
        case .number(let integer): type = integer ? "integer" : "number"
        case .time:
            type = "string"
            constraint = ["format": "date-time"]
        case .bool: type = "boolean"
        }
        let types: JSONTree = field.isNullable ? [.text(type), "null"] : .text(type)
        return JSONTree.object([("description", .text(field.summary)), ("type", types)]).adding(constraint)
    }
}

/// The schema of the parameter `filter`.
enum FilterSchemas {
    /// The components by name, for these kinds of record.
    static func all(of schemas: [RecordSchema]) -> [(String, JSONTree)] {
        var kinds: [Field.Kind] = []
        for kind in schemas.flatMap(\.kinds) where !kinds.contains(kind) { kinds.append(kind) }
        return schemas.map { ($0.profile.conditionComponent, condition(of: $0)) }
            + kinds.map { (name(of: $0), value($0)) }
    }

    private static func condition(of schema: RecordSchema) -> JSONTree {
        let nested = ValueSchemas.reference(schema.profile.conditionComponent)
        let list: JSONTree = ["type": "array", "minItems": 1, "items": nested]
        let junctions = FilterObject.Junction.allCases.map { junction in
            (junction.rawValue, junction == .not ? nested : list)
        }
        let fields = schema.fields.map { ($0.name, ValueSchemas.reference(name(of: $0.kind))) }
        return [
            "type": "object", "minProperties": 1,
            "description": .text(
                "All members must hold. `$` may be left out; a path may be split into nested objects "
                    + "(`{\"accelerator\":{\"type\":…}}`). `$and`, `$or` and `$not` may be nested at most "
                    + "\(FilterObject.depthLimit) deep, with at most \(FilterObject.conditionLimit) conditions."
            ),
            "properties": .object(junctions + fields),
            "patternProperties": schema.profile.hasLabels
                ? ["^\(ValueSchemas.labelPattern)$": ValueSchemas.reference(name(of: .label))] : [:],
            "additionalProperties": false,
            "examples": [
                schema.named("status") == nil
                    ? ["$or": [["outcome": "unknown"], ["uid": ["$like": "llama"]]]]
                    : ["$or": [["status": "FAILED"], ["name": ["$like": "llama"]]], "region": .null]
            ],
        ]
    }

    /// The components of filters on closed vocabularies, by a term that only that vocabulary has.
    private static let termFilters: KeyValuePairs = [
        DeploymentStatus.ready.rawValue: "StatusFilter", Serving.idle.rawValue: "ServingFilter",
        "openai": "ProtocolFilter", "bearer": "AuthorizationFilter",
        AuditRecord.Outcome.notApplied.rawValue: "OutcomeFilter",
        AuditRecord.Action.dryRun.rawValue: "ActionFilter",
        UpdateProblem.Kind.writesOff.rawValue: "ProblemFilter",
        SourceError.Class.badResponse.rawValue: "ErrorClassFilter",
    ]

    private static func name(of kind: Field.Kind) -> String {
        switch kind {
        case .text(let ignoresCase): ignoresCase ? "AnyCaseTextFilter" : "TextFilter"
        case .term(let terms):
            Self.termFilters.first { terms.contains($0.key) }?.value ?? "TermFilter"
        case .number(let integer): integer ? "WholeNumberFilter" : "NumberFilter"
        case .time: "TimeFilter"
        case .bool: "FlagFilter"
        }
    }

    /// A value, a list of which any may match, or an object of operators.
    private static func value(_ kind: Field.Kind) -> JSONTree {
        let operators = kind.operators.map { ("$\($0.rawValue)", operand(of: $0, kind)) }
        return [
            "description": .text("A filter on a field with values of the type: \(kind.summary)."),
            "anyOf": [
                scalar(kind, orNull: true), list(of: scalar(kind, orNull: true)),
                [
                    "type": "object", "minProperties": 1, "properties": .object(operators),
                    "additionalProperties": false,
                ],
            ],
        ]
    }

    private static func operand(of operation: FilterOperator, _ kind: Field.Kind) -> JSONTree {
        switch operation.entry.operand {
        case .bool: return scalar(.bool, orNull: false)
        case .pattern: return anyOf(scalar(.label, orNull: false))
        case .list: return list(of: scalar(kind, orNull: operation.takesNull))
        case .value: return anyOf(scalar(kind, orNull: operation.takesNull))
        }
    }

    private static func anyOf(_ scalar: JSONTree) -> JSONTree { ["anyOf": [scalar, list(of: scalar)]] }

    private static func list(of scalar: JSONTree) -> JSONTree {
        ["type": "array", "minItems": 1, "maxItems": .integer(FilterBuilder.valueLimit), "items": scalar]
    }

    /// One value in JSON; a number or a bool may also be a string, as in a URL.
    private static func scalar(_ kind: Field.Kind, orNull: Bool) -> JSONTree {
        var choices = [ValueSchemas.operand(kind)]
        switch kind {
        case .number(let integer):
            let fraction = integer ? "" : "(\\.[0-9]{1,9})?"
            choices.append(["type": "string", "pattern": "^[-+]?[0-9]{1,20}\(fraction)$"])
        case .bool: choices.append(["type": "string", "enum": ["true", "false"]])
        case .text, .term, .time: break
        }
        if orNull { choices.append(["type": "null"]) }
        return choices.count == 1 ? choices[0] : ["anyOf": .list(choices)]
    }
}
