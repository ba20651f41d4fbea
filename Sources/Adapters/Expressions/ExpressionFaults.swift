import Wire

extension ExpressionNode {
    /// See ``Expression/fault(in:)``.
    func fault(in scope: ExpressionScope) -> JSONFault? {
        switch self {
        case .constant, .variable: return nil
        case .path(let pointer, let anchor): return anchor.value(in: scope)?.fault(at: pointer)
        case .paths(let path, let anchor): return anchor.value(in: scope).flatMap(path.fault)
        case .edge(let edge, let anchor): return anchor.value(in: scope).flatMap(edge.fault)
        case .firstPresent(let nodes):
            for node in nodes {
                if let fault = node.fault(in: scope) { return fault }
                if node.evaluate(in: scope).isPresent { return nil }
            }
            return nil
        case .choice(let condition, let then, let otherwise):
            if let fault = condition.fault(in: scope) { return fault }
            if case .bool(true) = condition.evaluate(in: scope) { return then.fault(in: scope) }
            return otherwise.fault(in: scope)
        case .list(let nodes), .all(let nodes), .any(let nodes), .call(_, let nodes):
            return Self.fault(of: nodes, in: scope)
        case .not(let node), .date(let node), .lookup(let node, _): return node.fault(in: scope)
        case .comparison(_, let left, let right), .membership(let left, in: let right),
            .arithmetic(_, let left, let right):
            return Self.fault(of: [left, right], in: scope)
        case .time(let node, let zone):
            return node.fault(in: scope) ?? zone?.fault(in: scope)
        }
    }

    private static func fault(of nodes: [ExpressionNode], in scope: ExpressionScope) -> JSONFault? {
        for node in nodes {
            if let fault = node.fault(in: scope) { return fault }
        }
        return nil
    }
}

extension JSONPath {
    /// The first fault of the values that the path leads to; of a path with a wildcard or filter, the first
    /// fault in anything that it looks at.
    func fault(in root: JSONValue) -> JSONFault? { root.fault(at: stem) }
}

extension Edge {
    /// The fault of the first or last child's value; if it has none, the first fault in any child.
    fileprivate func fault(in root: JSONValue) -> JSONFault? {
        let end = before.value(in: root)?.element(at: isLast ? -1 : 0)
        guard let end, after.value(in: end) != nil else { return before.fault(in: root) }
        return after.fault(in: end)
    }
}

extension JSONFault {
    /// What a drift entry shows for a value with this fault; nil: a value that another depends on.
    func note(on value: ExpressionValue? = nil) -> String {
        switch self {
        case .text: value?.shortText ?? "a text that is not whole UTF-8"
        case .number: "not a number that can be read"
        case .repeated: "a member that is there twice"
        case .name: "a name that is not whole UTF-8"
        }
    }
}
