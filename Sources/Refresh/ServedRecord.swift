package import Deployments
package import Snapshots
package import Wire

/// A kind of record whose lists are fetched and served: what the refresher needs of it beyond its table.
package protocol ServedRecord: Record {
    /// See ``Record/uid``; it changes with the name of the source.
    var uid: String { get set }

    /// True for a record as it was fetched that ``settle(after:seenAt:)`` has to complete.
    var isUnsettled: Bool { get }

    /// Completes the record by what was known of it before; `previous` is nil if it was not listed before.
    mutating func settle(after previous: Self?, seenAt: Timestamp)

    /// The rows of a list, each encoded.
    static func rows(of source: SourceDescription, listed: [Self]) -> SourceRows

    /// The rows of a new list; the old object itself if they are the same.
    static func rows(
        updating old: SourceRows?, of source: SourceDescription, listed: [Self]
    ) async -> SourceRows
}

extension ModelDeployment: ServedRecord {
    /// True if the platform does not state when the status began.
    package var isUnsettled: Bool { statusSince == nil }

    /// Sets the time at which the status began: that of the row before if it had the same status, else when
    /// the status was first seen.
    package mutating func settle(after previous: ModelDeployment?, seenAt: Timestamp) {
        statusSince = seenAt
        if let previous, previous.status == self.status, previous.nativeStatus == self.nativeStatus {
            statusSince = previous.statusSince ?? seenAt
        }
        if inferred.isEmpty {
            inferred = onlyStatusSince
        } else if !inferred.contains("status_since") {
            let index = inferred.firstIndex(where: fieldsAfterStatusSince.contains) ?? inferred.count
            inferred.insert("status_since", at: index)
        }
    }

    /// The rows of a list, each encoded.
    package static func rows(of source: SourceDescription, listed: [ModelDeployment]) -> SourceRows {
        SourceRows(source: source, listed: listed)
    }

    /// The rows of a new list; the old object itself if they are the same.
    package static func rows(
        updating old: SourceRows?, of source: SourceDescription, listed: [ModelDeployment]
    ) async -> SourceRows {
        await SourceRows.updating(old, source: source, listed: listed)
    }
}

/// The value of `inferred` on most rows: one array that they all share.
private let onlyStatusSince = ["status_since"]

private let fieldsAfterStatusSince = Set(
    RecordSchema.deployments.paths.drop { $0 != "status_since" }.dropFirst())
