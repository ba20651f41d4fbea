import Deployments

/// Every source's newest state, and the one place that publishes.
///
/// An actor rather than a mutex, because a new snapshot sorts every row: two sources that finish together must
/// follow one another, so that neither's rows are lost, and the second must not block a thread meanwhile.
actor Board {
    /// In the configuration's order.
    private var tracks: [SourceTrack]
    private var snapshot: Snapshot
    private var published: Latest<Published>
    private var count = 0
    /// Tells this process's snapshots from those of every other.
    private let process: String

    /// Publishes what the tracks hold from the start.
    init(tracks: [SourceTrack], publishingTo published: Latest<Published>, now: Moment) {
        self.tracks = tracks
        self.published = published
        process = Self.randomName()
        snapshot = Snapshot(id: "\(process)-0", publishedAt: now, lists: tracks.compactMap(\.rows))
        published.replace(with: Published(snapshot: snapshot, sources: tracks.map(\.status)))
    }

    /// The newest state of a source; nil where none has this name.
    func track(named name: String) -> SourceTrack? { tracks.first { $0.source.name == name } }

    /// Replaces one source's state, if it is still among them; the snapshot is a new one only if its rows are.
    func publish(_ track: SourceTrack, now: Moment) {
        guard let index = tracks.firstIndex(where: { $0.source.name == track.source.name }) else { return }
        replaceTracks(with: tracks.replacing(index, with: track), now: now)
    }

    /// Replaces all sources by those of another configuration.
    func publish(_ tracks: [SourceTrack], now: Moment) { replaceTracks(with: tracks, now: now) }

    /// Tells when a source is asked next, and nothing else.
    func note(_ plan: Schedule.Plan, of name: String) {
        guard let index = tracks.firstIndex(where: { $0.source.name == name }) else { return }
        tracks[index].note(plan)
        published.replace(with: Published(snapshot: snapshot, sources: tracks.map(\.status)))
    }

    private func replaceTracks(with newer: [SourceTrack], now: Moment) {
        let isSame = tracks.map(\.rowsIdentity) == newer.map(\.rowsIdentity)
        tracks = newer
        if !isSame {
            count += 1
            snapshot = Snapshot(
                id: "\(process)-\(count)", publishedAt: now, lists: tracks.compactMap(\.rows))
        }
        published.replace(with: Published(snapshot: snapshot, sources: tracks.map(\.status)))
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
