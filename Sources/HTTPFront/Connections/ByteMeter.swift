import NIOCore

/// Tells a connection's handler of the bytes that come and go, next to the socket.
final class ByteMeter: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let connection: ConnectionHandler

    init(_ connection: ConnectionHandler) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.bytesArrived()
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        connection.wrote(unwrapOutboundIn(data).readableBytes)
        context.write(data, promise: promise)
    }
}

/// Catches what is no request though the parser accepted it, where Hummingbird would end the connection without an answer.
final class ConversionErrors: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Errors of the socket end the connection by themselves.
        guard !(error is IOError), !(error is ChannelError) else {
            context.fireErrorCaught(error)
            return
        }
        context.pipeline.fireUserInboundEventTriggered(MalformedRequest())
    }
}
