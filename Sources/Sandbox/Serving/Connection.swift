package import Hummingbird
import NIOCore

/// The context of a request to the sandbox, with the connection that some faults break.
package struct SandboxContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let connection: Connection

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        connection = Connection(channel: source.channel)
    }
}

/// The connection of one request, for what an HTTP server never does.
struct Connection: Sendable {
    var channel: any Channel

    /// Resets the connection, which the client sees as an error, not as an end.
    func reset() async {
        if let options = channel as? any SocketOptionProvider {
            try? await options.unsafeSetSocketOption(level: .socket, name: .so_linger, value: Linger()).get()
        }
        await close()
    }

    /// Closes the connection, whatever is under way.
    func close() async { try? await channel.close() }

    /// Prepares for ``send(_:)``; to be called once.
    func beginSending() async throws {
        try await channel.pipeline.addHandler(RawSender(), position: .first)
    }

    /// Sends a text as it is, past the encoding of responses.
    func send(_ text: String) async throws {
        try await channel.triggerUserOutboundEvent(RawText(text: text))
    }
}

/// The value of the socket option `SO_LINGER` by which a close discards what is unsent, and resets.
private struct Linger: Sendable {
    var isOn: Int32 = 1
    var seconds: Int32 = 0
}

/// A text to send as it is.
private struct RawText: Sendable {
    var text: String
}

/// Sends each ``RawText``, next to the socket.
private final class RawSender: ChannelOutboundHandler, Sendable {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        guard let raw = event as? RawText else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: raw.text)), promise: promise)
    }
}
