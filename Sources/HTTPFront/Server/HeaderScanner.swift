import Wire

/// Scans one line of a header that is a comma-separated list (RFC 9110 §5.6); malformed elements are skipped.
struct HeaderScanner {
    private var rest: Substring.UTF8View

    init(_ line: String) { rest = line[...].utf8 }

    /// The next element that `read` accepts and consumes to its end; nil at the end of the line.
    mutating func nextElement<Element>(_ read: (inout HeaderScanner) -> Element?) -> Element? {
        while !rest.isEmpty {
            skipSpace()
            let element = read(&self)
            skipSpace()
            if rest.isEmpty || rest.first == UInt8(ascii: ",") {
                rest = rest.dropFirst()
                if let element { return element }
            } else {
                skipToComma()
            }
        }
        return nil
    }

    /// True if the next character is this one, which is then consumed.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// A token (RFC 9110 §5.6.2) in lower case; nil if none begins here.
    mutating func name() -> String? { token()?.lowercased() }

    /// A token, or a quoted string without its quotes and backslashes; nil if neither begins here, or if the string has
    /// no end.
    mutating func value() -> String? { take("\"") ? quoted() : token() }

    /// The parameters that follow, each `; name=value`, with their names in lower case; nil if one is malformed.
    mutating func parameters() -> [(name: String, value: String)]? {
        var parameters: [(name: String, value: String)] = []
        while true {
            skipSpace()
            guard take(";") else { return parameters }
            skipSpace()
            guard let name = name(), take("="), let value = value() else { return nil }
            parameters.append((name, value))
        }
    }

    /// True at the end of the line.
    var isAtEnd: Bool { rest.isEmpty }

    mutating func skipSpace() {
        rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    private mutating func token() -> String? {
        let token = rest.prefix(while: Self.isTokenCharacter)
        guard !token.isEmpty else { return nil }
        rest = rest[token.endIndex...]
        return String(Substring(token))
    }

    private mutating func quoted() -> String? {
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): if let escaped = rest.popFirst() { text.append(escaped) }
            default: text.append(byte)
            }
        }
        return nil
    }

    /// Skips a malformed element; a comma between quotes is not its end.
    private mutating func skipToComma() {
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") {
                _ = quoted()
            } else if byte == UInt8(ascii: ",") {
                return
            }
        }
    }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        byte.isASCIIAlphanumeric || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
