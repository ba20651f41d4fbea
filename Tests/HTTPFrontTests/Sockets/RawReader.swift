import NIOCore
import NIOPosix
import Synchronization
import Testing

/// One connection of a client that reads only on request; what it does not read stays with the server.
final class RawReader: Sendable {
    private let channel: any Channel
    private let received: Received

    private init(channel: any Channel, received: Received) {
        self.channel = channel
        self.received = received
    }

    /// Connects a reader that takes at most `bytes` at a time; the kernel's buffer is four times that.
    static func connect(
        to port: Int, from address: String = "127.0.0.1", taking bytes: Int = 256 * 1024
    ) async throws -> RawReader {
        let received = Received()
        let channel = try await bootstrap(taking: bytes, to: received)
            .bind(to: SocketAddress(ipAddress: address, port: 0))
            .connect(host: "127.0.0.1", port: port).get()
        return RawReader(channel: channel, received: received)
    }

    /// Connects to a server that listens on a socket in the file system.
    static func connect(toSocket path: String) async throws -> RawReader {
        let received = Received()
        let channel = try await bootstrap(taking: 256 * 1024, to: received)
            .connect(unixDomainSocketPath: path).get()
        return RawReader(channel: channel, received: received)
    }

    private static func bootstrap(taking bytes: Int, to received: Received) -> ClientBootstrap {
        ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: false)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(4 * bytes))
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: bytes))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(received: received))
                }
            }
    }

    /// Sends a request without a body.
    func request(_ method: String, _ target: String, _ headers: [String] = []) async throws {
        let lines = ["\(method) \(target) HTTP/1.1", "Host: x"] + headers + ["", ""]
        try await channel.writeAndFlush(ByteBuffer(string: lines.joined(separator: "\r\n")))
    }

    /// Sends a text as it stands.
    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    /// Reads one portion of what has arrived or will arrive.
    func read() { channel.read() }

    /// Everything that comes until the server closes the connection.
    func readToEnd() async throws -> [UInt8] {
        // Fails where the server has closed it already, and all that came was read.
        try? await channel.setOption(.autoRead, value: true).get()
        try await channel.closeFuture.get()
        return Array(received.bytes.withLock { $0 }.readableBytesView)
    }

    /// Closes the client's side, as `nc -N` does after its input: no more requests come.
    func closeOutput() async throws { try await channel.close(mode: .output).get() }

    /// False once the connection has ended.
    var isOpen: Bool { channel.isActive }

    /// Ends the connection, whatever is left to read.
    func close() async throws { try await channel.close().get() }

    private final class Received: Sendable {
        let bytes = Mutex(ByteBuffer())
    }

    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        let received: Received

        init(received: Received) { self.received = received }

        func channelRead(context _: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            _ = received.bytes.withLock { $0.writeImmutableBuffer(buffer) }
        }

        func errorCaught(context: ChannelHandlerContext, error _: any Error) { context.close(promise: nil) }
    }
}

/// A response as it came over the wire.
struct RawResponse: CustomTestStringConvertible {
    /// Status line and headers.
    var head: String
    /// Without chunk headers if it was chunked.
    var body: [UInt8]
    /// True if the end of the body came: never if the connection was cut.
    var isComplete: Bool

    var testDescription: String { "\(head)\n\(body.count) bytes, isComplete: \(isComplete)" }

    /// nil if not even the head came.
    init?(_ bytes: [UInt8]) {
        guard let blank = bytes.firstRange(of: "\r\n\r\n".utf8) else { return nil }
        head = String(decoding: bytes[..<blank.lowerBound], as: UTF8.self)
        var rest = bytes[blank.upperBound...]
        guard head.lowercased().contains("\r\ntransfer-encoding: chunked") else {
            body = Array(rest)
            isComplete = "\(head.lowercased())\r\n".contains("\r\ncontent-length: \(rest.count)\r\n")
            return
        }
        body = []
        isComplete = false
        while let end = rest.firstRange(of: "\r\n".utf8),
            let size = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16)
        {
            rest = rest[end.upperBound...]
            if size == 0 {
                isComplete = Array(rest) == Array("\r\n".utf8)
                return
            }
            body += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
    }
}
