import Deployments
import Snapshots
import Wire

/// The records of an audit log in memory, by the source that they name, and the lists made of them.
struct AuditMirror {
    private struct Group {
        /// In the order of their ids.
        var records: [AuditRecord] = []
        /// The list of these very records; nil until it is made.
        var rows: SourceRows?
    }

    private var groups: [String: Group] = [:]
    /// See ``AuditContent/dropped``.
    private(set) var dropped: Int
    /// See ``AuditContent/droppedUntil``.
    private(set) var droppedUntil: Timestamp?
    /// Counts the changes.
    private(set) var number = 0

    init(_ content: AuditContent) {
        (dropped, droppedUntil) = (content.dropped, content.droppedUntil)
        groups = Dictionary(grouping: content.records, by: \.origin.description.name)
            .mapValues { Group(records: $0) }
    }

    /// Every record, in no order.
    var records: some Sequence<AuditRecord> { groups.values.lazy.flatMap(\.records) }

    /// The records that name a source, in the order of their ids.
    func records(of source: some StringProtocol) -> [AuditRecord] { groups[String(source)]?.records ?? [] }

    /// The record as it is here now; nil if it is not.
    func record(_ id: String) -> AuditRecord? { records.first { $0.id == id } }

    /// Adds a record, or replaces the one with the same id.
    mutating func apply(_ record: AuditRecord) {
        change(record.origin.description.name) { records in
            // Records change soon after they were added.
            let index = records.lastIndex { $0.id <= record.id }
            if let index, records[index].id == record.id {
                records[index] = record
            } else {
                records.insert(record, at: index.map { $0 + 1 } ?? 0)
            }
        }
    }

    /// Removes the records that the log has removed.
    mutating func remove(_ trimming: AuditTrimming) {
        (dropped, droppedUntil) = (trimming.dropped, trimming.droppedUntil)
        guard !trimming.ids.isEmpty else { return }
        for name in groups.keys {
            change(name) { $0.removeAll { trimming.ids.contains($0.id) } }
            if groups[name]?.records.isEmpty == true { groups[name] = nil }
        }
    }

    private mutating func change(_ source: String, _ body: (inout [AuditRecord]) -> Void) {
        number += 1
        groups[source, default: Group()].rows = nil
        body(&groups[source, default: Group()].records)
    }

    /// Makes the lists that are not made yet: the same mirror, as quick to read.
    mutating func makeLists() {
        for (name, group) in groups where group.rows == nil {
            groups[name]?.rows = SourceRows(auditOf: name, records: group.records)
        }
    }

    /// The lists, in the order of their sources; nil unless every one is made.
    var lists: [SourceRows]? {
        let made = groups.sorted { $0.key < $1.key }.compactMap(\.value.rows)
        return made.count == groups.count ? made : nil
    }
}
