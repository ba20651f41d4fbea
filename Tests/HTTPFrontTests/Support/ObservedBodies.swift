import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// The bodies that a front writes, as a test observes them between the front and its server.
final class ObservedBodies: Sendable {
    /// Of responses without a length.
    struct Streams {
        /// Streams whose body is being written.
        var running = 0
        /// The bytes that all of them have written so far, or are about to write.
        var bytes = 0
    }

    private struct State: Sendable {
        var streams = Streams()
        var buffers: [ByteBuffer] = []
    }

    private let state = Mutex(State())

    var streams: Streams { state.withLock { $0.streams } }

    /// The buffers of responses with a length, which share storage with those of the front.
    var buffers: [ByteBuffer] { state.withLock { $0.buffers } }

    /// The same response with a body that records what it writes.
    fileprivate func observing(_ response: Response) -> Response {
        var response = response
        let (body, length) = (response.body, response.headers[.contentLength])
        let isStreamed = body.contentLength == nil
        response.body = ResponseBody(contentLength: body.contentLength) { [self] writer in
            if isStreamed { state.withLock { $0.streams.running += 1 } }
            defer { if isStreamed { state.withLock { $0.streams.running -= 1 } } }
            try await body.write(Writer(bodies: self, isStreamed: isStreamed, writer: writer))
        }
        // A `HEAD` states the length of the body that it does not have.
        response.headers[.contentLength] = length
        return response
    }

    private struct Writer: ResponseBodyWriter {
        let bodies: ObservedBodies
        let isStreamed: Bool
        var writer: any ResponseBodyWriter

        @concurrent
        mutating func write(_ buffer: ByteBuffer) async throws {
            bodies.state.withLock { state in
                if isStreamed {
                    state.streams.bytes += buffer.readableBytes
                } else {
                    state.buffers.append(buffer)
                }
            }
            try await writer.write(buffer)
        }

        @concurrent
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
            try await writer.finish(trailingHeaders)
        }
    }
}

/// A responder whose bodies are observed.
struct ObservedResponder<Base: HTTPResponder>: HTTPResponder {
    let base: Base
    let bodies: ObservedBodies

    @concurrent
    func respond(to request: Request, context: Base.Context) async throws -> Response {
        bodies.observing(try await base.respond(to: request, context: context))
    }
}

/// True if both read from the same memory, so that neither is a copy of the other.
func isSameStorage(_ one: ByteBuffer, _ other: ByteBuffer) -> Bool {
    one.withUnsafeReadableBytes { $0.baseAddress } == other.withUnsafeReadableBytes { $0.baseAddress }
}
