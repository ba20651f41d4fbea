package import Deployments
package import Snapshots
package import Wire

/// A kind of record whose lists are fetched and served: what the refresher needs of it beyond its table.
package protocol ServedRecord: Record {
    /// See ``Record/uid``; it changes with the name of the source.
    var uid: String { get set }

    /// Gives a record its uid of now: it begins with the source's present name, and is spelled as in this release.
    mutating func respell(for name: String)

    /// True for a record as it was fetched that ``settle(after:seenAt:)`` has to complete.
    var isUnsettled: Bool { get }

    /// Completes the record by what was known of it before; `previous` is nil if it was not listed before.
    mutating func settle(after previous: Self?, seenAt: Timestamp)

    /// The rows of a list, each encoded after `enriching`.
    static func rows(
        of source: SourceDescription, listed: [Self], enriching: (@Sendable (inout [Self]) -> Void)?
    ) -> SourceRows

    /// The rows of a new list; the old object itself if they are the same.
    static func rows(
        updating old: SourceRows?, of source: SourceDescription, listed: [Self],
        enriching: (@Sendable (inout [Self]) -> Void)?
    ) async -> SourceRows
}

extension ServedRecord {
    /// Spells the uid anew.
    package mutating func respell(for name: String) {
        let now = respelled(uid, for: name)
        if now != uid { uid = now }
    }

    /// A uid of the record's source as it is written now, if that is called `name`.
    fileprivate func respelled(_ uid: String, for name: String) -> String {
        let source = origin.description.name
        let now = ModelDeployment.respelled(uid: uid)
        return source != name && now.hasPrefix(source + "/") ? name + now.dropFirst(source.count) : now
    }
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

    /// The rows of a list, each encoded after `enriching`.
    package static func rows(
        of source: SourceDescription, listed: [ModelDeployment],
        enriching step: (@Sendable (inout [ModelDeployment]) -> Void)?
    ) -> SourceRows {
        SourceRows(source: source, listed: listed, enriching: step)
    }

    /// The rows of a new list; the old object itself if they are the same.
    package static func rows(
        updating old: SourceRows?, of source: SourceDescription, listed: [ModelDeployment],
        enriching step: (@Sendable (inout [ModelDeployment]) -> Void)?
    ) async -> SourceRows {
        await SourceRows.updating(old, source: source, listed: listed, enriching: step)
    }
}

extension ModelProvider: ServedRecord {
    /// Spells the uid anew, and that of its deployment.
    package mutating func respell(for name: String) {
        deployment = deployment.map { respelled($0, for: name) }
        uid = respelled(uid, for: name)
    }

    /// A provider's row is complete as it is fetched.
    package var isUnsettled: Bool { false }

    /// Changes nothing.
    package mutating func settle(after previous: ModelProvider?, seenAt: Timestamp) {}

    /// The rows of a list, each encoded after `enriching`.
    package static func rows(
        of source: SourceDescription, listed: [ModelProvider],
        enriching step: (@Sendable (inout [ModelProvider]) -> Void)?
    ) -> SourceRows {
        SourceRows(source: source, listed: listed, enriching: step)
    }

    /// The rows of a new list; the old object itself if they are the same.
    package static func rows(
        updating old: SourceRows?, of source: SourceDescription, listed: [ModelProvider],
        enriching step: (@Sendable (inout [ModelProvider]) -> Void)?
    ) async -> SourceRows {
        await SourceRows.updating(old, source: source, listed: listed, enriching: step)
    }
}

/// The value of `inferred` on most rows: one array that they all share.
private let onlyStatusSince = ["status_since"]

private let fieldsAfterStatusSince = Set(
    RecordSchema.deployments.paths.drop { $0 != "status_since" }.dropFirst())
