import Deployments

/// What the sources of an answer may show, as it was when the answer began.
///
/// An answer that goes on, by pages or as a stream, ends once this is not true any more.
struct Exposures: Sendable {
    private let sources: [(name: String, exposure: Int)]

    /// The exposures of the sources that an answer covers.
    init(of statuses: [SourceStatus]) {
        sources = statuses.map { ($0.source.name, $0.exposure) }
    }

    /// True while the sources may show all that they could: neither an adapter file nor the configuration has taken
    /// a value back since.
    ///
    /// A source that is gone has taken nothing back.
    func hold(among published: [SourceStatus]) -> Bool {
        let newest = Dictionary(published.map { ($0.source.name, $0.exposure) }) { first, _ in first }
        return sources.allSatisfy { $0.exposure == newest[$0.name] ?? $0.exposure }
    }
}
