import Wire

/// The first place at which a text stops being JSON (RFC 8259), for a message to the one who wrote it.
///
/// It has no part of the text, which may hold secrets.
struct JSONMistake: Error, Equatable, CustomStringConvertible {
    /// The number of bytes before the place.
    let offset: Int
    /// What is wrong there, as a phrase.
    let reason: String

    /// `at byte 17`, from 1, and what is wrong there.
    var description: String { "at byte \(offset + 1) \(reason)" }

    /// Finds the first mistake; nil if there is none but in the size of a number or the depth of nesting.
    init?(in text: [UInt8]) {
        var scanner = JSONScanner(text)
        do throws(JSONMistake) {
            try scanner.document()
            return nil
        } catch {
            self = error
        }
    }

    fileprivate init(_ offset: Int, _ reason: String) {
        self.offset = offset
        self.reason = reason
    }
}

/// Reads a text only to find out where it stops being JSON.
private struct JSONScanner {
    private let text: [UInt8]
    private var at = 0

    init(_ text: [UInt8]) { self.text = text }

    private var next: UInt8? { at < text.count ? text[at] : nil }

    private func mistake(_ reason: String) -> JSONMistake {
        JSONMistake(at, at < text.count ? reason : "the text ends too early")
    }

    mutating func document() throws(JSONMistake) {
        if text.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw mistake("a byte order mark stands before the JSON")
        }
        skipSpace()
        if text.isEmpty { throw JSONMistake(0, "the body is empty") }
        try value(depth: 0)
        skipSpace()
        if at < text.count { throw mistake("there is more after the end of the JSON") }
    }

    private mutating func value(depth: Int) throws(JSONMistake) {
        guard let byte = next else { throw mistake("") }
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            // Deeper nesting is refused in any case.
            guard depth < JSONDocument.maximumDepth else { throw mistake("it is nested too deeply") }
            try container(depth: depth, isObject: byte == UInt8(ascii: "{"))
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default:
            for word in ["true", "false", "null"] where text[at...].starts(with: word.utf8) {
                at += word.utf8.count
                return
            }
            throw mistake("a value is expected: an object, list, string, number, true, false or null")
        }
    }

    private mutating func container(depth: Int, isObject: Bool) throws(JSONMistake) {
        let end = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
        at += 1
        skipSpace()
        if take(end) { return }
        while true {
            skipSpace()
            if isObject {
                guard next == UInt8(ascii: "\"") else { throw mistake("a name in double quotes is expected") }
                try string()
                skipSpace()
                guard take(UInt8(ascii: ":")) else { throw mistake("a colon is expected after the name") }
                skipSpace()
            }
            try value(depth: depth + 1)
            skipSpace()
            if take(end) { return }
            guard take(UInt8(ascii: ",")) else {
                throw mistake(isObject ? "a comma or `}` is expected" : "a comma or `]` is expected")
            }
        }
    }

    private mutating func string() throws(JSONMistake) {
        let start = at
        at += 1
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                guard String(validating: text[start..<at], as: UTF8.self) != nil else {
                    throw JSONMistake(start, "a string begins that is not UTF-8")
                }
                return
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20:
                throw mistake("a string has a control character; write it as `\\u` and four digits")
            default: at += 1
            }
        }
        throw mistake("")
    }

    private mutating func escape() throws(JSONMistake) {
        guard at + 1 < text.count else {
            at = text.count
            throw mistake("")
        }
        let letter = text[at + 1]
        guard letter == UInt8(ascii: "u") else {
            guard "\"\\/bfnrt".utf8.contains(letter) else {
                throw mistake("JSON has no such escape in strings")
            }
            return at += 2
        }
        let digits = text[(at + 2)...].prefix(4)
        guard digits.count == 4, digits.allSatisfy(\.isASCIIHexDigit) else {
            throw mistake("`\\u` needs four hexadecimal digits")
        }
        at += 6
    }

    private mutating func number() throws(JSONMistake) {
        _ = take(UInt8(ascii: "-"))
        if take(UInt8(ascii: "0")) {
            if next?.isASCIIDigit == true { throw mistake("a number begins with 0") }
        } else {
            try digits()
        }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
    }

    private mutating func digits() throws(JSONMistake) {
        guard next?.isASCIIDigit == true else { throw mistake("a digit is expected") }
        while next?.isASCIIDigit == true { at += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        at += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
    }
}

extension UInt8 {
    fileprivate var isASCIIHexDigit: Bool {
        isASCIIDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
    }
}
