import Deployments

/// Every source's newest state, and the one place that publishes.
///
/// Two sources that finish together follow one another, so that neither's rows are lost. An actor rather than a mutex,
/// because lists that nobody has any more are freed here too, and the second must not block a thread meanwhile.
actor Board {
    /// In the configuration's order.
    private var tracks: [SourceTrack]
    private var snapshot: Snapshot
    private var published: Latest<Published>
    private var count = 0
    private var publications = 0
    /// Read here, as late as can be: whoever calls may have waited for its turn.
    private let now: @Sendable () -> Moment
    /// Tells this process's snapshots from those of every other.
    private let process: String
    let retired = RetiredRows()

    /// Publishes what the tracks hold from the start.
    init(
        tracks: [SourceTrack], publishingTo published: Latest<Published>,
        now: @escaping @Sendable () -> Moment
    ) {
        self.tracks = tracks
        self.published = published
        self.now = now
        process = Self.randomName()
        snapshot = Snapshot(id: "\(process)-0", publishedAt: now(), lists: tracks.compactMap(\.rows))
        published.replace(with: Published(snapshot: snapshot, sources: tracks.map(\.status)))
    }

    /// The newest state of a source; nil where none has this name.
    func track(named name: String) -> SourceTrack? { tracks.first { $0.source.name == name } }

    /// Replaces one source's state; the snapshot is a new one only if its rows are.
    ///
    /// Nothing changes where the lane is retired: another configuration may have put another state in its place.
    func publish(_ track: SourceTrack, of lane: Lane) {
        guard let index = index(of: lane) else { return }
        replaceTracks(with: tracks.replacing(index, with: track))
    }

    /// Publishes what came of an attempt, and plans the next, in one step with regard to another configuration.
    ///
    /// - Returns: The published state; nil where the lane is retired, and the attempt counts for nothing.
    func publish(_ track: SourceTrack, after fetch: SourceFetch, of lane: Lane) -> SourceTrack? {
        guard let index = index(of: lane) else {
            lane.abandon()
            return nil
        }
        // Rows first: who is told that a demand is met must find the list that meets it.
        replaceTracks(with: tracks.replacing(index, with: track))
        let plan = lane.end(fetch, track)
        tracks[index].note(plan)
        publish()
        return tracks[index]
    }

    /// Tells when a source is asked next, and nothing else.
    func note(_ plan: Schedule.Plan, of lane: Lane) {
        guard let index = index(of: lane) else { return }
        tracks[index].note(plan)
        publish()
    }

    private func publish() {
        publications += 1
        var next = Published(snapshot: snapshot, sources: tracks.map(\.status))
        next.number = publications
        published.replace(with: next)
    }

    /// Where the state stands that the lane may change; nil once it is retired.
    private func index(of lane: Lane) -> Int? {
        guard !lane.isRetired else { return nil }
        return tracks.firstIndex { $0.source.name == lane.name }
    }

    private func replaceTracks(with newer: [SourceTrack]) {
        let isSame = tracks.compactMap(\.rowsIdentity) == newer.compactMap(\.rowsIdentity)
        tracks = newer
        guard !isSame else { return publish() }
        count += 1
        let lists = tracks.compactMap(\.rows)
        let old = snapshot.lists.filter { old in !lists.contains { $0 === old } }
        snapshot = Snapshot(id: "\(process)-\(count)", publishedAt: now(), lists: lists)
        publish()
        // What others let go of before may be freed here, which takes a while.
        retired.keep(old)
    }

    /// Swaps the sources for those of another configuration: lanes and states together, and one publication.
    ///
    /// Nothing else is published meanwhile, so that no attempt's end is lost between the old state and the new.
    func reconfigure(
        _ sources: [(any DeploymentSource, RefreshConfig)], in lanes: Lanes, keptBy keeper: ListKeeper
    ) -> Reconfiguration {
        let before = Dictionary(lanes.all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var result = Reconfiguration()
        let beganAt = now()
        let states = sources.map { source, config -> (track: SourceTrack, kept: Lane?, earlier: Lane?) in
            let name = source.description.name
            guard let lane = before[name], let old = track(named: name),
                lane.source.storageKey == source.storageKey
            else {
                result.begun.append(name)
                let track = SourceTrack(asking: source, config: config, restored: nil, now: beganAt)
                return (track, nil, nil)
            }
            guard !lane.isConfigured(as: source, config) else {
                result.kept.append(name)
                return (old, lane, nil)
            }
            result.changed.append(name)
            return (SourceTrack(continuing: old, asking: source, config: config, now: beganAt), nil, lane)
        }
        // What the lanes know is taken over last, after all that takes time: readers go on using the old ones.
        var newer = states.map(\.track)
        let others = zip(sources, states).enumerated().map { index, entry -> Lane in
            let ((source, config), state) = entry
            if let kept = state.kept { return kept }
            let lane = Lane(source, config: config, track: state.track, now: now)
            if let earlier = state.earlier {
                lane.takeOver(earlier)
            } else if let other = before[lane.name] {
                // Under another key the lists are others, but what was sent was sent.
                source.budget.takeOver(other.source.budget)
                source.budget.endPause()
            }
            newer[index].note(lane.plan())
            return lane
        }
        let names = Set(others.map(\.name))
        result.removed = tracks.map(\.source.name).filter { !names.contains($0) }
        // Before a new source can have a list, which would be taken for that of none.
        keeper.keep(only: Set(others.map(\.source.storageKey)))
        lanes.replace(with: others)
        replaceTracks(with: newer)
        return result
    }

    /// Ten characters of base32, fifty bits.
    private static func randomName() -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
        return String((0..<10).compactMap { _ in alphabet.randomElement() })
    }
}

extension [SourceTrack] {
    fileprivate func replacing(_ index: Int, with track: SourceTrack) -> [SourceTrack] {
        var tracks = self
        tracks[index] = track
        return tracks
    }
}
