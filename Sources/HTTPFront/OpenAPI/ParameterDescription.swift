import Deployments

/// The parameters and request headers as OpenAPI has them, by component name.
enum ParameterDescription {
    static func reference(_ name: String) -> JSONTree { ["$ref": "#/components/parameters/\(name)"] }

    /// Those of a grammar, the filters by field included.
    static func references(_ use: QueryParser.Name.Use) -> [JSONTree] {
        let names = QueryParser.Name.allCases.filter { $0.entry.uses.contains(use) }
        let isFiltered = names.contains(.filter)
        let filters = isFiltered ? DeploymentField.all.map { "field.\($0.name)" } + ["operators"] : []
        // What has no rows has no lines.
        return (names.map { $0 == .format && use == .none ? "format.json" : $0.rawValue } + filters).map(
            reference)
    }

    static var all: [(String, JSONTree)] {
        QueryParser.Name.allCases.map { ($0.rawValue, parameter($0)) }
            + DeploymentField.all.map { ("field.\($0.name)", parameter($0)) }
            + [("operators", operators), ("format.json", documentFormat)] + headers
            + [("uid", uid), ("name", name)]
    }

    private static let documentFormat: JSONTree = [
        "name": .text(QueryParser.Name.format.rawValue), "in": "query",
        "description": "The form of the answer.",
        "schema": ["type": "string", "enum": ["json"], "default": "json"],
    ]

    private static let uid: JSONTree = [
        "name": "uid", "in": "path", "required": true,
        "description": .text(
            "A record's `uid` as it stands: it is percent-encoded already, its slashes are the path's own, and it is "
                + "compared undecoded. So paste it, and encode nothing."),
        "schema": ["type": "string", "minLength": 1],
        "example": "research/ml-prod/chat-llama70b",
    ]

    private static let name: JSONTree = [
        "name": "name", "in": "path", "required": true, "description": "The name of a source.",
        "schema": ["type": "string", "pattern": "^[a-z0-9-]+$"], "example": "research",
    ]

    private static let headers: [(String, JSONTree)] = [
        (
            "If-None-Match",
            "Tags that the client has: 304 where the answer is still one of them. `*` is any."
        ),
        (
            "Cache-Control",
            "`max-age=SECONDS`, `no-cache` (0): no list older, down to `client_floor`; `only-if-cached`: ask and wait "
                + "for nothing. With `max_age` the stricter holds."
        ),
        (
            "X-Request-Id",
            "The client's own id, of `A-Za-z0-9._-` and at most 64: the answer carries it, else one of its own."
        ),
    ].map { header, says in
        (
            header,
            ["name": .text(header), "in": "header", "description": .text(says), "schema": ["type": "string"]]
        )
    }

    private static func parameter(_ field: DeploymentField) -> JSONTree {
        let operators = field.kind.operators.map(\.rawValue).joined(separator: " ")
        return [
            "name": .text(field.name), "in": "query", "style": "form", "explode": false,
            "description": .text(
                "\(field.says.prefix(1).uppercased() + field.says.dropFirst()). A value is \(field.kind.says); several "
                    + "mean any of. `\(field.name).OP` with OP of \(operators)."),
            "schema": ValueSchemas.commaList(of: field.kind),
        ]
    }

    private static func parameter(_ name: QueryParser.Name) -> JSONTree {
        let entry = name.entry
        var parameter: JSONTree = [
            "name": .text(name.rawValue), "in": "query", "description": .text(entry.says + "."),
        ]
        if name == .groupBy { parameter = parameter.adding(["required": true]) }
        if case .condition = entry.shape {
            return parameter.adding([
                "content": ["application/json": ["schema": ValueSchemas.reference("FilterCondition")]]
            ])
        }
        var schema = schema(of: entry.shape)
        if let standard = entry.standard {
            schema = schema.adding(["default": JSONTree.standard(standard, of: entry.shape)])
        }
        if schema["type"]?.text == "array" {
            parameter = parameter.adding(["style": "form", "explode": false])
        }
        return parameter.adding(["schema": schema])
    }

