package import Deployments
import Wire

/// What to say of a name that no field has; `what` is what it should have been.
func noField(named name: String, _ what: String = "field") -> String {
    "no such \(what)" + (name.hasPrefix("labels.") ? ": \(LabelKey.rule)" : "")
}

/// The name of a filter parameter, in any of its three spellings: a field, with or without an operator.
package struct FilterName: Sendable {
    package var field: DeploymentField
    /// nil for a bare name, which means `eq` with a comma list.
    package var operation: FilterOperator?

    init(field: DeploymentField, operation: FilterOperator?) {
        self.field = field
        self.operation = operation
    }

    /// Reads `status`, `name.like`, `filter[name][$like]`; nil where this names no scalar field.
    ///
    /// The last segment is an operator wherever that leaves a field before it: a label whose key ends in an
    /// operator's word is reached as `labels.like.eq`.
    package init?(_ name: String) {
        if let segments = Self.bracketed(name) {
            self.init(segments: segments)
        } else {
            self.init(dotted: name)
        }
    }

    /// Reads the segments of `filter[accelerator][type][$like]`, and the keys that lead to a value in a `filter`
    /// object: the field's path, cut or not, then an operator or none.
    init?(segments: [String]) {
        guard let last = segments.last, last.hasPrefix("$") else {
            self.init(dotted: segments.joined(separator: "."))
            return
        }
        let path = segments.dropLast().joined(separator: ".")
        guard let operation = FilterOperator(rawValue: String(last.dropFirst())),
            let field = DeploymentField.named(path)
        else { return nil }
        self.init(field: field, operation: operation)
    }

    private init?(dotted name: String) {
        let (path, last) = Self.split(name)
        if let operation = FilterOperator(rawValue: last), let field = DeploymentField.named(path) {
            self.init(field: field, operation: operation)
        } else if let field = DeploymentField.named(name) {
            self.init(field: field, operation: nil)
        } else {
            return nil
        }
    }

    /// What to say of a name that is neither a filter nor one of a route's other parameters.
    static func error(_ parameter: Parameter, others: [String]) -> ParameterError {
        let name = parameter.name
        let segments = bracketed(name)
        let isBracketed = segments != nil
        let others = name.hasPrefix("filter[") ? [] : others
        let mistake = mistake(in: segments ?? [name], among: others)
        if let other = mistake.path, others.contains(other) {
            return parameter.wrong("no such parameter", didYouMean: other)
        }
        let isUnknown = mistake.kind == .field && mistake.operation == nil
        return parameter.wrong(
            isUnknown && !isBracketed ? noField(named: name, "parameter or field") : mistake.detail,
            didYouMean: mistake.path.map { spell($0, mistake.operation, bracketed: isBracketed) })
    }

    /// What is wrong with a name of a filter.
    struct Mistake {
        enum Kind { case field, operation, noScalar }

        let kind: Kind
        let detail: String
        /// The nearest right field; nil where none is near.
        let path: String?
        /// The operator after that, right or the nearest; nil where none is given, or none is near.
        let operation: String?
    }

    /// What is wrong with segments that are no name of a filter; `others` are nearest words beside the fields.
    static func mistake(in segments: [String], among others: [String] = []) -> Mistake {
        let plain = segments.map { $0.hasPrefix("$") ? String($0.dropFirst()) : $0 }
        let dotted = plain.joined(separator: ".")
        let (path, last) = split(dotted)
        let operators = FilterOperator.allCases.map(\.rawValue)
        let near = nearest(to: last, among: operators)
        // A second dot after a label's key may be the wrong key's as well as a wrong operator's.
        if DeploymentField.named(path) != nil, near != nil || !path.hasPrefix("labels.") {
            return Mistake(
                kind: .operation, detail: "no such operator; there are \(operators.joined(separator: " "))",
                path: near.map { _ in path }, operation: near)
        }
        if DeploymentForm.isPath(dotted) {
            return Mistake(
                kind: .noScalar, detail: "this is no single value: name one of its fields", path: nil,
                operation: nil)
        }
        let fields = DeploymentField.all.map(\.name)
        let operation = operators.contains(last) ? last : nil
        return Mistake(
            kind: .field, detail: noField(named: dotted),
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
        let areWhole = segments.allSatisfy { !$0.isEmpty && !$0.contains("[") && !$0.contains("]") }
        return areWhole ? segments.map(String.init) : nil
    }

    private static func split(_ name: String) -> (path: String, last: String) {
        guard let dot = name.lastIndex(of: ".") else { return ("", name) }
        return (String(name[..<dot]), String(name[name.index(after: dot)...]))
    }
}
