package import Deployments
import Wire

/// The error text for a name that no field has.
func unknownField(_ name: String) -> String {
    "unknown field `\(name)`" + (name.hasPrefix("labels.") ? ": \(LabelKey.rule)" : "")
}

extension RecordSchema {
    /// The error text for a path of the record that is not a scalar; it names a valid alternative.
    func notScalar(_ path: String, use: String) -> String {
        if path == "labels" { return "`labels` is an object; \(use) e.g. `labels.team`" }
        if let member = fields.first(where: { $0.name.hasPrefix(path + ".") }) {
            return "`\(path)` is an object; \(use) e.g. `\(member.name)`"
        }
        return "`\(path)` is a list; \(use) a field with a single value"
    }
}

/// The name of a filter parameter, in any of its three spellings: a field, with or without an operator.
package struct FilterName: Sendable {
    /// The field to filter by.
    package var field: Field
    /// The operator; nil for a bare name, which means `eq` with a comma list.
    package var operation: FilterOperator?

    init(field: Field, operation: FilterOperator?) {
        self.field = field
        self.operation = operation
    }

    /// Reads `status`, `name.like`, `filter[name][$like]`; nil if the name has no scalar field.
    ///
    /// The last segment is read as an operator if the segments before it are a field. A label with the name
    /// of an operator is therefore written as `labels.like.eq`.
    package init?(_ name: String, in schema: RecordSchema) {
        if let segments = Self.bracketed(name) {
            self.init(segments: segments, in: schema)
        } else {
            self.init(dotted: name, in: schema)
        }
    }

    /// Reads the segments of `filter[accelerator][type][$like]`, or the keys that lead to a value in a
    /// `filter` object: the field's path, in one or several segments, then an operator or none.
    init?(segments: [String], in schema: RecordSchema) {
        guard let last = segments.last, last.hasPrefix("$") else {
            self.init(dotted: segments.joined(separator: "."), in: schema)
            return
        }
        let path = segments.dropLast().joined(separator: ".")
        guard let operation = FilterOperator(rawValue: String(last.dropFirst())),
            let field = schema.named(path)
        else { return nil }
        self.init(field: field, operation: operation)
    }

    private init?(dotted name: String, in schema: RecordSchema) {
        let (path, last) = Self.split(name)
        if let operation = FilterOperator(rawValue: last), let field = schema.named(path) {
            self.init(field: field, operation: operation)
        } else if let field = schema.named(name), !Self.isMisspelled(last, after: path, in: schema) {
            self.init(field: field, operation: nil)
        } else {
            return nil
        }
    }

    /// True if the last segment after a label's name is an operator with one wrong letter.
    ///
    /// A label may have a dot in its name, and one of such a name is then written as `labels.a.lik.eq`.
    private static func isMisspelled(_ last: String, after path: String, in schema: RecordSchema) -> Bool {
        guard path.hasPrefix("labels."), last.utf8.count >= 3, schema.named(path) != nil else { return false }
        let term = Array(last.lowercased().utf8)
        return FilterOperator.allCases.contains { editDistance(term, Array($0.rawValue.utf8)) == 1 }
    }

    /// The error for a name that is neither a filter nor one of the route's other parameters.
    static func error(
        _ parameter: Parameter, in schema: RecordSchema, others: [String]
    ) -> ParameterError {
        let name = parameter.name
        let segments = bracketed(name)
        let isBracketed = segments != nil
        let others = name.hasPrefix("filter[") ? [] : others
        let mistake = mistake(in: segments ?? [name], of: schema, among: others)
        if let other = mistake.path, others.contains(other) {
            return parameter.wrong("unknown parameter `\(name)`", didYouMean: other)
        }
        let isUnknown = mistake.kind == .field && mistake.operation == nil
        return parameter.wrong(
            isUnknown && !isBracketed ? unknownParameter(name, others) : mistake.detail,
            didYouMean: mistake.path.map { spell($0, mistake.operation, bracketed: isBracketed) })
    }

    private static func unknownParameter(_ name: String, _ others: [String]) -> String {
        guard !name.hasPrefix("labels."), !others.isEmpty else { return unknownField(name) }
        return "unknown parameter `\(name)`; this route accepts filters on fields, and "
            + others.joined(separator: ", ")
    }

    /// A mistake in the name of a filter.
    struct Mistake {
        enum Kind { case field, operation, noScalar }

        let kind: Kind
        let detail: String
        /// The nearest existing field; nil if none is similar.
        let path: String?
        /// The operator after the field, as given or the nearest existing one; nil if none is given or
        /// similar.
        let operation: String?
    }

    /// The mistake in segments that do not name a filter.
    ///
    /// The name may also be meant as one of `others`.
    static func mistake(
        in segments: [String], of schema: RecordSchema, among others: [String] = []
    ) -> Mistake {
        let plain = segments.map { $0.hasPrefix("$") ? String($0.dropFirst()) : $0 }
        let dotted = plain.joined(separator: ".")
        let (path, last) = split(dotted)
        let operators = FilterOperator.allCases.map(\.rawValue)
        let near = nearest(to: last, among: operators)
        // After `labels.KEY.` either the key is wrong or the operator.
        if schema.named(path) != nil, near != nil || !path.hasPrefix("labels.") {
            return Mistake(
                kind: .operation,
                detail: "unknown operator `\(last)`; use \(operators.joined(separator: ", "))",
                path: near.map { _ in path }, operation: near)
        }
        if schema.isPath(dotted) {
            return Mistake(
                kind: .noScalar, detail: schema.notScalar(dotted, use: "filter on"), path: nil,
                operation: nil)
        }
        let fields = schema.fields.map(\.name)
        let operation = operators.contains(last) ? last : nil
        return Mistake(
            kind: .field, detail: unknownField(dotted),
            path: operation == nil
                ? nearest(to: dotted, among: others + fields) : nearest(to: path, among: fields),
            operation: operation)
    }

    private static func spell(_ path: String, _ operation: String?, bracketed: Bool) -> String {
        bracketed
            ? "filter[\(path)]" + (operation.map { "[$\($0)]" } ?? "")
            : path + (operation.map { ".\($0)" } ?? "")
    }

    /// The segments of `filter[a][b]`; nil for a name in another spelling.
    private static func bracketed(_ name: String) -> [String]? {
        guard name.hasPrefix("filter["), name.hasSuffix("]") else { return nil }
        let inner = name.dropFirst("filter[".count).dropLast()
        let segments = inner.split(separator: "][", omittingEmptySubsequences: false)
        let areWellFormed = segments.allSatisfy { !$0.isEmpty && !$0.contains("[") && !$0.contains("]") }
        return areWellFormed ? segments.map(String.init) : nil
    }

    private static func split(_ name: String) -> (path: String, last: String) {
        guard let dot = name.lastIndex(of: ".") else { return ("", name) }
        return (String(name[..<dot]), String(name[name.index(after: dot)...]))
    }
}
