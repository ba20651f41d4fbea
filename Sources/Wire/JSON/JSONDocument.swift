import CSimdJSON

/// The reason that a text is not a JSON document.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    /// A fixed sentence; never a piece of the text, which may hold secrets.
    package var description: String
}

/// One parsed JSON text: immutable, and read through ``JSONValue``s, which keep it alive.
///
/// Of several members with one name in an object the last is read, as in most other readers; that is a
/// ``JSONFault``.
package final class JSONDocument: @unchecked Sendable {
    // Safe to share: written by `csj_parse` only, before `init` returns; read-only afterwards.
    private let handle: OpaquePointer
    private let rootHandle: csj_value
    /// The positions of the document's faults.
    let faults: JSONFaults
    /// True if the document has any fault.
    package let hasFaults: Bool

    /// The maximum depth of nesting; deeper nesting is an error.
    package static let maximumDepth = 256

    /// Parses a complete text (RFC 8259, strict: no trailing comma, no BOM, valid UTF-8), or refuses it.
    ///
    /// `bytes` is copied.
    package convenience init(parsing bytes: [UInt8]) throws(JSONError) {
        self.init(handle: try Self.parse(bytes[...]), repair: nil)
    }

    /// Parses a text as platforms send it, or refuses it; `bytes` is copied.
    ///
    /// A byte order mark is skipped. Where only strings or numbers are wrong, they are repaired, and the
    /// document has a ``JSONFault`` at each of them; anything else that is no JSON is refused as a whole. A
    /// text without a fault is parsed once, as by ``init(parsing:)``.
    package convenience init(repairing bytes: [UInt8]) throws(JSONError) {
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        let parsed = try Self.parsed(repairing: text)
        self.init(handle: parsed.handle, repair: parsed.repair)
    }

    private init(handle: OpaquePointer, repair: JSONRepair?) {
        self.handle = handle
        rootHandle = csj_root(handle)
        var repeated = [Int](repeating: 0, count: csj_repeated(handle, nil, 0))
        guard repair != nil || !repeated.isEmpty else {
            (faults, hasFaults) = (.none, false)
            return
        }
        _ = csj_repeated(handle, &repeated, repeated.count)
        let ends = repeated.map { csj_after(csj_value(document: handle, index: $0)) }
        faults = JSONFaults(
            repaired: repair?.faults ?? [], repeated: zip(repeated, ends).map { $0..<$1 },
            objects: Set(repair?.objectsWithFaultyNames ?? []))
        hasFaults = !faults.isEmpty
    }

    deinit { csj_free(handle) }

    private static func parse(_ bytes: ArraySlice<UInt8>) throws(JSONError) -> OpaquePointer {
        guard !bytes.isEmpty else { throw JSONError(description: "the body is empty") }
        var parsed: OpaquePointer?
        let code = bytes.withUnsafeBufferPointer {
            csj_parse($0.baseAddress, $0.count, Self.maximumDepth, &parsed)
        }
        guard code == 0, let parsed else {
            throw JSONError(description: String(cString: csj_error_message(code)))
        }
        return parsed
    }

    /// The parsed text, and how it was repaired; the error is that of the text as it stands.
    private static func parsed(
        repairing text: ArraySlice<UInt8>
    ) throws(JSONError) -> (handle: OpaquePointer, repair: JSONRepair?) {
        let refusal: JSONError
        do throws(JSONError) {
            return (try parse(text), nil)
        } catch {
            refusal = error
        }
        guard let repair = JSONRepair(of: text), let handle = try? parse(repair.output[...]) else {
            throw refusal
        }
        guard repair.fits(handle) else {
            csj_free(handle)
            throw refusal
        }
        return (handle, repair)
    }

    /// The document's outermost value.
    package var root: JSONValue { JSONValue(document: self, index: rootHandle.index) }

    /// The value at an index of the tape; valid only while this document is retained.
    func handle(at index: Int) -> csj_value { csj_value(document: rootHandle.document, index: index) }
}
