import CSimdJSON

/// A JSON text rewritten so that a strict parser accepts its texts and numbers, with the places that were.
///
/// It looks at tokens only, one after the other: whether they make a document, the parser decides. Since a
/// document's tape has its tokens in the order of the text, counting them gives the index of each value.
struct JSONRepair {
    /// The rewritten text.
    private(set) var output: [UInt8] = []
    /// The tape's indices of rewritten values, ascending.
    private(set) var faults: [(index: Int, fault: JSONFault)] = []
    /// The tape's indices of objects in which a name was rewritten.
    private(set) var objectsWithFaultyNames: [Int] = []
    private let input: [UInt8]
    private var at = 0
    /// The tape's index of the next value; its first word is for the root.
    private var index = 1
    /// The tape's indices of the open arrays and objects.
    private var containers: [Int] = []

    /// Rewrites a text; nil if there is nothing that can be repaired.
    init?(of text: ArraySlice<UInt8>) {
        input = Array(text)
        output.reserveCapacity(input.count + 64)
        while at < input.count {
            switch input[at] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard containers.count < JSONDocument.maximumDepth else { return nil }
                containers.append(index)
                index += 1
                copy(1)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                _ = containers.popLast()
                index += 1
                copy(1)
            case UInt8(ascii: "\""):
                guard string() else { return nil }
            case let byte where byte.endsAtom: copy(1)
            default: guard atom() else { return nil }
            }
        }
        guard !faults.isEmpty || !objectsWithFaultyNames.isEmpty else { return nil }
    }

    /// True if the document that was parsed from ``output`` has every fault where it was counted.
    func fits(_ document: OpaquePointer) -> Bool {
        func kind(_ index: Int) -> csj_kind { csj_kind_of(csj_value(document: document, index: index)) }
        return csj_end(document) == index
            && faults.allSatisfy { kind($0.index) == ($0.fault == .text ? CSJ_STRING : CSJ_NULL) }
            && objectsWithFaultyNames.allSatisfy { kind($0) == CSJ_OBJECT }
    }

    private mutating func copy(_ count: Int) {
        output += input[at..<(at + count)]
        at += count
    }

    /// Copies a literal or a number; a number that has no value here becomes null.
    ///
    /// - Returns: False for anything else, which is in no document.
    private mutating func atom() -> Bool {
        let rest = input[at...]
        let token = rest[..<(rest.firstIndex(where: \.endsAtom) ?? rest.endIndex)]
        switch JSONNumberToken(token) {
        case .readable:
            copy(token.count)
            index += 2
        case .unreadable:
            output += "null".utf8
            at = token.endIndex
            faults.append((index, .number))
            index += 1
        case .other:
            guard ["true", "false", "null"].contains(where: { token.elementsEqual($0.utf8) }) else {
                return false
            }
            copy(token.count)
            index += 1
        }
        return true
    }
}

/// Strings.
extension JSONRepair {
    private static let replacement = Array("\u{FFFD}".utf8)

    /// Copies a string, a name or a value; false if it has no end.
    private mutating func string() -> Bool {
        var isFaulty = false
        copy(1)
        while at < input.count {
            let byte = input[at]
            if byte == UInt8(ascii: "\"") {
                copy(1)
                note(isFaulty)
                return true
            }
            let isRight =
                switch byte {
                case UInt8(ascii: "\\"): escape()
                case ..<0x20: control(byte)
                case ..<0x80: plain()
                default: character()
                }
            isFaulty = isFaulty || !isRight
        }
        return false
    }

    /// Counts the string that has just ended; it is a name if a colon follows.
    private mutating func note(_ isFaulty: Bool) {
        if isFaulty {
            let next = input[at...].first { !$0.isJSONSpace }
            if next != UInt8(ascii: ":") {
                faults.append((index, .text))
            } else if let object = containers.last {
                objectsWithFaultyNames.append(object)
            }
        }
        index += 1
    }

    /// Copies the characters up to the next one that may need a change.
    private mutating func plain() -> Bool {
        copy((input[at...].firstIndex(where: \.needsCare) ?? input.endIndex) - at)
        return true
    }

