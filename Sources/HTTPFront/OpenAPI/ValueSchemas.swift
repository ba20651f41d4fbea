import Deployments

/// JSON Schemas of single values: of a record's fields, and of what filters take.
enum ValueSchemas {
    /// A label as a field, its key being of plain letters: part of a regular expression.
    static let labelPattern = "labels\\.\(LabelKey.pattern)"

    static func reference(_ name: String) -> JSONTree { ["$ref": "#/components/schemas/\(name)"] }

    /// A list of 1 to 200 values between commas, as `field=a,b` has it.
    static func commaList(of kind: DeploymentField.Kind) -> JSONTree {
        ["type": "array", "items": operand(kind), "maxItems": .whole(FilterBuilder.valueLimit)]
    }

    /// What one value of a filter may be.
    static func operand(_ kind: DeploymentField.Kind) -> JSONTree {
        switch kind {
        case .text: ["type": "string"]
        case .word(let words): ["type": "string", "enum": .texts(words)]
        case .number(let whole): ["type": whole ? "integer" : "number"]
        case .time: reference("Time")
        case .bool: ["type": "boolean"]
        }
    }

    /// A moment as filters take it.
    static let time: JSONTree = [
        "description":
            "A moment: RFC 3339, a date (midnight UTC), or before now: 2026-01-31T08:30:00Z, 2026-01-31, -24h.",
        "anyOf": [
            ["type": "string", "format": "date-time"], ["type": "string", "format": "date"],
            ["type": "string", "pattern": "^-([0-9]{1,9}s|[0-9]{1,7}m|[0-9]{1,5}h|[0-9]{1,4}d)$"],
        ],
    ]

    /// A record's field in an answer; null where the platform did not say.
    static func answer(_ field: DeploymentField) -> JSONTree {
        let nothing = ModelDeployment(uid: "", source: "", platform: "", adapter: "")
        let isNullable = field.get(nothing).isNull
        let type: String
        var rest: JSONTree = [:]
        switch field.kind {
        case .text: type = "string"
        case .word(let words):
            type = "string"
            rest = ["enum": .texts(words)]
        case .number(let whole): type = whole ? "integer" : "number"
        case .time:
            type = "string"
            rest = ["format": "date-time"]
        case .bool: type = "boolean"
        }
        let types: JSONTree = isNullable ? [.text(type), "null"] : .text(type)
        return JSONTree.object([("description", .text(field.summary)), ("type", types)]).adding(rest)
    }
}

/// The schema of the parameter `filter`.
enum FilterSchemas {
    /// By name, as components.
    static var all: [(String, JSONTree)] {
        [("FilterCondition", condition)] + DeploymentField.Kind.all.map { (name(of: $0), value($0)) }
    }

    private static var condition: JSONTree {
        let nested = ValueSchemas.reference("FilterCondition")
        let list: JSONTree = ["type": "array", "minItems": 1, "items": nested]
        let junctions = FilterObject.Junction.allCases.map { junction in
            (junction.rawValue, junction == .not ? nested : list)
        }
        let fields = DeploymentField.all.map { ($0.name, ValueSchemas.reference(name(of: $0.kind))) }
        return [
            "type": "object", "minProperties": 1,
            "description": .text(
                "What must hold, all of it. `$` may be left out; a path may be cut into nested objects "
                    + "(`{\"accelerator\":{\"type\":…}}`). `$and`, `$or` and `$not` stand at most "
                    + "\(FilterObject.depthLimit) deep, with at most \(FilterObject.conditionLimit) conditions."
            ),
            "properties": .object(junctions + fields),
            "patternProperties": [
                "^\(ValueSchemas.labelPattern)$": ValueSchemas.reference(name(of: .label))
            ],
            "additionalProperties": false,
            "examples": [["$or": [["status": "FAILED"], ["name": ["$like": "llama"]]], "region": .null]],
        ]
    }

    private static func name(of kind: DeploymentField.Kind) -> String {
        switch kind {
        case .text(let ignoresCase): ignoresCase ? "AnyCaseTextFilter" : "TextFilter"
        case .word(let words):
            words.contains(DeploymentStatus.ready.rawValue) ? "StatusFilter" : "ServingFilter"
        case .number(let whole): whole ? "WholeNumberFilter" : "NumberFilter"
        case .time: "TimeFilter"
        case .bool: "FlagFilter"
        }
    }

    /// A value, a list of which any may be, or an object of operators.
    private static func value(_ kind: DeploymentField.Kind) -> JSONTree {
        let operators = kind.operators.map { ("$\($0.rawValue)", operand(of: $0, kind)) }
        return [
            "description": .text("Of a field whose values are: \(kind.summary)."),
            "anyOf": [
                scalar(kind, orNull: true), list(of: scalar(kind, orNull: true)),
                [
                    "type": "object", "minProperties": 1, "properties": .object(operators),
                    "additionalProperties": false,
                ],
            ],
        ]
    }

    private static func operand(of operation: FilterOperator, _ kind: DeploymentField.Kind) -> JSONTree {
        switch operation.entry.operand {
        case .bool: return scalar(.bool, orNull: false)
        case .pattern: return anyOf(scalar(.label, orNull: false))
        case .list: return list(of: scalar(kind, orNull: operation.takesNull))
        case .value: return anyOf(scalar(kind, orNull: operation.takesNull))
        }
    }

    private static func anyOf(_ scalar: JSONTree) -> JSONTree { ["anyOf": [scalar, list(of: scalar)]] }

    private static func list(of scalar: JSONTree) -> JSONTree {
        ["type": "array", "minItems": 1, "maxItems": .whole(FilterBuilder.valueLimit), "items": scalar]
    }

    /// A text stands for a number or a flag too, as it does in a URL.
    private static func scalar(_ kind: DeploymentField.Kind, orNull: Bool) -> JSONTree {
        var choices = [ValueSchemas.operand(kind)]
        switch kind {
        case .number(let whole):
            let fraction = whole ? "" : "(\\.[0-9]{1,9})?"
            choices.append(["type": "string", "pattern": "^[-+]?[0-9]{1,20}\(fraction)$"])
        case .bool: choices.append(["type": "string", "enum": ["true", "false"]])
        case .text, .word, .time: break
        }
        if orNull { choices.append(["type": "null"]) }
        return choices.count == 1 ? choices[0] : ["anyOf": .list(choices)]
    }
}
