import CSimdJSON

/// Leads from a value to one inside it, by names and positions, as RFC 6901's pointers do.
///
/// Laid out once for the scan of the tape, so that following it neither allocates nor counts references.
package final class JSONPointer: @unchecked Sendable {
    // Safe to share: both buffers are written before `init` returns, and read only until `deinit`.
    let steps: UnsafeMutableBufferPointer<csj_step>
    private let names: UnsafeMutableBufferPointer<UInt8>

    package enum Step: Sendable, Hashable {
        case name(String)
        /// -1 is the last.
        case position(Int)
    }

    package init(_ steps: [Step]) {
        let texts = steps.map { step in
            if case .name(let name) = step { Array(name.utf8) } else { [UInt8]() }
        }
        names = .allocate(capacity: texts.reduce(0) { $0 + $1.count })
        _ = names.initialize(from: texts.joined())
        self.steps = .allocate(capacity: steps.count)
        var start = 0
        for (index, step) in steps.enumerated() {
            var laidOut = csj_step()
            switch step {
            case .name:
                laidOut.is_name = true
                laidOut.name = names.baseAddress.map { UnsafePointer($0 + start) }
                laidOut.length = texts[index].count
            case .position(let position): laidOut.position = position
            }
            start += texts[index].count
            self.steps.initializeElement(at: index, to: laidOut)
        }
    }

    /// Leads from a value to that value.
    package static let itself = JSONPointer([])

    deinit {
        steps.deallocate()
        names.deallocate()
    }
}

/// What a value summary: all of a scalar, of a container only which it is.
package enum JSONContent: Sendable {
    case null
    case bool(Bool)
    case whole(Int64)
    /// Also an integer that is none of `Int64`.
    case number(Double)
    case text(String)
    case array, object

    /// `handle` must be of a document that the caller holds.
    init(_ handle: csj_value) {
        let content = csj_read(handle)
        switch content.kind {
        case CSJ_BOOL: self = .bool(content.flag)
        case CSJ_INT64: self = .whole(content.int64)
        case CSJ_UINT64: self = .number(Double(content.uint64))
        case CSJ_DOUBLE: self = .number(content.number)
        case CSJ_STRING: self = .text(String(decoding: content.utf8, as: UTF8.self))
        case CSJ_ARRAY: self = .array
        case CSJ_OBJECT: self = .object
        default: self = .null
        }
    }
}

extension JSONValue {
    /// Where a pointer leads, JSON's null included; nil where that is missing.
    package func value(at pointer: JSONPointer) -> JSONValue? {
        read(at: pointer) { JSONValue(document: document, index: $0.index) }
    }

    /// What stands where a pointer leads; what is missing is null.
    package func content(at pointer: JSONPointer) -> JSONContent {
        read(at: pointer) { JSONContent($0) } ?? .null
    }

    /// The time that a text there names, see ``Timestamp/read(_:zoneless:)``; nil where it is no such text.
    package func time(at pointer: JSONPointer, zoneless: Int?) -> Timestamp.Reading? {
        read(at: pointer) { found in
            let content = csj_read(found)
            return content.kind == CSJ_STRING ? Timestamp.read(content.utf8, zoneless: zoneless) : nil
        } ?? nil
    }

    /// Hands over a bare handle, which costs no reference count.
    ///
    /// It is good inside `body` only: this value, and with it the document, is held until `body` has returned.
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
/// A class, so that going through many counts one reference for each.
package final class JSONMember: Sendable {
    package let key: JSONKey
    package let pointer: JSONPointer

    package init(_ name: String) {
        key = JSONKey(name)
        pointer = JSONPointer([.name(name)])
    }
}

extension JSONWriter {
    /// Appends an object's member: null for an object or array, nothing where that is missing.
    ///
    /// A text is copied from where it stands.
    package mutating func scalar(_ member: JSONMember, of object: JSONValue) {
        object.read(at: member.pointer) { found in
            key(member.key)
            scalar(found)
        }
    }

    /// Appends a value, an object or array as null.
    package mutating func scalar(_ value: JSONValue) {
        value.read(at: .itself) { scalar($0) }
    }

    /// `handle` must be of a document that the caller holds.
    private mutating func scalar(_ handle: csj_value) {
        let content = csj_read(handle)
        switch content.kind {
        case CSJ_BOOL: bool(content.flag)
        case CSJ_INT64: int(content.int64)
        case CSJ_UINT64: double(Double(content.uint64))
        case CSJ_DOUBLE: double(content.number)
        case CSJ_STRING: string(utf8: content.utf8.span.bytes)
        default: null()
        }
    }

    /// Appends a member with the text where a pointer leads, copied from where it stands.
    ///
    /// - Returns: False, with nothing appended, where no text is or an empty one.
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
