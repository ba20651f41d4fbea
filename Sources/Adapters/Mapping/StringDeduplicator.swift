import Wire

/// Lets records that say the same say it in the same memory: a list's models, workspaces and configurations repeat.
///
/// It remembers some of the texts it was given, not all; what it gives back has the same bytes in any case.
package struct StringDeduplicator {
    private var known = [String](repeating: "", count: 1024)

    package init() {}

    /// This text, or one of the same bytes that was given before.
    package mutating func shared(_ text: String) -> String {
        let utf8 = text.utf8Span.span.bytes
        // Up to here a text stands within the record, and takes no memory of its own.
        guard utf8.byteCount > 15 else { return text }
        let place = place(of: utf8)
        if ByteComparison(known[place], text) == .same { return known[place] }
        known[place] = text
        return text
    }

    /// By its length, its end and its middle: names of one kind begin alike.
    private func place(of utf8: RawSpan) -> Int {
        let end = utf8.word(at: utf8.byteCount - 8)
        let middle = utf8.word(at: utf8.byteCount / 2 - 4)
        let mixed = (end ^ middle &* 31 &+ UInt64(utf8.byteCount)) &* 0x9e37_79b9_7f4a_7c15
        return Int(mixed >> 54)
    }
}
