import Glibc
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import Upstream

/// A server that writes HTTP/2 frames as a test says, over TLS.
///
/// For connections that fail in ways in which no HTTP/2 server fails.
struct RawHTTP2: ServerChildChannel {
    /// A step of the server after a request has arrived.
    enum Step: Sendable {
        /// A complete answer; its body is the text.
        case answer(Int, String)
        /// The headers of an answer, one of them a text of this length.
        case headers(padding: Int)
        /// A part of the body.
        case data(String)
        /// `RST_STREAM` with an error code.
        case resetStream(UInt8)
        /// `GOAWAY`: no stream after the last one is processed.
        case goAway(last: UInt32)
        /// The end of the connection, by FIN.
        case close
        /// The end of the connection, by RST.
        case abort
    }

    /// The steps after a request; the connections count from 1, the streams of each are 1, 3, 5, and so on.
    typealias Script = @Sendable (_ connection: Int, _ stream: UInt32) -> [Step]

    struct Value: ServerChildChannelValue {
        let channel: any Channel
    }

    let script: Script
    private let connections = Counted()

    init(script: @escaping Script) { self.script = script }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let number = connections.add()
        return channel.eventLoop.makeCompletedFuture {
            let floor = Floor()
            try channel.pipeline.syncOperations.addHandler(floor, position: .first)
            try channel.pipeline.syncOperations.addHandler(
                FrameHandler(connection: number, script: script, floor: floor))
            return Value(channel: channel)
        }
    }

    func handle(value: Value, logger: Logger) async { try? await value.channel.closeFuture.get() }
}

/// Runs a server of HTTP/2 frames for as long as `body` runs.
func withHTTP2(
    for transport: CurlTransport, script: @escaping RawHTTP2.Script,
    _ body: (_ request: UpstreamRequest) async throws -> Void
) async throws {
    var configuration = try tls("server")
    configuration.applicationProtocols = ["h2"]
    let child = try TLSChannel(RawHTTP2(script: script), tlsConfiguration: configuration)
    try await withServer(for: transport, peerRouter(), server: HTTPServerBuilder { _ in child }) { port in
        let options = ConnectionOptions(caFile: fixture("ca.pem"))
        try await body(UpstreamRequest(url: "https://localhost:\(port)/list", options: options))
    }
}

/// The place below TLS: a close from there sends no farewell, and waits for none.
private final class Floor: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private(set) var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The server leaves a connection half open that its client has closed.
        if case .inputClosed? = event as? ChannelEvent { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}

/// Reads frames, and runs the script for each request.
private final class FrameHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: Int
    private let script: RawHTTP2.Script
    private let floor: Floor
    private var received = ByteBuffer()
    private var hasPreface = false

    init(connection: Int, script: @escaping RawHTTP2.Script, floor: Floor) {
        self.floor = floor
        self.connection = connection
        self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.writeImmutableBuffer(unwrapInboundIn(data))
        if !hasPreface {
            guard received.readSlice(length: 24) != nil else { return }
            hasPreface = true
            write(4, 0, 0, [UInt8](), context)
        }
        while let frame = nextFrame() {
            switch frame.type {
            case 1: for step in script(connection, frame.stream) { run(step, frame.stream, context) }
            case 4 where frame.flags & 1 == 0: write(4, 1, 0, [UInt8](), context)
            default: break
            }
        }
    }

    private func nextFrame() -> (type: UInt8, flags: UInt8, stream: UInt32)? {
        guard received.readableBytes >= 9,
            let head = received.getBytes(at: received.readerIndex, length: 9)
        else { return nil }
        let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
        guard received.readableBytes >= 9 + length else { return nil }
        received.moveReaderIndex(forwardBy: 9 + length)
        return (head[3], head[4], head[5...].reduce(0) { $0 << 8 | UInt32($1) })
    }

    private func run(_ step: RawHTTP2.Step, _ stream: UInt32, _ context: ChannelHandlerContext) {
        switch step {
        case .answer(let status, let text):
            // `:status` as a literal with the name of index 8.
            write(1, 4, stream, [0x08, 3] + Array("\(status)".utf8), context)
            write(0, 1, stream, Array(text.utf8), context)
        case .headers(let padding):
            var block: [UInt8] = [0x88]
            if padding > 0 {
                // A literal field `x`; its length is 127 and the rest in groups of 7 bits.
                block += [0x00, 1, UInt8(ascii: "x"), 0x7F]
                var rest = padding - 127
                while rest > 127 {
                    block.append(UInt8(rest & 127) | 128)
                    rest >>= 7
                }
                block += [UInt8(rest)] + [UInt8](repeating: UInt8(ascii: "a"), count: padding)
            }
            for start in stride(from: 0, to: block.count, by: 16_384) {
                let end = min(start + 16_384, block.count)
                write(start == 0 ? 1 : 9, end == block.count ? 4 : 0, stream, block[start..<end], context)
            }
        case .data(let text): write(0, 0, stream, Array(text.utf8), context)
        case .resetStream(let code): write(3, 0, stream, [0, 0, 0, code], context)
        case .goAway(let last):
            write(7, 0, 0, [0, 0, 0, UInt8(last), 0, 0, 0, 0], context)
        case .close: context.close(promise: nil)
        case .abort:
            // On the channel's own thread the option takes effect at once.
            _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            floor.context?.close(promise: nil)
        }
    }

    private func write(
        _ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: some Collection<UInt8>,
        _ context: ChannelHandlerContext
    ) {
        var frame = ByteBuffer()
        frame.writeInteger(UInt32(payload.count) << 8 | UInt32(type))
        frame.writeInteger(flags)
        frame.writeInteger(stream)
        frame.writeBytes(payload)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }
}
