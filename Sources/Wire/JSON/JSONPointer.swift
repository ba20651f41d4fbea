import CSimdJSON

/// A path from a value to one inside it, by names and positions, as in RFC 6901.
///
/// Its steps are stored once in the form that the scan of the tape reads, so that following it neither
/// allocates nor counts references.
package final class JSONPointer: @unchecked Sendable {
    // Safe to share: both buffers are written before `init` returns, and read only until `deinit`.
    let steps: UnsafeMutableBufferPointer<csj_step>
    private let names: UnsafeMutableBufferPointer<UInt8>

    /// One step of the path.
    package enum Step: Sendable, Hashable {
        case name(String)
        /// An index from 0; -1 is the last element.
        case position(Int)
    }

    /// Makes a path from its steps.
    package init(_ steps: [Step]) {
        let nameBytes = steps.map { step in
            if case .name(let name) = step { Array(name.utf8) } else { [UInt8]() }
        }
        names = .allocate(capacity: nameBytes.reduce(0) { $0 + $1.count })
        _ = names.initialize(from: nameBytes.joined())
        self.steps = .allocate(capacity: steps.count)
        var start = 0
        for (index, step) in steps.enumerated() {
            var encoded = csj_step()
            switch step {
            case .name:
                encoded.is_name = true
                encoded.name = names.baseAddress.map { UnsafePointer($0 + start) }
                encoded.length = nameBytes[index].count
            case .position(let position): encoded.position = position
            }
            start += nameBytes[index].count
            self.steps.initializeElement(at: index, to: encoded)
        }
    }

    /// The path from a value to itself.
    package static let itself = JSONPointer([])

    deinit {
        steps.deallocate()
        names.deallocate()
    }
}

/// The content of a scalar, or the kind of a container.
package enum JSONContent: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// An integer beyond `Int64`.
    case unsigned(UInt64)
    /// A number with a fraction or an exponent; always finite.
    case number(Double)
    case string(String)
    case array, object

    /// `handle` must belong to a document that the caller retains.
    init(_ handle: csj_value) {
        let content = csj_read(handle)
        switch content.kind {
        case CSJ_BOOL: self = .bool(content.boolean)
        case CSJ_INT64: self = .integer(content.int64)
        case CSJ_UINT64: self = .unsigned(content.uint64)
        case CSJ_DOUBLE: self = .number(content.number)
        case CSJ_STRING: self = .string(String(decoding: content.utf8, as: UTF8.self))
        case CSJ_ARRAY: self = .array
        case CSJ_OBJECT: self = .object
        default: self = .null
        }
    }
}

extension JSONValue {
    /// The value at a pointer, JSON's null included; nil if it is missing.
    package func value(at pointer: JSONPointer) -> JSONValue? {
        read(at: pointer) { JSONValue(document: document, index: $0.index) }
    }

    /// The content at a pointer; null if it is missing.
    package func content(at pointer: JSONPointer) -> JSONContent {
        read(at: pointer) { JSONContent($0) } ?? .null
    }

    /// The time in the text at a pointer; nil where it is not a time, see ``Timestamp/read(_:zoneless:)``.
    package func time(at pointer: JSONPointer, zoneless: LocalZone?) -> Timestamp.Reading? {
        read(at: pointer) { found in
            let content = csj_read(found)
            return content.kind == CSJ_STRING ? Timestamp.read(content.utf8, zoneless: zoneless) : nil
        } ?? nil
    }

    /// Calls `body` with the bare handle at a pointer, which costs no reference count.
    ///
    /// The handle is valid inside `body` only: this value, and with it the document, is retained until `body`
    /// returns.
    @discardableResult
    fileprivate func read<Result>(at pointer: JSONPointer, _ body: (csj_value) -> Result) -> Result? {
        defer {
            extendLifetime(self)
            extendLifetime(pointer)
        }
        var found = csj_value()
        guard csj_follow(handle, pointer.steps.baseAddress, pointer.steps.count, &found) else { return nil }
        return body(found)
    }
}

/// A member to copy from one object to another, by its name.
///
/// A class, so that an iteration counts only one reference for each member.
package final class JSONMember: Sendable {
    /// The name as the writer needs it.
    package let key: JSONKey
    /// The name as the reader needs it.
    package let pointer: JSONPointer

    /// Encodes a member's name.
    package init(_ name: String) {
        key = JSONKey(name)
        pointer = JSONPointer([.name(name)])
    }
}

extension JSONWriter {
    /// Appends an object's member: null for an object or array, nothing where that is missing.
    ///
    /// A text is copied straight from the document.
    package mutating func scalar(_ member: JSONMember, of object: JSONValue) {
        object.read(at: member.pointer) { found in
            key(member.key)
            scalar(found)
        }
    }

    /// Appends a scalar, or null for an object or array.
    package mutating func scalar(_ value: JSONValue) {
        value.read(at: .itself) { scalar($0) }
    }

    /// `handle` must belong to a document that the caller retains.
    private mutating func scalar(_ handle: csj_value) {
        let content = csj_read(handle)
        switch content.kind {
        case CSJ_BOOL: bool(content.boolean)
        case CSJ_INT64: int(content.int64)
        case CSJ_UINT64: int(content.uint64)
        case CSJ_DOUBLE: double(content.number)
        case CSJ_STRING: string(utf8: content.utf8.span.bytes)
        default: null()
        }
    }

    /// Appends a member with the text at a pointer, copied straight from the document.
    ///
    /// - Returns: False, with nothing appended, where there is no text or an empty one.
    package mutating func member(_ key: JSONKey, textOf value: JSONValue, at pointer: JSONPointer) -> Bool {
        value.read(at: pointer) { found in
            let content = csj_read(found)
            guard content.kind == CSJ_STRING, content.length > 0 else { return false }
            self.key(key)
            string(utf8: content.utf8.span.bytes)
            return true
        } ?? false
    }
}

extension csj_content {
    /// A string's bytes, inside its document; empty for anything else.
    var utf8: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: text, count: length) }
}
