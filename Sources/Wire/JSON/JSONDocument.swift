import CSimdJSON

/// The reason that a text is not a JSON document.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    /// A fixed sentence; never a piece of the text, which may hold secrets.
    package var description: String
}

/// One parsed JSON text: immutable, and read through ``JSONValue``s, which keep it alive.
///
/// The complete text is parsed (RFC 8259, strict: no trailing comma, no BOM, valid UTF-8), or refused.
package final class JSONDocument: @unchecked Sendable {
    // Safe to share: written by `csj_parse` only, before `init` returns; read-only afterwards.
    private let handle: OpaquePointer
    private let rootHandle: csj_value

    /// The maximum depth of nesting; deeper nesting is an error.
    package static let maximumDepth = 256

    /// Parses a complete text; `bytes` is copied.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        guard !bytes.isEmpty else { throw JSONError(description: "the body is empty") }
        var parsed: OpaquePointer?
        let code = bytes.withUnsafeBufferPointer {
            csj_parse($0.baseAddress, $0.count, Self.maximumDepth, &parsed)
        }
        guard code == 0, let parsed else {
            throw JSONError(description: String(cString: csj_error_message(code)))
        }
        handle = parsed
        rootHandle = csj_root(parsed)
    }

    deinit { csj_free(handle) }

    /// The document's outermost value.
    package var root: JSONValue { JSONValue(document: self, index: rootHandle.index) }

    /// The value at an index of the tape; valid only while this document is retained.
    func handle(at index: Int) -> csj_value { csj_value(document: rootHandle.document, index: index) }
}
