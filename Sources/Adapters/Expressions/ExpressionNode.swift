import Wire

/// An expression's tree, with every name resolved.
indirect enum ExpressionNode: Sendable {
    case constant(ExpressionValue)
    /// A singular path.
    case path(JSONPointer, of: Anchor)
    /// A path with a wildcard or filter.
    case paths(JSONPath, of: Anchor)
    /// `first` or `last` of a path with one wildcard, without building the list.
    case edge(Edge, of: Anchor)
    case variable(String)
    case list([ExpressionNode])
    case firstPresent([ExpressionNode])
    case all([ExpressionNode])
    case any([ExpressionNode])
    case not(ExpressionNode)
    case comparison(ExpressionComparison, ExpressionNode, ExpressionNode)
    case membership(ExpressionNode, in: ExpressionNode)
    case arithmetic(Arithmetic, ExpressionNode, ExpressionNode)
    case choice(ExpressionNode, then: ExpressionNode, otherwise: ExpressionNode)
    case time(ExpressionNode, zone: ExpressionNode?)
    case date(ExpressionNode)
    case lookup(ExpressionNode, map: String)
    case call(ExpressionFunction.Body, [ExpressionNode])

    /// The value that a path begins at.
    enum Anchor: Sendable {
        case root, parent

        func value(in scope: ExpressionScope) -> JSONValue? {
            switch self {
            case .root: scope.root
            case .parent: scope.parent
            }
        }
    }

    enum Arithmetic: Sendable {
        case plus, minus, times, divided

        func apply(_ left: Double, _ right: Double) -> ExpressionValue {
            switch self {
            case .plus: .finite(left + right)
            case .minus: .finite(left - right)
            case .times: .finite(left * right)
            case .divided: .finite(left / right)
            }
        }
    }

    func evaluate(in scope: ExpressionScope) -> ExpressionValue {
        switch self {
        case .constant(let value): return value
        case .path(let pointer, .root): return scope.root.expressionValue(at: pointer)
        case .path(let pointer, .parent):
            return scope.parent?.expressionValue(at: pointer) ?? .null
        case .edge(let edge, let anchor): return ExpressionValue(anchor.value(in: scope).flatMap(edge.value))
        case .paths(let path, let anchor): return Self.list(of: path, in: anchor.value(in: scope))
        case .variable(let name): return scope.variables[name] ?? .null
        case .list(let nodes): return .list(nodes.map { $0.evaluate(in: scope) })
        case .firstPresent(let nodes): return Self.firstPresent(nodes, in: scope)
        case .all(let nodes): return Self.connect(nodes, until: false, in: scope)
        case .any(let nodes): return Self.connect(nodes, until: true, in: scope)
        case .not(let node): return node.evaluate(in: scope).withBool { .bool(!$0) }
        case .comparison(let comparison, let left, let right):
            return .bool(comparison.holds(left.evaluate(in: scope), right.evaluate(in: scope)))
        case .membership(let node, let list):
            let value = node.evaluate(in: scope)
            return list.evaluate(in: scope).withList { elements in
                .bool(elements.contains { value.isSame(as: $0) })
            }
        case .arithmetic(let operation, let left, let right):
            return left.evaluate(in: scope).withNumber { left in
                right.evaluate(in: scope).withNumber { operation.apply(left, $0) }
            }
        case .choice(let condition, let then, let otherwise):
            return condition.evaluate(in: scope).withBool { ($0 ? then : otherwise).evaluate(in: scope) }
        case .time(let node, let zone): return Self.time(node, zone: zone, in: scope)
        case .date(let node): return node.evaluate(in: scope).date(zone: scope.zone)
        case .lookup(let node, let map):
            return node.evaluate(in: scope).withText { key in
                scope.maps[map]?[key].map { .text($0) } ?? .null
            }
        case .call(let body, let operands): return body.apply(operands, in: scope)
        }
    }

    /// See ``Expression/timeInPlace(zoneless:in:)``.
    func timeInPlace(zoneless: LocalZone?, in scope: ExpressionScope) -> Timestamp.Reading? {
        switch self {
        case .path(let pointer, .root): scope.root.time(at: pointer, zoneless: zoneless)
        case .path(let pointer, .parent): scope.parent?.time(at: pointer, zoneless: zoneless)
        case .edge(let edge, let anchor):
            anchor.value(in: scope).flatMap(edge.value)?.time(at: .itself, zoneless: zoneless)
        case .choice(let condition, let then, let otherwise):
            switch condition.evaluate(in: scope) {
            case .bool(true): then.timeInPlace(zoneless: zoneless, in: scope)
            case .bool(false), .null: otherwise.timeInPlace(zoneless: zoneless, in: scope)
            default: nil
            }
        default: nil
        }
    }

    private static func list(of path: JSONPath, in value: JSONValue?) -> ExpressionValue {
        guard let value else { return .list([]) }
        let found = path.values(in: value, limit: ExpressionLimits.elements + 1)
        guard found.count <= ExpressionLimits.elements else { return .longList }
        return .list(found.map { ExpressionValue($0) })
    }

    /// The first value that is present; if none is, the first mismatch, or null.
    private static func firstPresent(_ nodes: [ExpressionNode], in scope: ExpressionScope) -> ExpressionValue
    {
        var note = ExpressionValue.null
        for node in nodes {
            let value = node.evaluate(in: scope)
            if value.isPresent { return value }
            if case .mismatch = value, case .null = note { note = value }
        }
        return note
    }

    private static func connect(
        _ nodes: [ExpressionNode], until end: Bool, in scope: ExpressionScope
    ) -> ExpressionValue {
        for node in nodes {
            let value = node.evaluate(in: scope)
            switch value {
            case .bool(end): return value
            case .bool: continue
            case .null where end == false: return .bool(false)
            case .null: continue
            default: return value.unreadable
            }
        }
        return .bool(!end)
    }

    private static func time(
        _ node: ExpressionNode, zone: ExpressionNode?, in scope: ExpressionScope
    ) -> ExpressionValue {
        let local: LocalZone?
        switch zone?.evaluate(in: scope) {
        case nil, .null: local = scope.zone
        case .text(let text)?:
            guard let read = LocalZone(text) else { return ExpressionValue.text(text).unreadable }
            local = read
        case let other?: return other.unreadable
        }
        if let read = node.timeInPlace(zoneless: local, in: scope) {
            return ExpressionValue(read)
        }
        return node.evaluate(in: scope).time(zone: local)
    }
}

/// The first or last value of a path with exactly one wildcard: `last($.history[*].at)`.
struct Edge: Sendable {
    var before: JSONPath
    var after: JSONPath
    var isLast: Bool

    /// Splits a path at its wildcard; nil if the path has another form.
    init?(_ path: JSONPath, isLast: Bool) {
        guard let wildcard = path.steps.firstIndex(of: .wildcard) else { return nil }
        before = JSONPath(steps: Array(path.steps[..<wildcard]))
        after = JSONPath(steps: Array(path.steps[(wildcard + 1)...]))
        self.isLast = isLast
        guard before.isSingular, after.isSingular else { return nil }
    }

    func value(in root: JSONValue) -> JSONValue? {
        guard let container = before.value(in: root) else { return nil }
        if let end = container.element(at: isLast ? -1 : 0), let found = after.value(in: end) { return found }
        // A list would leave out a child without such a field, so the search goes on at the next.
        let children = container.children
        return isLast
            ? children.reversed().lazy.compactMap { after.value(in: $0) }.first
            : children.lazy.compactMap { after.value(in: $0) }.first
    }
}
