package import Deployments
package import Wire

/// Storage of audit records in snapshots.
struct AuditRows: RowStorage {
    let pieces: [[AuditRecord]]
}

extension SourceRows {
    /// Encodes every record; of records with the same id the first one stays.
    ///
    /// All must be of the named source.
    package convenience init(auditOf source: String, records: [AuditRecord]) {
        let description = SourceDescription(name: source, platform: "", adapter: "")
        self.init(AuditRows.self, source: description, listed: records)
    }

    /// Encodes the records of each source; the sources are in the order of their names.
    package static func lists(ofAudit records: [AuditRecord]) -> [SourceRows] {
        Dictionary(grouping: records, by: \.origin.description.name).sorted { $0.key < $1.key }
            .map { SourceRows(auditOf: $0.key, records: $0.value) }
    }

    /// The records in the order of their ids; empty if they are of another kind.
    package var auditRecords: [AuditRecord] {
        guard let storage = rows.storage as? AuditRows else { return [] }
        return rows.indices.map { storage[rows.location(of: $0)] }
    }
}

/// The audit log as readers see it.
package struct AuditView: Sendable {
    /// The records, with one list for each source that they name; it has no states of sources.
    package var list: PublishedList
    /// See ``AuditContent/dropped``.
    package var dropped: Int
    /// See ``AuditContent/droppedUntil``.
    package var droppedUntil: Timestamp?

    package init(list: PublishedList, dropped: Int = 0, droppedUntil: Timestamp? = nil) {
        self.list = list
        self.dropped = dropped
        self.droppedUntil = droppedUntil
    }
}
