import Settings
import Wire

extension ExpressionParser {
    mutating func primary() throws(ExpressionError) -> ExpressionNode {
        scanner.skipSpace()
        let start = scanner.at
        switch scanner.next {
        case "$": return try path(.root)
        case "^":
            guard allowsParent else {
                throw scanner.failure("`^` is not supported; a record is `$`")
            }
            return try path(.parent)
        case "@": throw scanner.failure("`@` is allowed only inside a condition `[?…]`; the record is `$`")
        case "'", "\"": return .constant(.text(try scanner.quotedText()))
        case "(":
            scanner.advance()
            let inner = try expression()
            guard scanner.takeSpaced(")") else { throw unclosed("(", openedAt: start, missing: ")") }
            return inner
        case "[": return try list()
        case let next? where ExpressionScanner.isDigit(next): return .constant(.number(try scanner.number()))
        case let next? where ExpressionScanner.beginsName(next): return try nameOrCall()
        case nil: throw scanner.failure("a value is missing at the end")
        case "*": throw scanner.failure("a value is missing before `*`")
        default: throw scanner.unexpected()
        }
    }

    private func unclosed(_ opening: String, openedAt start: Int, missing: String) -> ExpressionError {
        var rest = scanner
        rest.skipSpace()
        guard rest.isAtEnd else {
            return rest.next == "," ? rest.failure("`\(missing)` is missing here") : rest.unexpected()
        }
        return scanner.failure(at: start, "this `\(opening)` has no closing `\(missing)`")
    }

    private mutating func path(_ anchor: ExpressionNode.Anchor) throws(ExpressionError) -> ExpressionNode {
        scanner.advance()
        let path = JSONPath(steps: try scanner.steps())
        let read = path.pathsRead
        switch anchor {
        case .root: reads.paths += read.filter { !reads.paths.contains($0) }
        case .parent: reads.parentPaths += read.filter { !reads.parentPaths.contains($0) }
        }
        return path.pointer.map { .path($0, of: anchor) } ?? .paths(path, of: anchor)
    }

    private mutating func list() throws(ExpressionError) -> ExpressionNode {
        let start = scanner.at
        scanner.advance()
        let nodes = try operands(until: "]", opening: "[", openedAt: start)
        let values = nodes.compactMap { node -> ExpressionValue? in
            if case .constant(let value) = node { value } else { nil }
        }
        return values.count == nodes.count ? .constant(.list(values)) : .list(nodes)
    }

    private mutating func operands(
        until end: String, opening: String, openedAt start: Int
    ) throws(ExpressionError) -> [ExpressionNode] {
        var nodes: [ExpressionNode] = []
        if scanner.takeSpaced(end) { return nodes }
        repeat { nodes.append(try expression()) } while scanner.takeSpaced(",")
        guard scanner.takeSpaced(end) else { throw unclosed(opening, openedAt: start, missing: end) }
        return nodes
    }

    /// A literal (`true`, `false`, `null`), a call or a variable.
    private mutating func nameOrCall() throws(ExpressionError) -> ExpressionNode {
        let start = scanner.at
        var name = scanner.name() ?? ""
        while scanner.next == ".", let after = scanner.peek(1), ExpressionScanner.beginsName(after) {
            scanner.advance()
            name += "." + (scanner.name() ?? "")
        }
        switch name {
        case "true": return .constant(.bool(true))
        case "false": return .constant(.bool(false))
        case "null": return .constant(.null)
        case "and", "or", "in": throw scanner.failure(at: start, "a value is missing before `\(name)`")
        case "not":
            throw scanner.failure(at: start, "`not` applies to a complete condition: put it in parentheses")
        default: break
        }
        let opened = scanner.at
        if scanner.takeSpaced("(") { return try call(name, at: start, openedAt: opened) }
        guard variables.contains(name) else { throw unknownName(name, at: start) }
        reads.variables.insert(name)
        return .variable(name)
    }

