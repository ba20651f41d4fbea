import Deployments

/// Every source's newest state, and the one place that publishes.
///
/// An actor rather than a mutex, because a new snapshot sorts every row: two sources that finish together must
/// follow one another, so that neither's rows are lost, and the second must not block a thread meanwhile.
actor Board {
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

    func track(at index: Int) -> SourceTrack { tracks[index] }

    /// Replaces one source's state; the snapshot is a new one only if its rows are.
    func publish(_ track: SourceTrack, at index: Int, now: Moment) {
        let isSame = tracks[index].rows === track.rows
        tracks[index] = track
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
