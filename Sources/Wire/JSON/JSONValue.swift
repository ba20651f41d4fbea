import CSimdJSON

/// One value inside a ``JSONDocument``; it is cheap to copy, and keeps the document alive.
package struct JSONValue: @unchecked Sendable {
    // Safe to share: an index into `document`, which is immutable and retained.
    let document: JSONDocument
    private let index: Int

    /// The kind of a value; integers beyond `Int64` count as ``double``.
    package enum Kind: String, Sendable {
        case null, bool, int, double, string, array, object
    }

    init(document: JSONDocument, index: Int) {
        self.document = document
        self.index = index
    }

    var handle: csj_value { document.handle(at: index) }

    /// The value's own kind.
    package var kind: Kind {
        switch csj_kind_of(handle) {
        case CSJ_BOOL: .bool
        case CSJ_INT64: .int
        case CSJ_UINT64, CSJ_DOUBLE: .double
        case CSJ_STRING: .string
        case CSJ_ARRAY: .array
        case CSJ_OBJECT: .object
        default: .null
        }
    }

    /// True for JSON's null.
    package var isNull: Bool { csj_kind_of(handle) == CSJ_NULL }

    /// The text of a string; nil for anything else.
    package var string: String? {
        withUTF8 { String(decoding: $0, as: UTF8.self) }
    }

    /// Calls `body` with a string's UTF-8, without copying it; nil for anything else.
    package func withUTF8<Result, Failure>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        let content = csj_read(handle)
        guard content.kind == CSJ_STRING else { return nil }
        return try withExtendedLifetime(document) { () throws(Failure) in try body(content.utf8) }
    }

    /// An integer that `Int64` holds, also when written as `2.0`; nil for anything else.
    package var int: Int64? {
        let content = csj_read(handle)
        return switch content.kind {
        case CSJ_INT64: content.int64
        case CSJ_DOUBLE: Int64(exactly: content.number)
        default: nil
        }
    }

    /// Any number, as the nearest double; nil for anything else.
    package var double: Double? {
        let content = csj_read(handle)
        return switch content.kind {
        case CSJ_INT64: Double(content.int64)
        case CSJ_UINT64: Double(content.uint64)
        case CSJ_DOUBLE: content.number
        default: nil
        }
    }

    /// A boolean; nil for anything else.
    package var bool: Bool? {
        let content = csj_read(handle)
        return content.kind == CSJ_BOOL ? content.boolean : nil
    }

    /// An object's last member of this name; nil where there is none, or this is not an object.
    package subscript(key: String) -> JSONValue? {
        var key = key
        return key.withUTF8 { name in
            var step = csj_step()
            (step.is_name, step.name, step.length) = (true, name.baseAddress, name.count)
            return child(step)
        }
    }

    /// The number of elements or members; 0 for anything else.
    package var count: Int { csj_count(handle) }

    /// An array's elements in order; empty for anything else.
    package var elements: [JSONValue] {
        var elements: [JSONValue] = []
        if kind == .array { elements.reserveCapacity(count) }
        forEachElement { elements.append($0) }
        return elements
    }

    /// Calls `body` with an array's elements in order; with none for anything else.
    package func forEachElement<Failure>(_ body: (JSONValue) throws(Failure) -> Void) throws(Failure) {
        var (at, end) = (0, 0)
        csj_elements(handle, &at, &end)
        while at < end {
            try body(JSONValue(document: document, index: at))
            at = csj_after(document.handle(at: at))
        }
    }

    /// An array's element, -1 being the last; nil where there is none, or this is not an array.
    ///
    /// Steps over the elements before it without an allocation.
    package func element(at index: Int) -> JSONValue? {
        var step = csj_step()
        step.position = index
        return child(step)
    }

    private func child(_ step: csj_step) -> JSONValue? {
        var found = csj_value()
        let exists = withUnsafePointer(to: step) { csj_follow(handle, $0, 1, &found) }
        return exists ? JSONValue(document: document, index: found.index) : nil
    }

    /// An object's members in the order they were written, repeated names included; empty for anything else.
    package var members: [(key: String, value: JSONValue)] {
        let size = count
        var values: [csj_value] = []
        let keys = handles(count: size) { keys, capacity in
            values = handles(count: size) { csj_members(handle, keys, $0, $1) }
            return values.count
        }
        return zip(keys, values).map { key, value in
            (
                JSONValue(document: document, index: key.index).string ?? "",
                JSONValue(document: document, index: value.index)
            )
        }
    }

    private func handles(
        count: Int, _ fill: (UnsafeMutablePointer<csj_value>?, Int) -> Int
    ) -> [csj_value] {
        Array(unsafeUninitializedCapacity: count) { buffer, filled in
            filled = count == 0 ? 0 : fill(buffer.baseAddress, count)
        }
    }
}
