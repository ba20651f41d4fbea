import Deployments
import Synchronization

/// The sources of the configuration that holds now, and those that began to hold since they were last looked for.
final class SourceRegistry: Sendable {
    private struct State {
        var registry: [SourceRunner]
        var starts: AsyncStream<SourceRunner>.Continuation?
    }

    private let state: Mutex<State>

    init(_ registry: [SourceRunner]) { state = Mutex(State(registry: registry)) }

    /// In the configuration's order.
    var all: [SourceRunner] { state.withLock { $0.registry } }

    /// Every runner there is, then each that comes.
    ///
    /// Ends when the task that goes through it is cancelled. Called once.
    func started() -> AsyncStream<SourceRunner> {
        let (stream, starts) = AsyncStream<SourceRunner>.makeStream()
        state.withLock { state in
            for runner in state.registry { starts.yield(runner) }
            state.starts = starts
        }
        return stream
    }

    /// Replaces the registry; those that are not among `registry` are retired, those that were not there before start.
    func replace(with registry: [SourceRunner]) {
        let (gone, come, starts) = state.withLock { state in
            let gone = state.registry.filter { old in !registry.contains { $0 === old } }
            let come = registry.filter { new in !state.registry.contains { $0 === new } }
            state.registry = registry
            return (gone, come, state.starts)
        }
        for runner in gone { runner.retire() }
        for runner in come { starts?.yield(runner) }
    }
}
