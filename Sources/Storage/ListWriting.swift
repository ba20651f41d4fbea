import Deployments
import GRDB
import Wire

/// Writes one source's list within a transaction: only its differences from the file's content.
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

    /// Writes a list; `before` is the file's content for the source, or nil if that is unknown.
    ///
    /// - Returns: The file's content for the source once the transaction is committed.
    func write(
        _ list: SourceLists, over before: [String: StoredPartition]?
    ) throws -> [String: StoredPartition] {
        if let before {
            let names = Set(list.partitions.map(\.partition))
            for (name, partition) in before where !names.contains(name) {
                try db.execute(sql: "DELETE FROM partitions WHERE id = ?", arguments: [partition.id])
            }
        } else {
            try db.execute(sql: "DELETE FROM partitions WHERE source = ?", arguments: [source])
        }
        var after: [String: StoredPartition] = [:]
        for (position, partition) in list.partitions.enumerated() where after[partition.partition] == nil {
            let header = StoredPartition.Header(partition, position: position)
            var stored = try writeHeader(partition.partition, header, over: before?[partition.partition])
            try writeRows(of: partition, to: &stored)
            after[partition.partition] = stored
        }
        try write(list.sent)
        return after
    }

    /// Writes the minutes whose counts differ from the file's.
    private func write(_ sent: [SentRequests]) throws {
        try db.execute(
            sql: "DELETE FROM requests WHERE source = ? AND minute NOT BETWEEN ? AND ?",
            arguments: [source, sent.first?.minuteNumber ?? .max, sent.last?.minuteNumber ?? .min])
        for minute in sent { try count.execute(arguments: [source, minute.minuteNumber, minute.count]) }
    }

    /// Writes the partition's own row, if anything in it changed.
    private func writeHeader(
        _ name: String, _ header: StoredPartition.Header, over before: StoredPartition?
    ) throws -> StoredPartition {
        let observedAt = header.observedAt.since(.epoch).microseconds
        guard var stored = before else {
            try db.execute(
                sql: """
                    INSERT INTO partitions (source, partition, position, observed_at, proven, pages)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [source, name, header.position, observedAt, header.proven, header.pages])
            return StoredPartition(
                id: db.lastInsertedRowID, header: header, digests: [:], missed: [:], rows: [])
        }
        if stored.header != header {
            try db.execute(
                sql: """
                    UPDATE partitions SET position = ?, observed_at = ?, proven = ?, pages = ? WHERE id = ?
                    """,
                arguments: [header.position, observedAt, header.proven, header.pages, stored.id])
            stored.header = header
        }
        return stored
    }

    private func writeRows(of partition: PartitionState, to stored: inout StoredPartition) throws {
        if partition.rows.isSameStorage(as: stored.rows) {
            if partition.missed != stored.missed { try markRows(of: partition, in: stored) }
        } else {
            try writeChanges(of: partition, to: &stored)
        }
        stored.missed = partition.missed
        stored.rows = partition.rows
    }

    private func writeChanges(of partition: PartitionState, to stored: inout StoredPartition) throws {
        var digests: [VersionKey: Int] = Dictionary(minimumCapacity: partition.rows.count)
        for row in partition.rows {
            let key = VersionKey(row)
            guard digests[key] == nil else { continue }
            let text = RowText(row)
            let missed = partition.missed[key] ?? 0
            digests[key] = text.digest
            if stored.digests[key] == text.digest {
                try mark(key, of: stored, missed: missed)
                continue
            }
            if stored.digests[key] != nil { try remove(key, of: stored) }
            try insert.execute(
                arguments: [
                    stored.id, key.uid, key.version, missed, text.record, text.history, text.native,
                ])
        }
        for key in stored.digests.keys where digests[key] == nil { try remove(key, of: stored) }
        stored.digests = digests
    }

    private func markRows(of partition: PartitionState, in stored: StoredPartition) throws {
        for row in partition.rows {
            let key = VersionKey(row)
            try mark(key, of: stored, missed: partition.missed[key] ?? 0)
        }
    }

    private func mark(_ key: VersionKey, of stored: StoredPartition, missed: Int) throws {
        guard stored.missed[key] ?? 0 != missed else { return }
        try markMissed.execute(arguments: [missed, stored.id, key.uid, key.version])
    }

    private func remove(_ key: VersionKey, of stored: StoredPartition) throws {
        try delete.execute(arguments: [stored.id, key.uid, key.version])
    }
}

/// One row as it is stored in the table.
struct RowText {
    var record: String
    var history: String?
    var native: String?

    /// A hash of the texts' bytes; it differs between processes.
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

    /// Makes a count from the file's numbers; nil if one is out of range.
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
    /// True if both are the same array in memory; a cheap check, never true for different arrays while both
    /// are retained.
    fileprivate func isSameStorage(as other: [ModelDeployment]) -> Bool {
        withUnsafeBufferPointer { mine in
            other.withUnsafeBufferPointer { mine.baseAddress == $0.baseAddress && mine.count == $0.count }
        }
    }
}
