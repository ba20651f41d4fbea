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

    private let rules: ConnectionRules
    private var state: ConnectionState
    /// nil until the connection is active.
    private var entry: OpenConnection?
    private var place = ConnectionTable.Place.regular
    private var context: ChannelHandlerContext?
    private var check: Scheduled<Void>?
    /// True once no further request is passed on.
    private var isLast = false
    /// True once nothing more of what the client sends is looked at.
    private var ignoresInput = false
    /// True if the answer that is being written ends the connection.
    private var endsWithAnswer = false
    /// True if the connection is closed as soon as everything is answered and sent.
    private var closesOnceSent = false
    /// The answer to give once those to earlier requests are complete.
    private var problem: Problem?
    /// True if ``problem`` answers `HEAD`.
    private var isHead = false

    init(rules: ConnectionRules) {
        self.rules = rules
        state = ConnectionState(timeouts: rules.timeouts, at: .now())
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
        let entry = OpenConnection(network: rules.countedNetwork(of: context.remoteAddress)) {
            channel.pipeline.fireUserInboundEventTriggered(GiveWay())
        }
        self.entry = entry
        noteIdleness()
        place = rules.table.admit(entry)
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
        if let entry { rules.table.remove(entry) }
    }

    private func noteIdleness() { entry?.idle(since: state.isIdle(unsent: unsentBytes) ? .now() : nil) }
}

extension ConnectionHandler {
    /// Notes bytes as they arrive from the client, before they are parsed.
    func bytesArrived() {
        guard !ignoresInput, state.reading == .nothing else { return }
        state.bytesArrived(at: .now())
        noteIdleness()
    }

    /// Notes bytes as they are written to the socket.
    func wrote(_ bytes: Int) { state.wrote(bytes, at: .now()) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !ignoresInput else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard !isLast, !state.isShuttingDown else {
                ignoresInput = true
                return
            }
            if place == .reserve {
                isLast = true
                guard Route(path: RequestTarget(head.uri).path)?.isProbe == true else {
                    isHead = head.method == .HEAD
                    return refuse(rules.overloaded(for: head), context)
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
        case is ChannelShouldQuiesceEvent: shutDown(context)
        // Not passed on: Hummingbird would close the connection, whatever is unsent.
        case ChannelEvent.inputClosed where state.isLingering: context.close(promise: nil)
        case ChannelEvent.inputClosed: closeOnceSent(context)
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

    /// Closes this side once everything is sent: NIO does it at once where the client has closed its own.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output, context.channel.isActive, !state.isLingering, unsentBytes > 0 else {
            context.close(mode: mode, promise: promise)
            return
        }
        closeOnceSent(context)
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
            let sent = promise ?? context.eventLoop.makePromise()
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            sent.futureResult.whenSuccess { _ in
                let (handler, context) = bound.value
                handler.answerIsSent(context)
            }
            context.write(data, promise: sent)
            if isDone, let problem { write(problem, context) }
        }
        noteIdleness()
    }

    private func answerIsSent(_ context: ChannelHandlerContext) {
        noteIdleness()
        if closesOnceSent { closeOnceSent(context) }
    }

    /// Closes the connection as soon as all requests that arrived are answered, and the answers sent.
    ///
    /// After an answer that is the last anyway, ``end(_:_:_:)`` does it.
    private func closeOnceSent(_ context: ChannelHandlerContext) {
        closesOnceSent = true
        if state.isOpen, state.unanswered == 0, unsentBytes == 0 { context.close(promise: nil) }
    }

    /// Writes the end of the last answer, and closes this side once it is sent.
    private func end(_ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?) {
        ignoresInput = true
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
        (isLast, ignoresInput) = (true, true)
        self.problem = problem
        if state.unanswered == 0 { write(problem, context) }
        noteIdleness()
    }

    private func write(_ problem: Problem, _ context: ChannelHandlerContext) {
        let id = rules.requestIDs.next().hexadecimalDigits
        let (head, body) = problem.lastAnswer(requestID: id, vary: rules.vary)
        rules.logger.debug(
            "request refused", metadata: ["request_id": "\(id)", "status": "\(problem.status.code)"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !isHead { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        end(context, wrapOutboundOut(.end(nil)), nil)
    }

    /// Answers what the parser refused.
    private func requestIsMalformed(_ error: HTTPParserError, _ context: ChannelHandlerContext) {
        guard !ignoresInput else { return }
        // The request whose body is malformed is answered already, or is being answered.
        guard state.reading != .body else {
            (isLast, ignoresInput) = (true, true)
            if state.unanswered == 0 { closeOnceSent(context) }
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
            rules.noteSlowClient("slow headers")
            refuse(.requestTimeout, context)
            scheduleCheck(context)
        case .close(let reason):
            if reason == .slowBody || reason == .slowReader { rules.noteSlowClient(reason.rawValue) }
            context.close(promise: nil)
        }
    }

    /// Closes an idle connection for another; one that is not idle any longer stays.
    private func giveWay(_ context: ChannelHandlerContext) {
        if state.isIdle(unsent: unsentBytes) || place == .reserve && state.isOpen && state.unanswered == 0 {
            context.close(promise: nil)
        } else if place == .regular, let entry, context.channel.isActive {
            rules.table.restore(entry)
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

/// Tells a connection's handler by how many bytes compression made an answer shorter.
struct BytesSaved: Sendable { let count: Int }
