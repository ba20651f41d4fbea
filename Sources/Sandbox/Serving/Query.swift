/// A request's query, decoded as form data; of a name given twice the last value counts.
struct Query: Sendable {
    /// In the order written.
    private(set) var pairs: [(name: String, value: String)] = []

    init(_ text: String?) {
        for piece in (text ?? "").split(separator: "&") {
            let halves = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = halves.count > 1 ? Self.decode(halves[1], plusIsSpace: true) : ""
            pairs.append((Self.decode(halves[0], plusIsSpace: true), value))
        }
    }

    subscript(name: String) -> String? { pairs.last { $0.name == name }?.value }

    /// Decodes percent escapes; an incomplete escape stays as it is, and broken UTF-8 is repaired.
    static func decode(_ text: Substring, plusIsSpace: Bool) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            let escape = rest.prefix(2)
            if byte == UInt8(ascii: "%"), escape.count == 2,
                let code = UInt8(String(decoding: escape, as: UTF8.self), radix: 16)
            {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") && plusIsSpace ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
