import Deployments
import Synchronization

/// The sources of the configuration that holds now, and those that began to hold since they were last looked for.
final class Lanes: Sendable {
    private struct State {
        var lanes: [Lane]
        var starts: AsyncStream<Lane>.Continuation?
    }

    private let state: Mutex<State>

    init(_ lanes: [Lane]) { state = Mutex(State(lanes: lanes)) }

    /// In the configuration's order.
    var all: [Lane] { state.withLock { $0.lanes } }

    /// Every lane there is, then each that comes.
    ///
    /// Ends when the task that goes through it is cancelled. Called once.
    func started() -> AsyncStream<Lane> {
        let (stream, starts) = AsyncStream<Lane>.makeStream()
        state.withLock { state in
            for lane in state.lanes { starts.yield(lane) }
            state.starts = starts
        }
        return stream
    }

    /// Replaces the lanes; those that are not among `lanes` are retired, those that were not there before start.
    func replace(with lanes: [Lane]) {
        let (gone, come, starts) = state.withLock { state in
            let gone = state.lanes.filter { old in !lanes.contains { $0 === old } }
            let come = lanes.filter { new in !state.lanes.contains { $0 === new } }
            state.lanes = lanes
            return (gone, come, state.starts)
        }
        for lane in gone { lane.retire() }
        for lane in come { starts?.yield(lane) }
    }
}
