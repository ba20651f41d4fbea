import Wire

extension ExpressionScanner {
    /// A text in single or double quotes; a quote inside is doubled or has a backslash before it.
    mutating func quotedText() throws(ExpressionError) -> String {
        let start = at
        guard let quote = next, quote == "'" || quote == "\"" else {
            throw failure("a text in quotes is missing here")
        }
        advance()
        var view = String.UnicodeScalarView()
        while let scalar = next {
            if scalar == quote {
                advance()
                guard next == quote else { return String(view) }
                view.append(quote)
                advance()
            } else if scalar == "\\" {
                view.append(try escape())
            } else {
                view.append(scalar)
                advance()
            }
        }
        throw failure(at: start, "the text that begins here has no closing `\(quote)`")
    }

    private mutating func escape() throws(ExpressionError) -> Unicode.Scalar {
        let start = at
        advance()
        defer { advance() }
        switch next {
        case "'", "\"", "\\", "/": return next ?? "\\"
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "u": return try unicodeEscape(from: start)
        default:
            throw failure(
                at: start, "a backslash must be followed by a quote, a backslash or one of n t r b f u")
        }
    }

    /// Reads the rest of a `\u` escape, or of a pair of them; leaves the scanner at the last digit.
    private mutating func unicodeEscape(from start: Int) throws(ExpressionError) -> Unicode.Scalar {
        let wrong = failure(at: start, "`\\u` must be followed by the four hexadecimal digits of a character")
        guard let first = hexadecimal() else { throw wrong }
        if let scalar = Unicode.Scalar(first) { return scalar }
        // RFC 8259 §7: beyond 16 bits a character is a pair of surrogates.
        advance()
        guard first < 0xDC00, take("\\"), next == "u", let second = hexadecimal(),
            (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + UInt32(second) - 0xDC00)
        else { throw wrong }
        return scalar
    }

    /// Reads four digits after the current scalar; leaves the scanner at the last.
    private mutating func hexadecimal() -> UInt16? {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = peek(1)?.hexadecimalValue else { return nil }
            value = value << 4 | digit
            advance()
        }
        return value
    }

    /// A number as in JSON, without a sign.
    mutating func number() throws(ExpressionError) -> Double {
        let start = at
        skipDigits()
        guard at > start else { throw failure("a number is missing here") }
        guard scalars[start] != "0" || at == start + 1 else {
            throw failure(at: start, "a number must not have a leading zero")
        }
        if next == ".", let after = peek(1), Self.isDigit(after) {
            advance()
            skipDigits()
        }
        if next == "e" || next == "E" {
            let signed = peek(1) == "+" || peek(1) == "-"
            guard let digit = peek(signed ? 2 : 1), Self.isDigit(digit) else {
                throw failure("an exponent needs digits")
            }
            back(to: at + (signed ? 2 : 1))
            skipDigits()
        }
        if let next, Self.beginsName(next) { throw failure("a name must not begin with a digit") }
        guard let value = Double(text(from: start)), value.isFinite else {
            throw failure(at: start, "the number is too large")
        }
        return value
    }

    mutating func skipDigits() {
        while let next, Self.isDigit(next) { advance() }
    }

    /// A text in quotes, as this language writes it.
    static func quoted(_ text: String) -> String {
        var written = "'"
        for scalar in text.unicodeScalars {
            switch scalar {
            case "'": written += "\\'"
            case "\\": written += "\\\\"
            case "\n": written += "\\n"
            case "\r": written += "\\r"
            case "\t": written += "\\t"
            default: written.unicodeScalars.append(scalar)
            }
        }
        return written + "'"
    }
}

extension Unicode.Scalar {
    /// The value of an ASCII hexadecimal digit; nil for anything else.
    fileprivate var hexadecimalValue: UInt16? {
        isASCII ? UInt8(ascii: self).hexadecimalValue.map(UInt16.init) : nil
    }
}