    /// Writes a control character as an escape.
    private mutating func control(_ byte: UInt8) -> Bool {
        output += "\\u00".utf8
        output += [(byte >> 4).hexadecimalDigit, (byte & 15).hexadecimalDigit]
        at += 1
        return false
    }

    /// Copies a character beyond ASCII; of an ill-formed one, the longest beginning is replaced as a whole
    /// (Unicode 15.0, table 3-7).
    private mutating func character() -> Bool {
        let first = input[at]
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch first {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xE1...0xEF: (3, 0x80...0xBF)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: (1, 0x80...0xBF)
            }
        var end = at + 1
        while end < min(at + length, input.count),
            (end == at + 1 ? second : 0x80...0xBF).contains(input[end])
        {
            end += 1
        }
        if length > 1, end == at + length {
            copy(length)
            return true
        }
        output += Self.replacement
        at = end
        return false
    }

    /// Copies an escape; a backslash that begins none, and a half of a surrogate pair, is replaced.
    private mutating func escape() -> Bool {
        guard at + 1 < input.count else { return replace(1) }
        switch input[at + 1] {
        case UInt8(ascii: "u"):
            guard let unit = self.unit(at: at) else { return replace(1) }
            if unit & 0xF800 != 0xD800 {
                copy(6)
            } else if unit < 0xDC00, let low = self.unit(at: at + 6), (0xDC00...0xDFFF).contains(low) {
                copy(12)
            } else {
                return replace(6)
            }
        case let byte where "\"\\/bfnrt".utf8.contains(byte): copy(2)
        default: return replace(1)
        }
        return true
    }

    private mutating func replace(_ count: Int) -> Bool {
        output += Self.replacement
        at += count
        return false
    }

    /// The UTF-16 code unit that an escape such as `\u00e9` at this position names.
    private func unit(at position: Int) -> UInt32? {
        guard position + 6 <= input.count, input[position] == UInt8(ascii: "\\"),
            input[position + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt32 = 0
        for digit in input[(position + 2)..<(position + 6)] {
            guard let value = digit.hexadecimalValue else { return nil }
            unit = unit * 16 + UInt32(value)
        }
        return unit
    }
}

/// A token that is neither a string nor a bracket.
private enum JSONNumberToken {
    /// A number that has an exact integer or a finite double.
    case readable
    /// A number beyond that, NaN or an infinity.
    case unreadable
    /// Not a number.
    case other

    init(_ token: ArraySlice<UInt8>) {
        let text = String(decoding: token, as: UTF8.self)
        let isSigned = token.first == UInt8(ascii: "-") || token.first == UInt8(ascii: "+")
        if ["nan", "inf", "infinity"].contains(text.dropFirst(isSigned ? 1 : 0).lowercased()) {
            self = .unreadable
            return
        }
        var digits = token[...]
        if digits.first == UInt8(ascii: "-") { digits.removeFirst() }
        let whole = digits.prefix { $0.isASCIIDigit }
        digits = digits.dropFirst(whole.count)
        guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else {
            self = .other
            return
        }
        guard !digits.isEmpty else {
            self = Int64(text) != nil || UInt64(text) != nil ? .readable : .unreadable
            return
        }
        if digits.first == UInt8(ascii: ".") {
            let fraction = digits.dropFirst().prefix { $0.isASCIIDigit }
            digits = fraction.isEmpty ? digits : digits.dropFirst(fraction.count + 1)
        }
        if let mark = digits.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
            var exponent = digits.dropFirst()
            if let sign = exponent.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                exponent.removeFirst()
            }
            if !exponent.isEmpty, exponent.allSatisfy(\.isASCIIDigit) { digits = [] }
        }
        guard digits.isEmpty else {
            self = .other
            return
        }
        self = Double(text)?.isFinite == true ? .readable : .unreadable
    }
}

extension UInt8 {
    /// True for a byte that ends a string, begins an escape, is a control character or beyond ASCII.
    fileprivate var needsCare: Bool {
        self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\") || self < 0x20 || self >= 0x80
    }

    var isJSONSpace: Bool {
        self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09
    }

    /// True for what stands between tokens.
    fileprivate var endsAtom: Bool {
        isJSONSpace || "{}[],:\"".utf8.contains(self)
    }
}
