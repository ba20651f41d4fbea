import Settings

/// The grammar of expressions, from the loosest binding to the tightest:
/// `or`, `and`, `not`, comparisons and `in`, `??`, `+ -`, `* /`, sign.
struct ExpressionParser {
    var scanner: ExpressionScanner
    let variables: Set<String>
    let maps: Set<String>
    let allowsParent: Bool
    /// The paths, variables and surroundings that the expression has been found to read so far.
    var reads = Reads()

    struct Reads {
        var paths: [JSONPath] = []
        var parentPaths: [JSONPath] = []
        var variables: Set<String> = []
        /// True if it reads the scope's zone, maps or headers.
        var surroundings = false
        /// True if it reads the headers of the answer.
        var headers = false

        var nothing: Bool { paths.isEmpty && parentPaths.isEmpty && variables.isEmpty && !surroundings }
    }

    init(scanner: ExpressionScanner, variables: Set<String>, maps: Set<String>, allowsParent: Bool) {
        self.scanner = scanner
        self.variables = variables
        self.maps = maps
        self.allowsParent = allowsParent
    }

    mutating func completeExpression() throws(ExpressionError) -> ExpressionNode {
        scanner.skipSpace()
        guard !scanner.isAtEnd else {
            throw scanner.failure("an expression is missing, such as $.name")
        }
        let tree = try expression()
        scanner.skipSpace()
        guard scanner.isAtEnd else { throw scanner.unexpected() }
        return tree
    }

    mutating func expression() throws(ExpressionError) -> ExpressionNode {
        try scanner.descend()
        defer { scanner.ascend() }
        var parts = [try conjunction()]
        while scanner.takeKeyword("or") || scanner.takeSpaced("||") { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction() throws(ExpressionError) -> ExpressionNode {
        var parts = [try negation()]
        while scanner.takeKeyword("and") || scanner.takeSpaced("&&") { parts.append(try negation()) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func negation() throws(ExpressionError) -> ExpressionNode {
        guard scanner.takeKeyword("not") || scanner.takeSpaced("!") else { return try comparison() }
        try scanner.descend()
        defer { scanner.ascend() }
        return .not(try negation())
    }

    private mutating func comparison() throws(ExpressionError) -> ExpressionNode {
        let left = try alternatives()
        if scanner.takeKeyword("in") { return .membership(left, in: try collection()) }
        let start = scanner.at
        if scanner.takeKeyword("not") {
            guard scanner.takeKeyword("in") else {
                scanner.back(to: start)
                scanner.skipSpace()
                throw scanner.failure("write `not` before a condition, or as in `a not in ['x', 'y']`")
            }
            return .not(.membership(left, in: try collection()))
        }
        guard let comparison = try scanner.comparison() else { return left }
        let right = try alternatives()
        let end = scanner.at
        guard try scanner.comparison() == nil else {
            scanner.back(to: end)
            scanner.skipSpace()
            throw scanner.failure("comparisons do not chain: join two with `and`")
        }
        return .comparison(comparison, left, right)
    }

    /// The list after `in`.
    private mutating func collection() throws(ExpressionError) -> ExpressionNode {
        scanner.skipSpace()
        let start = scanner.at
        let node = try alternatives()
        if case .constant(let value) = node {
            guard case .list = value else {
                throw scanner.failure(at: start, "`in` must be followed by a list, such as ['x', 'y']")
            }
        }
        return node
    }

    private mutating func alternatives() throws(ExpressionError) -> ExpressionNode {
        var parts = [try sum()]
        while scanner.takeSpaced("??") { parts.append(try sum()) }
        return parts.count == 1 ? parts[0] : .firstPresent(parts)
    }

    private mutating func sum() throws(ExpressionError) -> ExpressionNode {
        var node = try product()
        // A chain nests to the left: each operand adds a level.
        var levels = 0
        defer { scanner.ascend(levels) }
        while let operation = try additive() {
            try scanner.descend()
            levels += 1
            node = .arithmetic(operation, node, try product())
        }
        return node
    }

    private mutating func additive() throws(ExpressionError) -> ExpressionNode.Arithmetic? {
        if scanner.takeSpaced("+") { return .plus }
        if scanner.next == "-", let after = scanner.peek(1), ExpressionScanner.beginsName(after) {
            throw scanner.hyphen()
        }
        return scanner.takeSpaced("-") ? .minus : nil
    }

    private mutating func product() throws(ExpressionError) -> ExpressionNode {
        var node = try signed()
        var levels = 0
        defer { scanner.ascend(levels) }
        while true {
            let operation: ExpressionNode.Arithmetic
            if scanner.takeSpaced("*") {
                operation = .times
            } else if scanner.takeSpaced("/") {
                operation = .divided
            } else {
                return node
            }
            try scanner.descend()
            levels += 1
            node = .arithmetic(operation, node, try signed())
        }
    }

    private mutating func signed() throws(ExpressionError) -> ExpressionNode {
        guard scanner.takeSpaced("-") else { return try primary() }
        try scanner.descend()
        defer { scanner.ascend() }
        let node = try signed()
        if case .constant(.number(let number)) = node { return .constant(.number(-number)) }
        return .arithmetic(.minus, .constant(.number(0)), node)
    }
}
