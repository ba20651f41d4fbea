import Deployments

/// The OpenAPI descriptions of parameters and request headers, by component name.
enum ParameterDescription {
    private static let label = ValueSchemas.labelPattern

    static func reference(_ name: String) -> JSONTree { ["$ref": "#/components/parameters/\(name)"] }

    /// References to the parameters of a grammar, the filters by field included.
    static func references(_ use: QueryParser.Name.Use, of schema: RecordSchema) -> [JSONTree] {
        let names = QueryParser.Name.allCases.filter { $0.entry(of: schema).uses.contains(use) }
        let isFiltered = names.contains(.filter)
        let filters = isFiltered ? schema.fields.map { "field.\($0.name)" } + ["operators"] : []
        let prefix = schema.profile.parameterPrefix
        // A route without rows has no CSV and no NDJSON.
        return
            (names.map { name in
                if name == .format, use == .none || use == .models { return "format.json" }
                return name == .sort && use == .summary ? "sort.groups" : prefix + name.rawValue
            }
            + filters.map { prefix + $0 }).map(reference)
    }

    /// The components by name, for these kinds of record.
    static func all(of kinds: [RecordKind]) -> [(String, JSONTree)] {
        kinds.flatMap(parameters)
            + [("format.json", documentFormat), ("sort.groups", groupSort)] + headers + [
                ("uid", uid), ("name", name), ("id", id), ("audit.id", auditID),
            ]
    }

    private static func parameters(of kind: RecordKind) -> [(String, JSONTree)] {
        let schema = kind.schema
        let named =
            QueryParser.Name.allCases.filter { !kind.uses.isDisjoint(with: $0.entry(of: schema).uses) }
            .map { ($0.rawValue, parameter($0, of: schema)) }
            + schema.fields.map { ("field.\($0.name)", parameter($0)) }
            + [("operators", operators(of: schema))]
        return named.map { (schema.profile.parameterPrefix + $0, $1) }
    }

    private static let documentFormat: JSONTree = [
        "name": .text(QueryParser.Name.format.rawValue), "in": "query", "allowEmptyValue": true,
        "description": "The format of the answer.",
        "schema": ["type": "string", "enum": ["json"], "default": "json"],
    ]

    private static let groupSort: JSONTree = [
        "name": .text(QueryParser.Name.sort.rawValue), "in": "query", "allowEmptyValue": true,
        "style": "form",
        "explode": false,
        "description": .text(
            "The order of the groups: `count`, and the names in `group_by` and `sum`; `-` before a name sorts in "
                + "descending order. Groups without a value come last, and ties are ordered by the values of "
                + "`group_by`. The default is `-count`."),
        "schema": [
            "type": "array", "maxItems": .integer(QueryParser.sortKeyLimit),
            "items": ["type": "string", "examples": ["-count", "count"]],
        ],
    ]

    private static let uid: JSONTree = [
        "name": "uid", "in": "path", "required": true,
        "description": .text(
            "A record's `uid`, unchanged: it is percent-encoded already, its slashes are part of the path, "
                + "and it is "
                + "compared without decoding. Paste it without encoding it again. A client that encodes "
                + "the complete `uid`, "
                + "slashes included, as one segment is understood too."),
        "schema": ["type": "string", "minLength": 1],
        "example": "research/ml-prod/chat-llama70b",
    ]

    private static let name: JSONTree = [
        "name": "name", "in": "path", "required": true, "description": "The name of a source.",
        "schema": ["type": "string", "pattern": "^[a-z0-9-]+$"], "example": "research",
    ]

    private static let id: JSONTree = [
        "name": "id", "in": "path", "required": true,
        "description": .text(
            "The `id` of a model. It may contain slashes, percent-encoded or not; it is decoded once."),
        "schema": ["type": "string", "minLength": 1], "example": "meta/llama-3.1-70b",
    ]

