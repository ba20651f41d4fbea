import Deployments
import Snapshots
import Wire

/// Every source's newest state, and the one place that publishes.
///
/// Two sources that finish together follow one another, so that neither's rows are lost. An actor rather than a mutex,
/// because lists that nobody has any more are freed here too, and the second must not block a thread meanwhile.
actor SnapshotPublisher {
    /// In the configuration's order.
    private var states: [SourceState]
    private var snapshot: Snapshot
    private var published: Latest<Published>
    private var count = 0
    private var publications = 0
    /// Read here, as late as can be: whoever calls may have waited for its turn.
    private let now: @Sendable () -> Timestamp
    /// Tells this process's snapshots from those of every other.
    private let process: String
    let retired = ReleaseQueue()

    /// Publishes what the states hold from the start.
    init(
        states: [SourceState], publishingTo published: Latest<Published>,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.states = states
        self.published = published
        self.now = now
        process = Self.randomName()
        snapshot = Snapshot(id: "\(process)-0", publishedAt: now(), lists: states.compactMap(\.rows))
        published.replace(with: Published(snapshot: snapshot, sources: states.map(\.status)))
    }

    /// The newest state of a source; nil where none has this name.
    func state(named name: String) -> SourceState? { states.first { $0.source.name == name } }

    /// Replaces one source's state; the snapshot is a new one only if its rows are.
    ///
    /// Nothing changes where the runner is retired: another configuration may have put another state in its place.
    func publish(_ state: SourceState, of runner: SourceRunner) {
        guard let index = index(of: runner) else { return }
        replaceStates(with: states.replacing(index, with: state))
    }

    /// Publishes what came of an attempt, and plans the next, in one step with regard to another configuration.
    ///
    /// - Returns: The published state; nil where the runner is retired, and the attempt counts for nothing.
    func publish(_ state: SourceState, after fetch: SourceFetch, of runner: SourceRunner) -> SourceState? {
        guard let index = index(of: runner) else {
            runner.abandon()
            return nil
        }
        // Rows first: who is told that a demand is met must find the list that meets it.
        replaceStates(with: states.replacing(index, with: state))
        let plan = runner.end(fetch, state)
        states[index].note(plan)
        publish()
        return states[index]
    }

    /// Tells when a source is asked next, and nothing else.
    func note(_ plan: Schedule.Plan, of runner: SourceRunner) {
        guard let index = index(of: runner) else { return }
        states[index].note(plan)
        publish()
    }

    private func publish() {
        publications += 1
        var next = Published(snapshot: snapshot, sources: states.map(\.status))
        next.number = publications
        published.replace(with: next)
    }

    /// Where the state stands that the runner may change; nil once it is retired.
    private func index(of runner: SourceRunner) -> Int? {
        guard !runner.isRetired else { return nil }
        return states.firstIndex { $0.source.name == runner.name }
    }

    private func replaceStates(with newer: [SourceState]) {
        let isSame = states.compactMap(\.rowsIdentity) == newer.compactMap(\.rowsIdentity)
        states = newer
        guard !isSame else { return publish() }
        count += 1
        let lists = states.compactMap(\.rows)
        let old = snapshot.lists.filter { old in !lists.contains { $0 === old } }
        snapshot = Snapshot(id: "\(process)-\(count)", publishedAt: now(), lists: lists)
        publish()
        // What others let go of before may be freed here, which takes a while.
        retired.keep(old)
    }

    /// Swaps the sources for those of another configuration: registry and states together, and one publication.
    ///
    /// Nothing else is published meanwhile, so that no attempt's end is lost between the old state and the new.
    func reconfigure(
        _ sources: [(any DeploymentSource, CacheWindows)], in registry: SourceRegistry,
        keptBy writer: StoreWriter
    ) -> Reconfiguration {
        let before = Dictionary(registry.all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var result = Reconfiguration()
        let beganAt = now()
        let states = sources.map {
            source, config -> (state: SourceState, kept: SourceRunner?, earlier: SourceRunner?) in
            let name = source.description.name
            guard let runner = before[name], let old = state(named: name),
                runner.source.storageKey == source.storageKey
            else {
                result.begun.append(name)
                let state = SourceState(asking: source, config: config, restored: nil, now: beganAt)
                return (state, nil, nil)
            }
            guard !runner.isConfigured(as: source, config) else {
                result.kept.append(name)
                return (old, runner, nil)
            }
            result.changed.append(name)
            return (SourceState(continuing: old, asking: source, config: config, now: beganAt), nil, runner)
        }
        // What the registry know is taken over last, after all that takes time: readers go on using the old ones.
        var newer = states.map(\.state)
        let others = zip(sources, states).enumerated().map { index, entry -> SourceRunner in
            let ((source, config), state) = entry
            if let kept = state.kept { return kept }
            let runner = SourceRunner(source, config: config, state: state.state, now: now)
            if let earlier = state.earlier {
                runner.takeOver(earlier)
            } else if let other = before[runner.name] {
                // Under another key the lists are others, but what was sent was sent.
                source.budget.takeOver(other.source.budget)
                source.budget.endPause()
            }
            newer[index].note(runner.plan())
            return runner
        }
        let names = Set(others.map(\.name))
        result.removed = self.states.map(\.source.name).filter { !names.contains($0) }
        // Before a new source can have a list, which would be taken for that of none.
        writer.keep(only: Set(others.map(\.source.storageKey)))
        registry.replace(with: others)
        replaceStates(with: newer)
        return result
    }

    /// Ten characters of base32, fifty bits.
    private static func randomName() -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
        return String((0..<10).compactMap { _ in alphabet.randomElement() })
    }
}

extension [SourceState] {
    fileprivate func replacing(_ index: Int, with state: SourceState) -> [SourceState] {
        var states = self
        states[index] = state
        return states
    }
}
