package import Deployments

/// The operators of the filter grammar.
package enum FilterOperator: String, Sendable, CaseIterable {
    case eq, ne, `in`, nin, like, gt, gte, lt, lte, exists
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
        guard let segments = Self.bracketed(name) else {
            self.init(dotted: name)
            return
        }
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
        let plain = bracketed(name)?.map { $0.hasPrefix("$") ? String($0.dropFirst()) : $0 }
        let dotted = plain?.joined(separator: ".") ?? name
        let isBracketed = plain != nil
        func error(_ detail: String, _ path: String?, _ operation: String?) -> ParameterError {
            let better = path.map { spell($0, operation, bracketed: isBracketed) }
            return ParameterError(parameter: name, value: parameter.value, detail, didYouMean: better)
        }
        let (path, last) = split(dotted)
        let operators = FilterOperator.allCases.map(\.rawValue)
        if DeploymentField.named(path) != nil {
            let near = nearest(to: last, among: operators)
            return error(
                "no such operator; there are \(operators.joined(separator: " "))", near.map { _ in path },
                near)
        }
        if DeploymentForm.isPath(dotted) {
            return error("this is no single value: name one of its fields", nil, nil)
        }
        let fields = DeploymentField.all.map(\.name)
        if operators.contains(last) {
            return error("no such field", nearest(to: path, among: fields), last)
        }
        let near = nearest(to: dotted, among: (isBracketed ? [] : others) + fields)
        let isOther = near.map(others.contains) ?? false
        return isOther
            ? ParameterError(parameter: name, value: parameter.value, "no such parameter", didYouMean: near)
            : error(isBracketed ? "no such field" : "no such parameter or field", near, nil)
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
