import Deployments
import Synchronization

/// The runners of the current configuration, and a stream of the runners to start.
final class SourceRegistry: Sendable {
    private struct State {
        var runners: [SourceRunner]
        var starts: AsyncStream<SourceRunner>.Continuation?
    }

    private let state: Mutex<State>

    init(_ runners: [SourceRunner]) { state = Mutex(State(runners: runners)) }

    /// All runners, in the configuration's order.
    var runners: [SourceRunner] { state.withLock { $0.runners } }

    /// The runner of the source with this name; nil if the configuration has none.
    func runner(named name: String) -> SourceRunner? { runners.first { $0.name == name } }

    /// A stream of the current runners, then of each new one.
    ///
    /// Ends when the task that iterates over it is canceled. Called once.
    func started() -> AsyncStream<SourceRunner> {
        let (stream, starts) = AsyncStream<SourceRunner>.makeStream()
        state.withLock { state in
            for runner in state.runners { starts.yield(runner) }
            state.starts = starts
        }
        return stream
    }

    /// Replaces the runners: retires those that are not in `newer`, and starts those that are new.
    func replace(with newer: [SourceRunner]) {
        let (removed, added, starts) = state.withLock { state in
            let removed = state.runners.filter { old in !newer.contains { $0 === old } }
            let added = newer.filter { new in !state.runners.contains { $0 === new } }
            state.runners = newer
            return (removed, added, state.starts)
        }
        for runner in removed { runner.retire() }
        for runner in added { starts?.yield(runner) }
    }
}