    private static func schema(of shape: QueryParser.Name.Shape) -> JSONTree {
        let fields = DeploymentField.all.map(\.name)
        switch shape {
        case .integer(let range):
            return [
                "type": "integer", "minimum": .whole(range.lowerBound), "maximum": .whole(range.upperBound),
            ]
        case .flag: return ["type": "boolean"]
        case .seconds:
            return [
                "description": "Decimal seconds, 0 to 315360000, without an exponent.",
                "anyOf": [
                    ["type": "integer", "minimum": 0, "maximum": 315_360_000],
                    ["type": "string", "pattern": "^[0-9]{1,8}\\.[0-9]{1,6}$"],
                ],
            ]
        case .words: return ["type": "string"]
        case .token: return ["type": "string", "pattern": "^[A-Za-z0-9_-]{36}$"]
        case .condition: return [:]
        case .sortKeys(let limit):
            return list(
                of: fields + fields.map { "-\($0)" }, pattern: "^-?labels\\.\(LabelKey.pattern)$", limit)
        case .paths(let limit):
            let groups = Set(
                fields.compactMap { $0.split(separator: ".").count > 1 ? $0.prefix { $0 != "." } : nil })
            return list(
                of: DeploymentForm.allPaths + groups.map(String.init).sorted(),
                pattern: "^labels\\.\(LabelKey.pattern)$", limit)
        case .groupingKeys(let limit):
            let keys = DeploymentField.all.flatMap { field in
                field.kind == .time
                    ? Grouping.Span.allCases.map { "\(field.name):\($0.rawValue)" } : [field.name]
            }
            return list(of: keys, pattern: "^labels\\.\(LabelKey.pattern)$", limit)
                .adding(["minItems": 1, "uniqueItems": true])
        case .anyOf(let words, let areDistinct):
            return [
                "type": "array", "items": ["type": "string", "enum": .texts(words)],
                "uniqueItems": .flag(areDistinct),
            ]
        case .oneOf(let words): return ["type": "string", "enum": .texts(words)]
        }
    }

    private static func list(of words: [String], pattern: String, _ limit: Int) -> JSONTree {
        [
            "type": "array", "maxItems": .whole(limit),
            "items": ["anyOf": [["enum": .texts(words)], ["type": "string", "pattern": .text(pattern)]]],
        ]
    }

    /// The open family `FIELD.OP`, `labels.KEY` and `labels.KEY.OP` as one parameter.
    ///
    /// It is a form-exploded object, each member of which is a parameter of the request; generators make a dictionary
    /// of it.
    private static var operators: JSONTree {
        let label = "labels\\.\(LabelKey.pattern)"
        var patterns: [(String, JSONTree)] = [
            ("^\(label)(\\.\(words(of: .label) { $0 != .exists }))?$", ["type": "string"]),
            ("^\(label)\\.exists$", ["type": "boolean"]),
        ]
        let kinds = DeploymentField.all.map(\.kind).reduce(into: [DeploymentField.Kind]()) {
            if !$0.contains($1) { $0.append($1) }
        }
        for kind in kinds {
            let names = DeploymentField.all.filter { $0.kind == kind }.map(\.name)
            let fields = "(\(names.map { $0.replacing(".", with: "\\.") }.joined(separator: "|")))"
            let plain = words(of: kind) { ![.like, .exists].contains($0) }
            patterns.append(("^\(fields)\\.\(plain)$", ValueSchemas.operand(kind)))
            if kind.operators.contains(.like) { patterns.append(("^\(fields)\\.like$", ["type": "string"])) }
            patterns.append(("^\(fields)\\.exists$", ["type": "boolean"]))
        }
        let says = FilterOperator.allCases.map { "`\($0.rawValue)`: \($0.entry.says)" }.joined(
            separator: "; ")
        return [
            "name": "operators", "in": "query", "style": "form", "explode": true,
            "description": .text(
                "Filters with an operator, each a parameter of its own: `FIELD.OP=value`, and `labels.KEY`, "
                    + "`labels.KEY.OP`. It holds where the field, \(says). A comma in a value separates several, of "
                    + "which any may hold (of `ne` and `nin` none); `eq` takes its value whole. NeMo's brackets mean "
                    + "the same: `filter[name][$like]=llama`."),
            "schema": [
                "type": "object", "patternProperties": .object(patterns), "additionalProperties": false,
            ],
            "examples": [
                "like": ["value": ["name.like": "llama"]],
                "span": ["value": ["created_at.gte": "-7d", "accelerator.type.exists": true]],
            ],
        ]
    }

    private static func words(
        of kind: DeploymentField.Kind, where isIn: (FilterOperator) -> Bool
    ) -> String {
        "(\(kind.operators.filter(isIn).map(\.rawValue).joined(separator: "|")))"
    }
}

extension JSONTree {
    /// A parameter's standard value in the type of its schema.
    fileprivate static func standard(_ text: String, of shape: QueryParser.Name.Shape) -> JSONTree {
        switch shape {
        case .integer: .whole(Int(text) ?? 0)
        case .flag: .flag(text == "true")
        case .sortKeys, .paths, .groupingKeys, .anyOf:
            .texts(text.split(separator: ",").map(String.init))
        case .seconds, .words, .token, .condition, .oneOf: .text(text)
        }
    }
}
