import Deployments
import Wire

/// The merged list as the command shows it, wherever it was read from.
struct ListAnswer: Sendable, Equatable {
    /// All pages, in the order asked for.
    var rows: [ModelDeployment]
    /// Those sources that the terms reach.
    var sources: [SourceSummary]
    /// Whether every source has a proven list.
    var isComplete: Bool
    /// Whether every source is fresh and meets the demand.
    var isFresh: Bool
    /// Nil where no source has a list.
    var oldestObservedAt: Timestamp?
}

/// How one source stands, as `sources` of an answer tells it (DESIGN.md §4).
struct SourceSummary: Sendable, Equatable {
    var name: String
    var platform: String
    /// One of fresh, stale, loading, failed; or a word that a later gateway has.
    var state: String
    var observedAt: Timestamp?
    var count: Int
    /// Of the last attempt; nil after a success.
    var failure: Failure?

    struct Failure: Sendable, Equatable {
        /// A word such as `rate_limited`.
        var errorClass: String
        var message: String
    }
}

/// Something that the merged list can be read from: a running gateway, or the platforms themselves.
protocol ListReading: Sendable {
    /// Reads all rows that the terms ask for.
    ///
    /// A failed source is no error: it stands in the answer.
    /// - Throws: ``CommandFailure`` where there is no answer at all.
    func read(_ terms: [ListTerm]) async throws -> ListAnswer
}
