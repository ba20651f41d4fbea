/// Appends one JSON text to a byte buffer; the writer adds commas, the caller decides keys and nesting.
///
/// The output is deterministic: members in the order written, `/` unescaped, integral numbers without a
/// fraction, non-ASCII as UTF-8. A number that JSON cannot express (NaN, infinities) is written as null.
package struct JSONWriter: Sendable {
    /// The text written so far.
    package private(set) var bytes: [UInt8]
    private var needsComma = false

    /// Makes an empty writer.
    package init(reservingCapacity capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Appends null.
    package mutating func null() { literal("null") }
    /// Appends `true` or `false`.
    package mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

    /// Appends an integer.
    package mutating func int(_ value: some BinaryInteger & Sendable) {
        separate()
        if let small = UInt8(exactly: value), small < 10 {
            bytes.append(UInt8(ascii: "0") + small)
        } else {
            bytes.append(contentsOf: String(value).utf8)
        }
        needsComma = true
    }

    /// Appends a number, or null for NaN and infinities.
    package mutating func double(_ value: Double) {
        if let integer = Int64(exactly: value) {
            int(integer)
        } else if value.isFinite {
            separate()
            bytes.append(contentsOf: "\(value)".utf8)
            needsComma = true
        } else {
            null()
        }
    }

    /// Appends a string with its quotes and escapes.
    package mutating func string(_ value: String) {
        separate()
        bytes.appendQuoted(value)
        needsComma = true
    }

    mutating func string(utf8: RawSpan) {
        separate()
        bytes.appendQuoted(utf8)
        needsComma = true
    }

    /// Appends a time as a string.
    package mutating func time(_ value: Timestamp) {
        separate()
        bytes.appendQuoted(value)
        needsComma = true
    }

    /// Appends a JSON value that is already encoded.
    package mutating func encoded(_ value: [UInt8]) { encoded(value[...]) }

    /// Appends a JSON value that is already encoded.
    package mutating func encoded(_ value: ArraySlice<UInt8>) {
        separate()
        bytes.append(contentsOf: value)
        needsComma = true
    }

    /// Appends another part of the value that ``encoded(_:)`` began, for a value that is stored in parts.
    package mutating func encodedMore(_ part: ArraySlice<UInt8>) { bytes.append(contentsOf: part) }

    /// Appends a member's key with its colon.
    package mutating func key(_ name: String) {
        separate()
        bytes.appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Appends a member's key with its colon.
    package mutating func key(_ key: JSONKey) {
        bytes.append(key, after: needsComma)
        needsComma = false
    }

    /// Appends an object around the members that `members` appends.
    package mutating func object<Failure>(
        _ members: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open("{")
        try members(&self)
        close("}")
    }

    /// Appends an array around the elements that `elements` appends.
    package mutating func array<Failure>(
        _ elements: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open("[")
        try elements(&self)
        close("]")
    }

    /// Begins a separate text in the same buffer: no comma follows the text before.
    package mutating func begin() { needsComma = false }

    /// Ends a text with a line feed, as in NDJSON, and begins the next as ``begin()`` does.
    package mutating func endLine() {
        bytes.append(0x0A)
        begin()
    }

    /// Removes everything written, but keeps the capacity.
    package mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Empties ``bytes``, which the caller has copied, and continues the same text; the capacity is kept.
    package mutating func discardBytes() { bytes.removeAll(keepingCapacity: true) }

    /// Begins an object or array with its bracket; the caller closes it.
    package mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    /// Removes the closing brace of the object that was written last, so that more members can follow; nothing
    /// else may have been written since.
    package mutating func reopenObject() {
        bytes.removeLast()
        needsComma = bytes.last != UInt8(ascii: "{")
    }

    /// Ends an object or array with its bracket.
    package mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    private mutating func literal(_ text: StaticString) {
        separate()
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }
}

extension JSONWriter {
    /// Appends a string, or null for nil.
    package mutating func stringOrNull(_ value: String?) {
        if let value { string(value) } else { null() }
    }

    /// Appends an integer, or null for nil.
    package mutating func intOrNull(_ value: Int?) {
        if let value { int(value) } else { null() }
    }

    /// Appends a time, or null for nil.
    package mutating func timeOrNull(_ value: Timestamp?) {
        if let value { time(value) } else { null() }
    }

    /// Appends a value of a document in this writer's form.
    package mutating func value(_ value: JSONValue) {
        switch value.kind {
        case .null, .bool, .int, .double, .string: scalar(value)
        case .array: array { for element in value.elements { $0.value(element) } }
        case .object:
            object {
                for (key, member) in value.members {
                    $0.key(key)
                    $0.value(member)
                }
            }
        }
    }
}

extension JSONValue {
    /// The value as a JSON text, as ``JSONWriter`` writes it.
    package var written: String {
        var json = JSONWriter()
        json.value(self)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}

/// Complete members, for records of dozens of fields, most of them null.
extension JSONWriter {
    /// Appends a member; nil as ``absent(_:)`` does.
    package mutating func member(_ key: JSONKey, _ value: String?) {
        guard let value else { return absent(key) }
        bytes.append(key, value, after: needsComma)
        needsComma = true
    }

    /// Appends a member; nil as ``absent(_:)`` does.
    package mutating func member(_ key: JSONKey, _ value: Timestamp?) {
        guard let value else { return absent(key) }
        bytes.append(key, value, after: needsComma)
        needsComma = true
    }

    /// Appends a member; nil as ``absent(_:)`` does.
    package mutating func member(_ key: JSONKey, _ value: Int?) {
        guard let value else { return absent(key) }
        self.key(key)
        int(value)
    }

    /// Appends a member; nil as ``absent(_:)`` does.
    package mutating func member(_ key: JSONKey, _ value: Double?) {
        guard let value else { return absent(key) }
        self.key(key)
        double(value)
    }

    /// Appends a member.
    package mutating func member(_ key: JSONKey, _ value: Bool) {
        self.key(key)
        bool(value)
    }

    /// Appends a key with its text for a missing value.
    package mutating func absent(_ key: JSONKey) {
        bytes.appendNull(key, after: needsComma)
        needsComma = true
    }
}