    private static let auditID: JSONTree = [
        "name": "id", "in": "path", "required": true, "description": "The `id` of an audit record.",
        "schema": ["type": "string", "minLength": 1], "example": .text(Examples.auditID),
    ]

    private static let headers: [(String, JSONTree)] = [
        (
            "If-None-Match",
            "Tags that the client has: 304 if the answer still has one of them. `*` matches any."
        ),
        (
            "Cache-Control",
            "`max-age=SECONDS`, `no-cache` (0): the maximum age of a list, not less than `client_floor`; "
                + "`only-if-cached`: no fetch and no waiting. If `max_age` is given too, the stricter one "
                + "holds."
        ),
        (
            "Idempotency-Key",
            "1 to 255 visible ASCII characters, plain or in quotes. For a day the same key with the same body gets the "
                + "outcome of its first request, and nothing is sent again. Without it the answer has a new one."
        ),
        (
            "If-Match",
            "The row's `revision` in quotes, or several: 412 unless a fresh list has one of them. `*` matches any."
        ),
        (
            "X-Request-Id",
            "The client's own id, 1 to 64 of `A-Za-z0-9._-`; the answer repeats it, or has a new one."
        ),
    ].map { header, summary in
        let pattern = patterns[header].map { JSONTree.object([("pattern", .text($0))]) } ?? [:]
        return (
            header,
            [
                "name": .text(header), "in": "header", "description": .text(summary),
                "schema": JSONTree.object([("type", "string")]).adding(pattern),
            ]
        )
    }

    /// The headers whose values must have a form.
    private static let patterns = [
        "Idempotency-Key": "^[!#-~][!-~]{0,254}$", "If-Match": "^(\\*|\"[!#-+.-~]+\"(, \"[!#-+.-~]+\")*)$",
    ]

    private static func parameter(_ field: Field) -> JSONTree {
        let operators = field.kind.operators.map(\.rawValue).joined(separator: " ")
        return [
            "name": .text(field.name), "in": "query", "allowEmptyValue": true, "style": "form",
            "explode": false,
            "description": .text(
                "\(field.summary.prefix(1).uppercased() + field.summary.dropFirst()). "
                    + "A value is \(field.kind.summary); any of several may match. "
                    + "`\(field.name).OP` with one of the operators \(operators)."),
            "schema": ValueSchemas.commaList(of: field.kind),
        ]
    }

    private static func parameter(_ name: QueryParser.Name, of schema: RecordSchema) -> JSONTree {
        let entry = name.entry(of: schema)
        var parameter: JSONTree = [
            "name": .text(name.rawValue), "in": "query", "description": .text(entry.summary + "."),
        ]
        if case .condition = entry.shape {
            return parameter.adding([
                "content": [
                    "application/json": ["schema": ValueSchemas.reference(schema.profile.conditionComponent)]
                ]
            ])
        }
        parameter = parameter.adding(["allowEmptyValue": true])
        var values = values(of: entry.shape, schema)
        if let standard = entry.standard {
            values = values.adding(["default": JSONTree.standard(standard, of: entry.shape)])
        }
        if values["type"]?.text == "array" {
            parameter = parameter.adding(["style": "form", "explode": false])
        }
        return parameter.adding(["schema": values])
    }

