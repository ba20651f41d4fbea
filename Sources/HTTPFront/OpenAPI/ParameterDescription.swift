import Deployments

/// The parameters and request headers as OpenAPI has them, by component name.
enum ParameterDescription {
    private static let label = ValueSchemas.labelPattern

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
        "name": .text(QueryParser.Name.format.rawValue), "in": "query", "allowEmptyValue": true,
        "description": "The form of the answer.",
        "schema": ["type": "string", "enum": ["json"], "default": "json"],
    ]

    private static let uid: JSONTree = [
        "name": "uid", "in": "path", "required": true,
        "description": .text(
            "A record's `uid` as it stands: it is percent-encoded already, its slashes are the path's own, and it is "
                + "compared undecoded. So paste it, and encode nothing; a client that encodes it whole, slashes too, as "
                + "one segment, is understood as well."),
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
    ].map { header, summary in
        (
            header,
            [
                "name": .text(header), "in": "header", "description": .text(summary),
                "schema": ["type": "string"],
            ]
        )
    }

    private static func parameter(_ field: DeploymentField) -> JSONTree {
        let operators = field.kind.operators.map(\.rawValue).joined(separator: " ")
        return [
            "name": .text(field.name), "in": "query", "allowEmptyValue": true, "style": "form",
            "explode": false,
            "description": .text(
                "\(field.summary.prefix(1).uppercased() + field.summary.dropFirst()). A value is \(field.kind.summary); several "
                    + "mean any of. `\(field.name).OP` with OP of \(operators)."),
            "schema": ValueSchemas.commaList(of: field.kind),
        ]
    }

    private static func parameter(_ name: QueryParser.Name) -> JSONTree {
        let entry = name.entry
        var parameter: JSONTree = [
            "name": .text(name.rawValue), "in": "query", "description": .text(entry.summary + "."),
        ]
        if case .condition = entry.shape {
            return parameter.adding([
                "content": ["application/json": ["schema": ValueSchemas.reference("FilterCondition")]]
            ])
        }
        // An empty value is not given, which what is required has to be.
        parameter = parameter.adding(name == .groupBy ? ["required": true] : ["allowEmptyValue": true])
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
        case .bool: return ["type": "boolean"]
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
            return list(of: fields + fields.map { "-\($0)" }, pattern: "^-?\(label)$", limit)
        case .paths(let limit):
            let groups = Set(
                fields.compactMap { $0.split(separator: ".").count > 1 ? $0.prefix { $0 != "." } : nil })
            return list(
                of: DeploymentForm.allPaths + groups.map(String.init).sorted(), pattern: "^\(label)$", limit)
        case .groupingKeys(let limit):
            return list(of: DeploymentField.all.flatMap(\.groupingNames), pattern: "^\(label)$", limit)
                .adding(["minItems": 1, "uniqueItems": true])
        case .anyOf(let words, let areDistinct):
            return [
                "type": "array", "items": ["type": "string", "enum": .texts(words)],
                "uniqueItems": .bool(areDistinct),
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
        var patterns: [(String, JSONTree)] = [
            ("^\(label)(\\.\(words(of: .label) { $0 != .exists }))?$", ["type": "string"]),
            ("^\(label)\\.exists$", orEmpty(.bool)),
        ]
        for kind in DeploymentField.Kind.all {
            let fields = "(\(kind.fieldNames.map { $0.replacing(".", with: "\\.") }.joined(separator: "|")))"
            let plain = words(of: kind) { ![.like, .exists].contains($0) }
            patterns.append(("^\(fields)\\.\(plain)$", orEmpty(kind)))
            if kind.operators.contains(.like) { patterns.append(("^\(fields)\\.like$", ["type": "string"])) }
            patterns.append(("^\(fields)\\.exists$", orEmpty(.bool)))
        }
        let summary = FilterOperator.allCases.map { "`\($0.rawValue)`: \($0.entry.summary)" }.joined(
            separator: "; ")
        return [
            "name": "operators", "in": "query", "style": "form", "explode": true,
            "description": .text(
                "Filters with an operator, each a parameter of its own: `FIELD.OP=value`, and `labels.KEY`, "
                    + "`labels.KEY.OP`. It holds where the field, \(summary). A comma in a value separates several, of "
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

    /// A value, or the empty one that is not given: `allowEmptyValue` speaks of no object's members.
    private static func orEmpty(_ kind: DeploymentField.Kind) -> JSONTree {
        if case .text = kind { return ValueSchemas.operand(kind) }
        return ["anyOf": [ValueSchemas.operand(kind), ["const": ""]]]
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
        case .bool: .bool(text == "true")
        case .sortKeys, .paths, .groupingKeys, .anyOf:
            .texts(text.split(separator: ",").map(String.init))
        case .seconds, .words, .token, .condition, .oneOf: .text(text)
        }
    }
}
