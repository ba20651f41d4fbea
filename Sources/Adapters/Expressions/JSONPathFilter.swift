import Wire

/// The condition in a path's `[?…]`: a test of one child, `@`.
indirect enum JSONPathFilter: Sendable, Hashable {
    /// A path from `@`, singular, or a literal.
    enum Operand: Sendable, Hashable {
        case path(JSONPath)
        case null
        case bool(Bool)
        case number(Double)
        case text(String)
    }

    case comparison(ExpressionComparison, Operand, Operand)
    /// The operands are literals.
    case membership(Operand, [Operand])
    /// The path is neither missing nor null.
    case exists(JSONPath)
    case all([JSONPathFilter])
    case any([JSONPathFilter])
    case not(JSONPathFilter)

    func admits(_ child: JSONValue) -> Bool {
        switch self {
        case .comparison(let comparison, let left, let right):
            return comparison.holds(left.value(at: child), right.value(at: child))
        case .membership(let operand, let literals):
            let value = operand.value(at: child)
            return literals.contains { value.isSame(as: $0.value(at: child)) }
        case .exists(let path): return path.value(in: child)?.isNull == false
        case .all(let parts): return parts.allSatisfy { $0.admits(child) }
        case .any(let parts): return parts.contains { $0.admits(child) }
        case .not(let part): return !part.admits(child)
        }
    }

    /// The paths it reads, from `@`.
    var paths: [JSONPath] {
        switch self {
        case .comparison(_, let left, let right): [left.path, right.path].compactMap { $0 }
        case .membership(let operand, _): [operand.path].compactMap { $0 }
        case .exists(let path): [path]
        case .all(let parts), .any(let parts): parts.flatMap(\.paths)
        case .not(let part): part.paths
        }
    }
}

extension JSONPathFilter.Operand: CustomStringConvertible {
    var path: JSONPath? {
        if case .path(let path) = self { path } else { nil }
    }

    func value(at child: JSONValue) -> ExpressionValue {
        switch self {
        case .path(let path): ExpressionValue(path.value(in: child))
        case .null: .null
        case .bool(let bool): .bool(bool)
        case .number(let number): .number(number)
        case .text(let text): .text(text)
        }
    }

    var description: String {
        switch self {
        case .path(let path): "@\(path.stepsText)"
        case .null: "null"
        case .bool(let bool): "\(bool)"
        case .number(let number): ExpressionValue.number(number).scalarText ?? ""
        case .text(let text): ExpressionScanner.quoted(text)
        }
    }
}

extension JSONPathFilter: CustomStringConvertible {
    var description: String {
        switch self {
        case .comparison(let comparison, let left, let right): "\(left) \(comparison.rawValue) \(right)"
        case .membership(let operand, let literals):
            "\(operand) in [\(literals.map(\.description).joined(separator: ", "))]"
        case .exists(let path): "@\(path.stepsText)"
        case .all(let parts): parts.map(\.grouped).joined(separator: " and ")
        case .any(let parts): parts.map(\.grouped).joined(separator: " or ")
        case .not(let part): "not \(part.grouped)"
        }
    }

    private var grouped: String {
        switch self {
        case .all, .any, .not: "(\(self))"
        case .comparison, .membership, .exists: "\(self)"
        }
    }
}
