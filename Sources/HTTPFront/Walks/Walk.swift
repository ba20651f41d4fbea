import Deployments

/// Names a walk: 128 bits that cannot be guessed.
struct WalkID: Hashable, Sendable {
    var high: UInt64
    var low: UInt64
}

/// A list whose first page was given out: what every further page is cut from.
struct Walk: Sendable {
    let snapshot: Snapshot
    /// As the first page was asked for: times that were relative stay what they were then.
    let query: Query
    /// The sources as they stood at the first page.
    var reached: Reached
    /// The first page anew, as a relative reference.
    let firstPage: String
}
