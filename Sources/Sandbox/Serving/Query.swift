import Wire

/// A request's query, decoded as form data; if a name is given twice, the last value counts.
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

    /// Percent-decodes a text; one that is not percent-encoded UTF-8 stays as it is.
    static func decode(_ text: Substring, plusIsSpace: Bool) -> String {
        percentDecoded(text, plusIsSpace: plusIsSpace) ?? String(text)
    }
}