    private func unknownName(_ name: String, at start: Int) -> ExpressionError {
        if let function = ExpressionFunction.named[name] {
            return scanner.failure(at: start, "`\(name)` is a function, written \(function.signature)")
        }
        if name.hasPrefix("secrets.") {
            return scanner.failure(at: start, "expressions cannot read secrets; only `auth` sends them")
        }
        if let nearest = nearest(to: name, among: variables.sorted()) {
            return scanner.failure(at: start, "there is no `\(name)`: did you mean `\(nearest)`?")
        }
        return scanner.failure(
            at: start,
            "there is no `\(name)`: write a field as $.\(name), a text as \(ExpressionScanner.quoted(name))")
    }

    private mutating func call(
        _ name: String, at start: Int, openedAt opened: Int
    ) throws(ExpressionError) -> ExpressionNode {
        guard let function = ExpressionFunction.named[name] else {
            let nearest = nearest(to: name, among: ExpressionFunction.all.map(\.name))
            throw scanner.failure(
                at: start,
                "there is no function `\(name)`" + (nearest.map { ": did you mean `\($0)`?" } ?? ""))
        }
        if case .form(.lookup) = function.body { return try lookup(function, at: start) }
        let operands = try operands(until: ")", opening: "(", openedAt: opened)
        guard function.arity.contains(operands.count) else { throw misused(function, at: start) }
        if case .header = function.body { (reads.headers, reads.surroundings) = (true, true) }
        guard case .form(let form) = function.body else {
            return shortcut(function, operands) ?? .call(function.body, operands)
        }
        switch form {
        case .choice:
            return .choice(
                operands[0], then: operands[1], otherwise: operands.count > 2 ? operands[2] : .constant(.null)
            )
        case .time:
            try checkZone(operands.dropFirst().first, at: start)
            // The scope's zone is also used if the second operand is null.
            reads.surroundings = true
            return .time(operands[0], zone: operands.dropFirst().first)
        case .date, .lookup:
            reads.surroundings = true
            return .date(operands[0])
        }
    }

    /// `first` and `last` of a path with one wildcard need no list.
    private func shortcut(_ function: ExpressionFunction, _ operands: [ExpressionNode]) -> ExpressionNode? {
        guard function.name == "first" || function.name == "last",
            case .paths(let path, let anchor)? = operands.first
        else { return nil }
        return Edge(path, isLast: function.name == "last").map { .edge($0, of: anchor) }
    }

    private func misused(_ function: ExpressionFunction, at start: Int) -> ExpressionError {
        scanner.failure(at: start, "`\(function.name)` is written \(function.signature)")
    }

    private func checkZone(_ zone: ExpressionNode?, at start: Int) throws(ExpressionError) {
        guard case .constant(let value)? = zone else { return }
        guard case .text(let text) = value, LocalZone(text) != nil else {
            throw scanner.failure(at: start, "write a zone as '+08:00', '-03:30', 'Z' or 'Asia/Shanghai'")
        }
    }

    /// The second operand is a map's name, with or without quotes.
    private mutating func lookup(
        _ function: ExpressionFunction, at start: Int
    ) throws(ExpressionError) -> ExpressionNode {
        guard !scanner.takeSpaced(")") else { throw misused(function, at: start) }
        let operand = try expression()
        guard scanner.takeSpaced(",") else { throw misused(function, at: start) }
        scanner.skipSpace()
        let named = scanner.at
        let isQuoted = scanner.next == "'" || scanner.next == "\""
        guard let map = isQuoted ? try scanner.quotedText() : scanner.name() else {
            throw misused(function, at: start)
        }
        guard maps.contains(map) else {
            let nearest = nearest(to: map, among: maps.sorted())
            throw scanner.failure(
                at: named, "there is no map `\(map)`" + (nearest.map { ": did you mean `\($0)`?" } ?? ""))
        }
        guard scanner.takeSpaced(")") else { throw misused(function, at: start) }
        reads.surroundings = true
        return .lookup(operand, map: map)
    }
}

extension JSONPath {
    /// This path, and the paths that its conditions read.
    var pathsRead: [JSONPath] {
        var read = [self]
        for (position, step) in zip(steps.indices, steps) {
            guard case .filter(let filter) = step else { continue }
            read += filter.paths.map { JSONPath(steps: steps[..<position] + [.wildcard] + $0.steps) }
        }
        return read
    }
}
