import NIOCore
import Wire

/// A writer that collects its text in an array of bytes.
protocol LineWriter: Sendable {
    init(reservingCapacity: Int)
    /// The text since the beginning, or since the last ``discardBytes()``.
    var bytes: [UInt8] { get }
    /// Empties ``bytes`` without freeing its memory, and continues the same text.
    mutating func discardBytes()
}

extension JSONWriter: LineWriter {}
extension CSVWriter: LineWriter {}

/// Builds a response body in one `ByteBuffer`, through a writer with a small array.
///
/// Every byte is copied once, from the writer's array, which stays in the processor's cache, to the end of the body.
/// Measured in release with 1000 rows, against two simpler ways:
/// - One array of all bytes, copied at the end, takes 34 times as long for rows that are encoded already, because of
///   its growth and its page faults; it takes the same time for rows that are encoded here, member by member.
/// - A writer that appends to a `ByteBuffer` takes 0.9 times as long for encoded rows, 1.3 times member by member.
struct BodyWriter<Writer: LineWriter> {
    /// The writer that appends to the body; call ``flushIfFull()`` after each row.
    var text: Writer
    private var body: ByteBuffer

    /// `capacity` is the expected length of the body in bytes; 0 if it is unknown.
    init(reservingCapacity capacity: Int = 0) {
        text = Writer(reservingCapacity: min(capacity, flushBytes) * 9 / 8)
        body = ByteBufferAllocator().buffer(capacity: capacity)
    }

    /// The bytes written so far.
    var count: Int { body.readableBytes + text.bytes.count }

    /// Moves the writer's bytes to the body once there are ``flushBytes`` of them.
    mutating func flushIfFull() {
        if text.bytes.count >= flushBytes { flush() }
    }

    /// The body; nothing may be written afterwards.
    consuming func finish() -> ByteBuffer {
        flush()
        return body
    }

    private mutating func flush() {
        body.writeBytes(text.bytes)
        text.discardBytes()
    }
}

/// The length in bytes at which a writer's array is moved to the body.
private let flushBytes = 16 * 1024

/// The body of a JSON document.
typealias JSONBody = BodyWriter<JSONWriter>

extension BodyWriter<JSONWriter> {
    /// Appends a JSON value that is encoded already, without a copy in between.
    mutating func append(encoded value: [UInt8]) {
        text.encoded([])
        flush()
        body.writeBytes(value)
    }
}
