import Deployments
import GRDB
import Wire

/// Writes one source's list within a transaction: only what differs from what the file holds.
struct ListWriting {
    private let source: String
    private let db: Database
    private let insert: Statement
    private let delete: Statement
    private let markMissed: Statement
    private let count: Statement

    init(db: Database, source: String) throws {
        self.db = db
        self.source = source
        insert = try db.cachedStatement(
            sql: """
                INSERT INTO deployments (partition, uid, version, missed, record, history, native)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
        delete = try db.cachedStatement(
            sql: "DELETE FROM deployments WHERE partition = ? AND uid = ? AND version IS ?")
        markMissed = try db.cachedStatement(
            sql: "UPDATE deployments SET missed = ? WHERE partition = ? AND uid = ? AND version IS ?")
        count = try db.cachedStatement(
            sql: """
                INSERT INTO requests (source, minute, count) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET count = excluded.count WHERE count != excluded.count
                """)
    }

    /// - Returns: What the file holds of the source once the transaction is committed.
    func write(
        _ list: SourceLists, over before: [String: KeptPartition]?
    ) throws -> [String: KeptPartition] {
        if let before {
            let names = Set(list.partitions.map(\.partition))
            for (name, partition) in before where !names.contains(name) {
                try db.execute(sql: "DELETE FROM partitions WHERE id = ?", arguments: [partition.id])
            }
        } else {
            try db.execute(sql: "DELETE FROM partitions WHERE source = ?", arguments: [source])
        }
        var after: [String: KeptPartition] = [:]
        for (position, partition) in list.partitions.enumerated() where after[partition.partition] == nil {
            let header = KeptPartition.Header(partition, position: position)
            var kept = try place(partition.partition, header, over: before?[partition.partition])
            try writeRows(of: partition, to: &kept)
            after[partition.partition] = kept
        }
        try write(list.sent)
        return after
    }

    /// Of the minutes that the file has already, only one whose count is another is written.
    private func write(_ sent: [SentRequests]) throws {
        try db.execute(
            sql: "DELETE FROM requests WHERE source = ? AND minute NOT BETWEEN ? AND ?",
            arguments: [source, sent.first?.minuteNumber ?? .max, sent.last?.minuteNumber ?? .min])
        for minute in sent { try count.execute(arguments: [source, minute.minuteNumber, minute.count]) }
    }

    /// Writes the partition's own row, if anything in it changed.
    private func place(
        _ name: String, _ header: KeptPartition.Header, over before: KeptPartition?
    ) throws -> KeptPartition {
        let observedAt = header.observedAt.since(.epoch).microseconds
        guard var kept = before else {
            try db.execute(
                sql: """
                    INSERT INTO partitions (source, partition, position, observed_at, proven, pages)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [source, name, header.position, observedAt, header.proven, header.pages])
            return KeptPartition(
                id: db.lastInsertedRowID, header: header, digests: [:], missed: [:], rows: [])
        }
        if kept.header != header {
            try db.execute(
                sql: """
                    UPDATE partitions SET position = ?, observed_at = ?, proven = ?, pages = ? WHERE id = ?
                    """,
                arguments: [header.position, observedAt, header.proven, header.pages, kept.id])
            kept.header = header
        }
        return kept
    }

    private func writeRows(of partition: PartitionState, to kept: inout KeptPartition) throws {
        if partition.rows.isSameStorage(as: kept.rows) {
            if partition.missed != kept.missed { try markRows(of: partition, in: kept) }
        } else {
            try writeChanges(of: partition, to: &kept)
        }
        kept.missed = partition.missed
        kept.rows = partition.rows
    }

    private func writeChanges(of partition: PartitionState, to kept: inout KeptPartition) throws {
        var digests: [VersionKey: Int] = Dictionary(minimumCapacity: partition.rows.count)
        for row in partition.rows {
            let key = VersionKey(row)
            guard digests[key] == nil else { continue }
            let text = RowText(row)
            let missed = partition.missed[key] ?? 0
            digests[key] = text.digest
            if kept.digests[key] == text.digest {
                try mark(key, of: kept, missed: missed)
                continue
            }
            if kept.digests[key] != nil { try remove(key, of: kept) }
            try insert.execute(
                arguments: [
                    kept.id, key.uid, key.version, missed, text.record, text.history, text.native,
                ])
        }
        for key in kept.digests.keys where digests[key] == nil { try remove(key, of: kept) }
        kept.digests = digests
    }

    private func markRows(of partition: PartitionState, in kept: KeptPartition) throws {
        for row in partition.rows {
            let key = VersionKey(row)
            try mark(key, of: kept, missed: partition.missed[key] ?? 0)
        }
    }

    private func mark(_ key: VersionKey, of kept: KeptPartition, missed: Int) throws {
        guard kept.missed[key] ?? 0 != missed else { return }
        try markMissed.execute(arguments: [missed, kept.id, key.uid, key.version])
    }

    private func remove(_ key: VersionKey, of kept: KeptPartition) throws {
        try delete.execute(arguments: [kept.id, key.uid, key.version])
    }
}

/// One row as it stands in the table.
struct RowText {
    var record: String
    var history: String?
    var native: String?

    /// A hash of the texts' bytes; it differs from process to process.
    var digest: Int {
        var hasher = Hasher()
        for var text in [record, history ?? "", native ?? ""] {
            text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
            hasher.combine(text.utf8.count)
        }
        hasher.combine(history == nil)
        hasher.combine(native == nil)
        return hasher.finalize()
    }
}

extension SentRequests {
    private static let minuteLength: Int64 = 60_000_000

    /// Minutes since 1970.
    fileprivate var minuteNumber: Int64 { minute.since(.epoch).microseconds / Self.minuteLength }

    /// nil for numbers that no clock and no budget gave.
    init?(minuteNumber: Int64, count: Int) {
        guard (0...1 << 32).contains(minuteNumber), (1...1 << 32).contains(count) else { return nil }
        self.init(minute: .epoch.advanced(by: .seconds(60 * minuteNumber)), count: count)
    }
}

extension RowText {
    init(_ row: ModelDeployment) {
        self.init(
            record: String(decoding: row.encoded(), as: UTF8.self),
            history: row.history.map { String(decoding: $0, as: UTF8.self) },
            native: row.native.map { String(decoding: $0, as: UTF8.self) })
    }
}

extension [ModelDeployment] {
    /// Whether both are one array: cheap, and never true of arrays that differ while both are held.
    fileprivate func isSameStorage(as other: [ModelDeployment]) -> Bool {
        withUnsafeBufferPointer { mine in
            other.withUnsafeBufferPointer { mine.baseAddress == $0.baseAddress && mine.count == $0.count }
        }
    }
}
