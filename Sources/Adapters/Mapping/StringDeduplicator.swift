import Wire

/// Lets equal strings of different records share memory: a list's models, workspaces and configurations
/// repeat.
///
/// It remembers some of the strings it was given, not all; its results have the same bytes in any case.
package struct StringDeduplicator {
    private var known = [String](repeating: "", count: 1024)

    package init() {}

    /// This string, or an equal one that was given before.
    package mutating func shared(_ text: String) -> String {
        let utf8 = text.utf8Span.span.bytes
        // A string of up to 15 bytes takes no memory of its own.
        guard utf8.byteCount > 15 else { return text }
        let slot = slot(of: utf8)
        if ByteComparison(known[slot], text) == .same { return known[slot] }
        known[slot] = text
        return text
    }

    /// A hash of the length, the end and the middle, as names of one kind begin alike.
    private func slot(of utf8: RawSpan) -> Int {
        let end = utf8.word(at: utf8.byteCount - 8)
        let middle = utf8.word(at: utf8.byteCount / 2 - 4)
        let mixed = (end ^ middle &* 31 &+ UInt64(utf8.byteCount)) &* 0x9e37_79b9_7f4a_7c15
        return Int(mixed >> 54)
    }
}
