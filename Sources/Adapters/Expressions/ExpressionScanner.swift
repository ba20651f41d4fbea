/// A syntax error of an expression or path; its message explains how to correct it.
package struct ExpressionError: Error, Equatable, CustomStringConvertible {
    /// The position of the error, in characters from the text's start.
    package var offset: Int
    /// The mistake, and how to correct it.
    package var message: String

    package init(offset: Int, message: String) {
        self.offset = offset
        self.message = message
    }

    package var description: String { "at character \(offset + 1): \(message)" }
}

/// Reads operators, names and literals from the front of a text.
struct ExpressionScanner {
    let scalars: [Unicode.Scalar]
    /// The current position in scalars, like all offsets here; ``failure(at:_:)`` converts to characters.
    private(set) var at = 0
    private var depth = 0

    init(_ text: String) throws(ExpressionError) {
        scalars = Array(text.unicodeScalars.prefix(ExpressionLimits.length + 1))
        guard scalars.count <= ExpressionLimits.length else {
            throw failure(
                at: ExpressionLimits.length,
                "an expression may have at most \(ExpressionLimits.length) characters; split it up")
        }
    }

    var isAtEnd: Bool { at >= scalars.count }
    var next: Unicode.Scalar? { peek(0) }

    func peek(_ distance: Int) -> Unicode.Scalar? {
        scalars.indices.contains(at + distance) ? scalars[at + distance] : nil
    }

    func failure(at offset: Int? = nil, _ message: String) -> ExpressionError {
        var before = String.UnicodeScalarView()
        before.append(contentsOf: scalars.prefix(offset ?? at))
        return ExpressionError(offset: String(before).count, message: message)
    }

    /// Goes one level deeper; each caller returns by ``ascend(_:)``.
    mutating func descend() throws(ExpressionError) {
        depth += 1
        guard depth <= ExpressionLimits.depth else {
            throw failure(
                "an expression may be nested at most \(ExpressionLimits.depth) levels deep; split it up")
        }
    }

    mutating func ascend(_ levels: Int = 1) { depth -= levels }

    mutating func skipSpace() {
        while let next, next == " " || next == "\t" || next == "\n" || next == "\r" { at += 1 }
    }

    mutating func advance() { at += 1 }
    mutating func back(to offset: Int) { at = offset }

    mutating func take(_ mark: String) -> Bool {
        guard scalars.dropFirst(at).starts(with: mark.unicodeScalars) else { return false }
        at += mark.unicodeScalars.count
        return true
    }

    /// Consumes an operator and the space before it.
    mutating func takeSpaced(_ mark: String) -> Bool {
        let start = at
        skipSpace()
        if take(mark) { return true }
        at = start
        return false
    }

    /// Consumes a keyword, not the beginning of a longer name, and the space before it.
    mutating func takeKeyword(_ keyword: String) -> Bool {
        let start = at
        if takeSpaced(keyword), !(next.map(Self.continuesName) ?? false) { return true }
        at = start
        return false
    }

    /// A name by RFC 9535's shorthand (letters, digits, `_`, everything beyond ASCII); nil if there is none
    /// here.
    mutating func name() -> String? {
        guard let first = next, Self.beginsName(first) else { return nil }
        let start = at
        while let next, Self.continuesName(next) { at += 1 }
        return text(from: start)
    }

    func text(from start: Int) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[start..<at])
        return String(view)
    }

    static func beginsName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "_": true
        default: scalar.value >= 0x80
        }
    }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    static func continuesName(_ scalar: Unicode.Scalar) -> Bool { beginsName(scalar) || isDigit(scalar) }

    static func isName(_ text: String) -> Bool {
        (text.unicodeScalars.first.map(beginsName) ?? false) && text.unicodeScalars.allSatisfy(continuesName)
    }

    /// The error for a text that does not end where it should.
    func unexpected() -> ExpressionError {
        guard let next else { return failure("a value is missing here") }
        if next == "-", let after = peek(1), Self.beginsName(after) { return hyphen() }
        return switch next {
        case "=": failure("`=` is not a comparison: write `==`")
        case "&", "|": failure("write `and` or `or`, or `&&` or `||`")
        case "?": failure("write `a ?? b` for the first that is present, if(condition, a, b) for a choice")
        case "[": failure("a bracket is allowed only after a path")
        case ")", "]": failure("unmatched `\(next)`")
        default: failure("`\(next)` is not expected here")
        }
    }

    /// The error for `$.a-b`.
    func hyphen() -> ExpressionError {
        failure("quote a name that contains `-`, as in $['a-b']; put spaces around a minus sign")
    }
}
