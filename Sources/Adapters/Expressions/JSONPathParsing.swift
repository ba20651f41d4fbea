extension ExpressionScanner {
    /// The steps after `$`, `^` or `@`.
    mutating func steps() throws(ExpressionError) -> [JSONPath.Step] {
        var steps: [JSONPath.Step] = []
        while true {
            let start = at
            skipSpace()
            if take(".") {
                steps.append(try step(afterDotAt: at - 1))
            } else if take("[") {
                steps.append(try bracketStep(openedAt: at - 1))
            } else {
                back(to: start)
                return steps
            }
            guard steps.count <= ExpressionLimits.depth else {
                throw failure(at: start, "a path may have at most \(ExpressionLimits.depth) steps")
            }
        }
    }

    private mutating func step(afterDotAt dot: Int) throws(ExpressionError) -> JSONPath.Step {
        if let name = name() { return .name(name) }
        if take("*") { return .wildcard }
        switch next {
        case ".": throw failure(at: dot, "`..` is not supported: write the whole path")
        case "'", "\"": throw failure(at: dot, "write a quoted name in brackets without a dot: ['name']")
        case let next? where Self.isDigit(next):
            throw failure("quote a name that begins with a digit, as in ['1st']; write an element as [0]")
        default: throw failure("a field's name is missing after `.`")
        }
    }

    private mutating func bracketStep(openedAt opened: Int) throws(ExpressionError) -> JSONPath.Step {
        skipSpace()
        let step: JSONPath.Step
        switch next {
        case "*":
            advance()
            step = .wildcard
        case "?":
            advance()
            step = .filter(try filter())
        case "'", "\"": step = .name(try quotedText())
        case let next? where next == "-" || Self.isDigit(next): step = .index(try index())
        case ":": throw failure("slices are not supported")
        case let next? where Self.beginsName(next):
            let start = at
            let name = name() ?? ""
            throw failure(at: start, "quote a name in brackets: [\(Self.quoted(name))]")
        default: throw failure("brackets must contain a quoted name, a number, `*` or `?` with a condition")
        }
        skipSpace()
        if take("]") { return step }
        switch next {
        case ",": throw failure("brackets may contain only one name or number; write a path for each")
        case ":": throw failure("slices are not supported")
        case nil: throw failure(at: opened, "this bracket has no closing `]`")
        default: throw failure("`]` is missing here")
        }
    }

    private mutating func index() throws(ExpressionError) -> Int {
        let start = at
        let isNegative = take("-")
        let digits = at
        skipDigits()
        let text = text(from: digits)
        // RFC 9535 §2.3.3 and §2.1: no leading zero, no `-0`, within ±(2^53 - 1).
        guard let value = Int(text), value < 1 << 53, text == "0" || !text.hasPrefix("0"),
            !(isNegative && value == 0)
        else { throw failure(at: start, "write an element's index like 0, 12 or -1") }
        return isNegative ? -value : value
    }
}

extension ExpressionScanner {
    private mutating func filter() throws(ExpressionError) -> JSONPathFilter {
        try descend()
        defer { ascend() }
        var parts = [try filterAll()]
        while takeKeyword("or") || takeSpaced("||") { parts.append(try filterAll()) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func filterAll() throws(ExpressionError) -> JSONPathFilter {
        var parts = [try filterTest()]
        while takeKeyword("and") || takeSpaced("&&") { parts.append(try filterTest()) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func filterTest() throws(ExpressionError) -> JSONPathFilter {
        if takeKeyword("not") || takeSpaced("!") {
            try descend()
            defer { ascend() }
            return .not(try filterTest())
        }
        skipSpace()
        let opened = at
        if take("(") {
            let inner = try filter()
            guard takeSpaced(")") else { throw failure(at: opened, "this `(` has no closing `)`") }
            return inner
        }
        let start = at
        let left = try filterOperand()
        if let comparison = try comparison() {
            let right = try filterOperand()
            guard left.path != nil || right.path != nil else {
                throw failure(at: start, "a condition in `[?…]` must compare a path that begins with `@`")
            }
            return .comparison(comparison, left, right)
        }
        if takeKeyword("in") { return .membership(left, try filterLiterals()) }
        if takeKeyword("not") {
            guard takeKeyword("in") else {
                throw failure("`not` must be followed by `in`, as in @.a not in ['x', 'y']")
            }
            return .not(.membership(left, try filterLiterals()))
        }
        guard let path = left.path else {
            throw failure(at: start, "a literal alone is not a condition; compare it, as in @.a == 'x'")
        }
        return .exists(path)
    }

    private mutating func filterOperand() throws(ExpressionError) -> JSONPathFilter.Operand {
        skipSpace()
        let start = at
        switch next {
        case "@":
            advance()
            let path = JSONPath(steps: try steps())
            guard path.isSingular else {
                throw failure(
                    at: start, "a path in `[?…]` must lead to one value: without `*` or a condition")
            }
            return .path(path)
        case "$", "^":
            throw failure("a condition in `[?…]` can read only its element: write `@` for it")
        case "'", "\"": return .text(try quotedText())
        case let next? where next == "-" || Self.isDigit(next):
            return take("-") ? .number(-(try number())) : .number(try number())
        default: break
        }
        switch name() {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .null
        case let name?:
            throw failure(
                at: start, "quote a text: \(Self.quoted(name)); write a field of the element as @.\(name)")
        case nil:
            throw failure("a condition must compare a path that begins with `@`, as in [?@.type == 'Ready']")
        }
    }

    private mutating func filterLiterals() throws(ExpressionError) -> [JSONPathFilter.Operand] {
        guard takeSpaced("[") else { throw failure("`in` must be followed by a list, such as ['x', 'y']") }
        var literals: [JSONPathFilter.Operand] = []
        if takeSpaced("]") { return literals }
        repeat {
            skipSpace()
            let start = at
            let literal = try filterOperand()
            guard literal.path == nil else { throw failure(at: start, "this list may contain only literals") }
            literals.append(literal)
        } while takeSpaced(",")
        guard takeSpaced("]") else { throw failure("`,` or `]` is missing here") }
        return literals
    }

    /// Consumes a comparison's operator and the space before it; nil if none follows.
    mutating func comparison() throws(ExpressionError) -> ExpressionComparison? {
        for comparison in ExpressionComparison.allCases where takeSpaced(comparison.rawValue) {
            return comparison
        }
        let start = at
        guard takeSpaced("=") else { return nil }
        back(to: at - 1)
        defer { back(to: start) }
        throw unexpected()
    }
}
