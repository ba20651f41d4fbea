import CSimdJSON

/// One value inside a ``JSONDocument``; cheap to copy, valid as long as it is held.
package struct JSONValue: @unchecked Sendable {
    // Safe to share: `handle` is an index into `document`, which is immutable and held.
    private let document: JSONDocument
    private let handle: csj_value

    /// What a value is; integers beyond `Int64` count as ``double``.
    package enum Kind: String, Sendable {
        case null, bool, int, double, string, array, object
    }

    init(document: JSONDocument, handle: csj_value) {
        self.document = document
        self.handle = handle
    }

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

    package var isNull: Bool { csj_kind_of(handle) == CSJ_NULL }

    /// The text of a string; nil for anything else.
    package var string: String? {
        withUTF8 { String(decoding: $0, as: UTF8.self) }
    }

    /// Calls `body` with a string's UTF-8, without copying it; nil for anything else.
    package func withUTF8<Result, Failure>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard csj_kind_of(handle) == CSJ_STRING else { return nil }
        var length = 0
        let text = UnsafeRawPointer(csj_string(handle, &length))
        let start = text?.assumingMemoryBound(to: UInt8.self)
        return try body(UnsafeBufferPointer(start: start, count: length))
    }

    /// An integer that `Int64` holds, also when written as `2.0`; nil for anything else.
    package var int: Int64? {
        switch csj_kind_of(handle) {
        case CSJ_INT64: csj_int64(handle)
        case CSJ_DOUBLE: Int64(exactly: csj_double(handle))
        default: nil
        }
    }

    /// Any number, as the nearest double; nil for anything else.
    package var double: Double? {
        switch csj_kind_of(handle) {
        case CSJ_INT64: Double(csj_int64(handle))
        case CSJ_UINT64: Double(csj_uint64(handle))
        case CSJ_DOUBLE: csj_double(handle)
        default: nil
        }
    }

    package var bool: Bool? { csj_kind_of(handle) == CSJ_BOOL ? csj_bool(handle) : nil }

    /// An object's first member of this name; nil where there is none, or this is no object.
    package subscript(key: String) -> JSONValue? {
        var key = key
        var found = csj_value(document: nil, index: 0)
        let exists = key.withUTF8 { name in
            name.withMemoryRebound(to: CChar.self) {
                csj_member(handle, $0.baseAddress, $0.count, &found)
            }
        }
        return exists ? JSONValue(document: document, handle: found) : nil
    }

    /// How many elements or members; 0 for anything else.
    package var count: Int { csj_count(handle) }

    /// An array's elements in order; empty for anything else.
    package var elements: [JSONValue] {
        handles(count: count) { csj_elements(handle, $0, $1) }
            .map { JSONValue(document: document, handle: $0) }
    }

    /// An array's element, -1 being the last; nil where there is none, or this is no array.
    ///
    /// Steps over the elements before it without an allocation.
    package func element(at index: Int) -> JSONValue? {
        var found = csj_value(document: nil, index: 0)
        let position = index < 0 ? -(index + 1) : index
        let exists = csj_element(handle, position, index < 0, &found)
        return exists ? JSONValue(document: document, handle: found) : nil
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
                JSONValue(document: document, handle: key).string ?? "",
                JSONValue(document: document, handle: value)
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
