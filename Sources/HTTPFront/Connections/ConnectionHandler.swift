import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import Wire

/// One connection between the HTTP parser and the responder: it ends what takes too long, answers what the parser
/// refuses, and makes way for others.
///
/// An answer of its own comes after those to earlier requests, and is the last on its connection.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let door: FrontDoor
    private var state: ConnectionState
    /// nil until the connection is active.
    private var entry: OpenConnection?
    private var place = ConnectionTable.Place.regular
    private var context: ChannelHandlerContext?
    private var check: Scheduled<Void>?
    /// True once no further request is passed on.
    private var isLast = false
    /// True once nothing more of what the client sends is looked at.
    private var isDeaf = false
    /// True if the answer that is being written ends the connection.
    private var endsWithAnswer = false
    /// The answer to give once those to earlier requests are complete.
    private var problem: Problem?
    /// True if ``problem`` answers `HEAD`.
    private var isHead = false

    init(door: FrontDoor) {
        self.door = door
        state = ConnectionState(timeouts: door.timeouts, at: .now())
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        leave()
        self.context = nil
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard entry == nil else { return }
        let channel = context.channel
        let entry = OpenConnection(network: door.countedNetwork(of: context.remoteAddress)) {
            channel.pipeline.fireUserInboundEventTriggered(GiveWay())
        }
        self.entry = entry
        noteIdleness()
        place = door.table.admit(entry)
        scheduleCheck(context)
    }

    /// Schedules the next check in place of the one that is scheduled.
    private func scheduleCheck(_ context: ChannelHandlerContext) {
        check?.cancel()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        check = context.eventLoop.scheduleTask(deadline: state.nextCheck(after: .now())) {
            bound.value.checkDeadlines()
        }
    }

    private func leave() {
        check?.cancel()
        check = nil
        if let entry { door.table.remove(entry) }
    }

    private func noteIdleness() { entry?.idle(since: state.isIdle ? .now() : nil) }
}

extension ConnectionHandler {
    /// Notes bytes as they arrive from the client, before they are parsed.
    func bytesArrived() {
        guard !isDeaf, state.reading == .nothing else { return }
        state.bytesArrived(at: .now())
        noteIdleness()
    }

    /// Notes bytes as they are written to the socket.
    func wrote(_ bytes: Int) { state.wrote(bytes, at: .now()) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDeaf else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard !isLast, !state.isShuttingDown else {
                isDeaf = true
                return
            }
            if place == .reserve {
                isLast = true
                guard Route(path: RequestTarget(head.uri).path)?.isProbe == true else {
                    isHead = head.method == .HEAD
                    return refuse(.overloaded, context)
                }
            }
            if !head.isKeepAlive { isLast = true }
            state.headArrived(at: .now())
        case .body: break
        case .end: state.requestEnded(at: .now())
        }
        noteIdleness()
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            context.fireErrorCaught(error)
            return
        }
        requestIsMalformed(error, context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is GiveWay: giveWay(context)
        case is MalformedRequest: requestIsMalformed(nil, context)
        case is ChannelShouldQuiesceEvent: shutDown(context)
        case ChannelEvent.inputClosed where state.isLingering: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        guard let saved = event as? BytesSaved else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        state.grant(saved.count)
        promise?.succeed()
    }
}

extension ConnectionHandler {
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard state.isOpen else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            state.drained(unsent: unsentBytes, at: .now())
            if head.headers[canonicalForm: "connection"].contains("close") { endsWithAnswer = true }
            if state.isShuttingDown || isLast && state.unanswered == 1 && problem == nil {
                endsWithAnswer = true
            }
            if endsWithAnswer { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body: context.write(data, promise: promise)
        case .end: endAnswer(context, data, promise)
        }
    }

    private func endAnswer(
        _ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?
    ) {
        state.answered(at: .now())
        let isDone = state.unanswered == 0
        if endsWithAnswer || state.isShuttingDown || isDone && isLast && problem == nil {
            end(context, data, promise)
        } else {
            context.write(data, promise: promise)
            if isDone, let problem { write(problem, context) }
        }
        noteIdleness()
    }

    /// Writes the end of the last answer, and closes this side once it is sent.
    private func end(_ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?) {
        isDeaf = true
        state.end()
        let sent = promise ?? context.eventLoop.makePromise()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        sent.futureResult.whenSuccess { _ in
            let (handler, context) = bound.value
            handler.state.linger(at: .now())
            handler.scheduleCheck(context)
            context.close(mode: .output, promise: nil)
        }
        context.writeAndFlush(data, promise: sent)
    }

    /// Answers with a problem of this handler's own as soon as all earlier requests are answered.
    private func refuse(_ problem: Problem, _ context: ChannelHandlerContext) {
        guard self.problem == nil, state.isOpen else { return }
        (isLast, isDeaf) = (true, true)
        self.problem = problem
        if state.unanswered == 0 { write(problem, context) }
        noteIdleness()
    }

    private func write(_ problem: Problem, _ context: ChannelHandlerContext) {
        let id = door.requestIDs.next().hexadecimalDigits
        let (head, body) = problem.lastAnswer(requestID: id)
        door.logger.debug(
            "request refused", metadata: ["request_id": "\(id)", "status": "\(problem.status.code)"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !isHead { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        end(context, wrapOutboundOut(.end(nil)), nil)
    }

    /// Answers what the parser refused; `error` is nil where it accepted what HTTP does not allow.
    private func requestIsMalformed(_ error: HTTPParserError?, _ context: ChannelHandlerContext) {
        guard !isDeaf else { return }
        // The request whose body is malformed is answered already, or is being answered.
        guard state.reading != .body else {
            (isLast, isDeaf) = (true, true)
            if state.unanswered == 0 { context.close(promise: nil) }
            return
        }
        refuse(.malformed(error), context)
    }
}

extension ConnectionHandler {
    private var unsentBytes: Int {
        let bytes = try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)
        return bytes ?? 0
    }

    private func checkDeadlines() {
        guard let context, check != nil else { return }
        switch state.due(at: .now(), unsent: unsentBytes) {
        case nil: scheduleCheck(context)
        case .timeOut:
            door.noteSlowClient("slow headers")
            refuse(.requestTimeout, context)
            scheduleCheck(context)
        case .close(let reason):
            if reason == .slowBody || reason == .slowReader { door.noteSlowClient(reason.rawValue) }
            context.close(promise: nil)
        }
    }

    /// Closes an idle connection for another; one that is not idle any longer stays.
    private func giveWay(_ context: ChannelHandlerContext) {
        if state.isIdle || place == .reserve && state.isOpen && state.unanswered == 0 {
            context.close(promise: nil)
        } else if place == .regular, let entry, context.channel.isActive {
            door.table.restore(entry)
        }
    }

    private func shutDown(_ context: ChannelHandlerContext) {
        state.shutDown()
        if state.isOpen, state.unanswered == 0, unsentBytes == 0 {
            context.close(promise: nil)
        } else {
            scheduleCheck(context)
        }
    }
}

/// Asks a connection to close if it is idle, since others need its place.
private struct GiveWay: Sendable {}

/// Tells a connection's handler that a request cannot be understood, though the parser accepted it.
struct MalformedRequest: Sendable {}

/// Tells a connection's handler by how many bytes compression made an answer shorter.
struct BytesSaved: Sendable { let count: Int }
