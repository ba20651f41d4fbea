import Hummingbird
import NIOCore
import Synchronization

/// A host of many sources, told apart by their paths, that counts requests and can hold its answers back.
///
/// A request is in flight from its arrival to the beginning of its answer.
final class CountingHost: Sendable {
    private struct State {
        var inFlight = 0
        var most = 0
        var requests: [String: Int] = [:]
        var isUp = true
        /// Set while answers are sent.
        var gate: OneValue<Void>

        init() {
            gate = OneValue()
            gate.set(())
        }
    }

    private let state = Mutex(State())

    /// The most requests that were ever in flight at a time.
    var most: Int { state.withLock { $0.most } }
    /// The requests since the start, ``forget()`` or ``hold()``.
    var requests: Int { state.withLock { $0.requests.values.reduce(0, +) } }
    /// The sources that these requests were for.
    var requested: Int { state.withLock { $0.requests.count } }

    /// Counts ``requests`` from here.
    func forget() { state.withLock { $0.requests = [:] } }
    /// Answers 503 while it is not up.
    func set(isUp: Bool) { state.withLock { $0.isUp = isUp } }
    /// Holds the answers to all requests that follow, until ``release()``, and counts ``requests`` from here.
    func hold() {
        state.withLock { state in
            state.gate = OneValue()
            state.requests = [:]
        }
    }
    func release() { state.withLock { $0.gate }.set(()) }

    var router: Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.get("**") { request, _ in
            let (gate, isUp) = self.state.withLock { state in
                state.inFlight += 1
                state.most = max(state.most, state.inFlight)
                state.requests[request.uri.path, default: 0] += 1
                return (state.gate, state.isUp)
            }
            defer { self.state.withLock { $0.inFlight -= 1 } }
            try await gate.value
            let body = #"[{"deploy_id": "a", "model_name": "m", "status": "running"}]"#
            return Response(
                status: isUp ? .ok : .serviceUnavailable, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
        }
        return router
    }
}
