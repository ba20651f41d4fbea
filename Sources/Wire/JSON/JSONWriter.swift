/// Appends one JSON text to a byte buffer; commas are set by the writer, keys and nesting by the caller.
///
/// The output is deterministic: members in the order written, `/` unescaped, integral numbers without a
/// fraction, non-ASCII as UTF-8. A number that JSON cannot say (NaN, infinities) is written as null.
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8]
    private var needsComma = false

    package init(reservingCapacity capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    package mutating func null() { literal("null") }
    package mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

    package mutating func int(_ value: some BinaryInteger & Sendable) {
        separate()
        if let small = UInt8(exactly: value), small < 10 {
            bytes.append(UInt8(ascii: "0") + small)
        } else {
            bytes.append(contentsOf: String(value).utf8)
        }
        needsComma = true
    }

    package mutating func double(_ value: Double) {
        if let whole = Int64(exactly: value) {
            int(whole)
        } else if value.isFinite {
            separate()
            bytes.append(contentsOf: "\(value)".utf8)
            needsComma = true
        } else {
            null()
        }
    }

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

    package mutating func time(_ value: Timestamp) {
        separate()
        bytes.appendQuoted(value)
        needsComma = true
    }

    /// A JSON value that is encoded already.
    package mutating func encoded(_ value: [UInt8]) { encoded(value[...]) }

    package mutating func encoded(_ value: ArraySlice<UInt8>) {
        separate()
        bytes.append(contentsOf: value)
        needsComma = true
    }

    /// More of the value that was ``encoded(_:)`` last, where it is kept in parts.
    package mutating func encodedMore(_ part: ArraySlice<UInt8>) { bytes.append(contentsOf: part) }

    package mutating func key(_ name: String) {
        separate()
        bytes.appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func key(_ key: JSONKey) {
        bytes.append(key, after: needsComma)
        needsComma = false
    }

    package mutating func object<Failure>(
        _ members: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open("{")
        try members(&self)
        close("}")
    }

    package mutating func array<Failure>(
        _ elements: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open("[")
        try elements(&self)
        close("]")
    }

    /// Begins a further text of its own in the same buffer, so that no comma joins it to the one before.
    package mutating func begin() { needsComma = false }

    /// Ends a text with a line feed, as NDJSON has it; the next is one of its own, see ``begin()``.
    package mutating func endLine() {
        bytes.append(0x0A)
        begin()
    }

    /// Forgets what was written, and keeps the memory for what comes.
    package mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Empties ``bytes``, whose memory is kept, and goes on with the same text: its owner has taken them elsewhere.
    package mutating func discardBytes() { bytes.removeAll(keepingCapacity: true) }

    /// Begins an object or array with its bracket; the caller closes it.
    package mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    /// Ends what ``open(_:)`` began.
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
    package mutating func stringOrNull(_ value: String?) {
        if let value { string(value) } else { null() }
    }

    package mutating func intOrNull(_ value: Int?) {
        if let value { int(value) } else { null() }
    }

    package mutating func timeOrNull(_ value: Timestamp?) {
        if let value { time(value) } else { null() }
    }

    /// A value of another document, written again in this writer's form.
    package mutating func value(_ value: JSONValue) {
        switch value.kind {
        case .null: null()
        case .bool: bool(value.bool ?? false)
        case .int: int(value.int ?? 0)
        case .double: double(value.double ?? .nan)
        case .string: string(value.string ?? "")
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
    /// This value alone, as ``JSONWriter`` writes it.
    package var written: String {
        var json = JSONWriter()
        json.value(self)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}

/// Whole members: what a record with dozens of fields, most of them null, consists of.
extension JSONWriter {
    package mutating func member(_ key: JSONKey, _ value: String?) {
        guard let value else { return absent(key) }
        bytes.append(key, value, after: needsComma)
        needsComma = true
    }

    package mutating func member(_ key: JSONKey, _ value: Timestamp?) {
        guard let value else { return absent(key) }
        bytes.append(key, value, after: needsComma)
        needsComma = true
    }

    package mutating func member(_ key: JSONKey, _ value: Int?) {
        guard let value else { return absent(key) }
        self.key(key)
        int(value)
    }

    package mutating func member(_ key: JSONKey, _ value: Double?) {
        guard let value else { return absent(key) }
        self.key(key)
        double(value)
    }

    package mutating func member(_ key: JSONKey, _ value: Bool) {
        self.key(key)
        bool(value)
    }

    /// Appends the key with what stands for a value that is absent.
    package mutating func absent(_ key: JSONKey) {
        bytes.appendNull(key, after: needsComma)
        needsComma = true
    }
}
