import Deployments
import HTTPFront
import Wire

/// The merged list as the command shows it, whatever its origin.
struct RecordAnswer<Row: ListedRecord>: Sendable, Equatable {
    /// The rows of all pages, in the requested order.
    var rows: [Row]
    /// The sources that the terms reach.
    var sources: [SourceSummary]
    /// True if every source has a proven list.
    var isComplete: Bool
    /// True if every source is fresh and meets the demand.
    var isFresh: Bool
    /// The time of the oldest list; nil where no source has a list.
    var oldestObservedAt: Timestamp?
    /// What the rows may lack, or a likely mistake in the terms.
    var notices: [Notice] = []
}

/// The merged list of deployments.
typealias ListAnswer = RecordAnswer<ModelDeployment>

/// The state of one source, as in `sources` of a gateway's response.
struct SourceSummary: Sendable, Equatable {
    var name: String
    var platform: String
    /// One of fresh, stale, loading, failed; or a state that a later gateway has.
    var state: String
    var observedAt: Timestamp?
    var count: Int
    /// The failure of the last attempt; nil after a success.
    var failure: Failure?

    struct Failure: Sendable, Equatable {
        /// A class such as `rate_limited`.
        var errorClass: String
        var message: String
    }
}

/// A reader of the merged list, from a running gateway or from the platforms themselves.
protocol ListReading: Sendable {
    /// Reads all rows that match the terms.
    ///
    /// A failed source is not an error: it is part of the answer.
    /// - Throws: ``CommandFailure`` where there is no answer at all.
    func read<Row: PlatformRecord>(_: Row.Type, _ terms: [ListTerm]) async throws -> RecordAnswer<Row>
}

extension ListReading {
    /// Reads all deployments that match the terms.
    func read(_ terms: [ListTerm]) async throws -> ListAnswer { try await read(ModelDeployment.self, terms) }
}