    private static func values(of shape: QueryParser.Name.Shape, _ schema: RecordSchema) -> JSONTree {
        let fields = schema.fields.map(\.name)
        switch shape {
        case .integer(let range):
            return [
                "type": "integer", "minimum": .integer(range.lowerBound),
                "maximum": .integer(range.upperBound),
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
            return list(of: fields + fields.map { "-\($0)" }, pattern: "^-?\(label)$", limit, schema)
        case .paths(let limit):
            let groups = Set(
                fields.compactMap { $0.split(separator: ".").count > 1 ? $0.prefix { $0 != "." } : nil })
            return list(
                of: schema.paths + groups.map(String.init).sorted(), pattern: "^\(label)$", limit, schema)
        case .groupingKeys(let limit):
            return list(of: schema.fields.flatMap(\.groupingNames), pattern: "^\(label)$", limit, schema)
                .adding(["minItems": 1, "uniqueItems": true])
        case .anyOf(let terms, let areDistinct):
            return [
                "type": "array", "items": ["type": "string", "enum": .strings(terms)],
                "uniqueItems": .bool(areDistinct),
            ]
        case .oneOf(let terms): return ["type": "string", "enum": .strings(terms)]
        }
    }

    private static func list(
        of names: [String], pattern: String, _ limit: Int, _ schema: RecordSchema
    ) -> JSONTree {
        var items: [JSONTree] = [["enum": .strings(names)]]
        if schema.profile.hasLabels { items.append(["type": "string", "pattern": .text(pattern)]) }
        return ["type": "array", "maxItems": .integer(limit), "items": ["anyOf": .list(items)]]
    }

    /// The parameters `FIELD.OP`, `labels.KEY` and `labels.KEY.OP`, whose names are not fixed, as one
    /// parameter.
    ///
    /// It is a form-exploded object: each of its members is a parameter of the request. Code generators make
    /// a dictionary of it.
    private static func operators(of schema: RecordSchema) -> JSONTree {
        var patterns: [(String, JSONTree)] = [
            ("^\(label)(\\.\(operatorPattern(of: .label) { $0 != .exists }))?$", ["type": "string"]),
            ("^\(label)\\.exists$", orEmpty(.bool)),
        ]
        if !schema.profile.hasLabels { patterns = [] }
        for kind in schema.kinds {
            let fields =
                "(\(schema.fieldNames(of: kind).map { $0.replacing(".", with: "\\.") }.joined(separator: "|")))"
            let plain = operatorPattern(of: kind) { ![.like, .exists].contains($0) }
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
                    + "`labels.KEY.OP`. It holds where the field, \(summary). A comma separates several "
                    + "values, of "
                    + "which any may match (for `ne` and `nin` none); `eq` takes its value whole, commas "
                    + "included. "
                    + "Brackets mean the same: `filter[name][$like]=llama`."),
            "schema": [
                "type": "object", "patternProperties": .object(patterns), "additionalProperties": false,
            ],
            "examples": schema.named("name") == nil
                ? ["like": ["value": ["uid.like": "llama"]]]
                : [
                    "like": ["value": ["name.like": "llama"]],
                    "span": ["value": ["created_at.gte": "-7d", "name.exists": true]],
                ],
        ]
    }

    /// A value, or the empty string, which counts as not given; `allowEmptyValue` does not apply to members
    /// of objects.
    private static func orEmpty(_ kind: Field.Kind) -> JSONTree {
        if case .text = kind { return ValueSchemas.operand(kind) }
        return ["anyOf": [ValueSchemas.operand(kind), ["const": ""]]]
    }

    /// A regular expression for the operators of a kind that satisfy a test.
    private static func operatorPattern(
        of kind: Field.Kind, where isIn: (FilterOperator) -> Bool
    ) -> String {
        "(\(kind.operators.filter(isIn).map(\.rawValue).joined(separator: "|")))"
    }
}

extension RecordKind {
    /// The grammars of its routes.
    fileprivate var uses: Set<QueryParser.Name.Use> {
        self == .deployments
            ? [.list, .cursor, .summary, .one, .models, .update, .none] : [.list, .cursor, .one]
    }
}

extension JSONTree {
    /// A parameter's default in the type of its schema.
    fileprivate static func standard(_ text: String, of shape: QueryParser.Name.Shape) -> JSONTree {
        switch shape {
        case .integer: .integer(Int(text) ?? 0)
        case .bool: .bool(text == "true")
        case .sortKeys, .paths, .groupingKeys, .anyOf:
            .strings(text.split(separator: ",").map(String.init))
        case .seconds, .words, .token, .condition, .oneOf: .text(text)
        }
    }
}
