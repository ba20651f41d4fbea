import Deployments
import GRDB
import Wire

/// Writes one source's list within a transaction: only its differences from the file's content.
///
/// Every statement that must change one row is checked to have changed one: what is written over the content
/// that the store remembers is worth nothing where the file holds another.
struct ListWriting {
    /// An error: the file's content is not what was saved or loaded before.
    struct OtherContent: Error {}

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
                INSERT INTO deployments (partition, uid, version, missed, record, history, native, checksum)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
        delete = try db.cachedStatement(
            sql: "DELETE FROM deployments WHERE partition = ? AND uid = ? AND version IS ?")
        markMissed = try db.cachedStatement(
            sql: """
                UPDATE deployments SET missed = ?, checksum = ?
                WHERE partition = ? AND uid = ? AND version IS ?
                """)
        count = try db.cachedStatement(
            sql: """
                INSERT INTO requests (source, minute, count, checksum) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET count = excluded.count, checksum = excluded.checksum
                WHERE count != excluded.count OR checksum != excluded.checksum
                """)
    }

    /// Writes a list; `before` is the file's content for the source, or nil if that is unknown.
    ///
    /// - Returns: The file's content for the source once the transaction is committed.
    /// - Throws: ``OtherContent`` where `before` is not what the file holds, else SQLite's error.
    func write(
        _ list: SourceLists, over before: [String: StoredPartition]?
    ) throws -> [String: StoredPartition] {
        if let before {
            let names = Set(list.partitions.map(\.partition))
            for (name, partition) in before where !names.contains(name) {
                try db.execute(sql: "DELETE FROM partitions WHERE id = ?", arguments: [partition.id])
                try requireOneChange()
            }
        } else {
            try db.execute(sql: "DELETE FROM partitions WHERE source = ?", arguments: [source])
        }
        var after: [String: StoredPartition] = [:]
        for (position, partition) in list.partitions.enumerated() where after[partition.partition] == nil {
            let name = partition.partition
            var stored = try before?[name] ?? insertPartition(name)
            try writeRows(of: partition, to: &stored)
            let header = StoredPartition.Header(
                partition, position: position, rowCount: stored.digests.count)
            try writeHeader(header, of: name, to: &stored)
            after[name] = stored
        }
        try write(list.sent)
        try write(list.credentialDigest)
        return after
    }

    /// Writes whose lists these are, if that changed.
    private func write(_ credentials: CredentialDigest?) throws {
        guard let account = credentials.map({ StoredAccount($0) }) else {
            return try db.execute(sql: "DELETE FROM accounts WHERE source = ?", arguments: [source])
        }
        try db.execute(
            sql: """
                INSERT INTO accounts (source, credentials, checksum) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET credentials = excluded.credentials, checksum = excluded.checksum
                WHERE credentials != excluded.credentials OR checksum != excluded.checksum
                """,
            arguments: [source, account.credentials, account.checksum(source: source)])
    }

    /// Writes the minutes whose counts differ from the file's.
    private func write(_ sent: [SentRequests]) throws {
        let minutes = sent.map { StoredMinute($0) }
        try db.execute(
            sql: "DELETE FROM requests WHERE source = ? AND minute NOT BETWEEN ? AND ?",
            arguments: [source, minutes.first?.number ?? .max, minutes.last?.number ?? .min])
        for minute in minutes {
            try count.execute(
                arguments: [source, minute.number, minute.count, minute.checksum(source: source)])
        }
    }

    /// Inserts the partition's own row; ``writeHeader(_:of:to:)`` completes it once its rows are known.
    private func insertPartition(_ name: String) throws -> StoredPartition {
        try db.execute(
            sql: """
                INSERT INTO partitions (source, partition, position, observed_at, proven, pages, row_count)
                VALUES (?, ?, -1, 0, 0, 0, 0)
                """,
            arguments: [source, name])
        try requireOneChange()
        let header = StoredPartition.Header(
            position: -1, observedAt: .epoch, proven: false, pages: 0, rowCount: 0)
        return StoredPartition(
            id: db.lastInsertedRowID, header: header, digests: [:], missed: [:], rows: [])
    }

    /// Writes the partition's own row, if anything in it changed.
    private func writeHeader(
        _ header: StoredPartition.Header, of name: String, to stored: inout StoredPartition
    ) throws {
        guard stored.header != header else { return }
        try db.execute(
            sql: """
                UPDATE partitions
                SET position = ?, observed_at = ?, proven = ?, pages = ?, row_count = ?, checksum = ?
                WHERE id = ?
                """,
            arguments: [
                header.position, header.observedMicroseconds, header.proven, header.pages, header.rowCount,
                header.checksum(source: source, partition: name, id: stored.id), stored.id,
            ])
        try requireOneChange()
        stored.header = header
    }

    private func requireOneChange() throws {
        guard db.changesCount == 1 else { throw OtherContent() }
    }
}

/// The rows of a partition.
extension ListWriting {
    private func writeRows(of partition: PartitionState<ModelDeployment>, to stored: inout StoredPartition)
        throws
    {
        if partition.rows.isSameStorage(as: stored.rows) {
            if partition.missed != stored.missed { try markRows(of: partition, in: stored) }
        } else {
            try writeChanges(of: partition, to: &stored)
        }
        stored.missed = partition.missed
        stored.rows = partition.rows
    }

    private func writeChanges(of partition: PartitionState<ModelDeployment>, to stored: inout StoredPartition)
        throws
    {
        var digests: [VersionKey: Int] = Dictionary(minimumCapacity: partition.rows.count)
        for row in partition.rows {
            let key = VersionKey(row)
            guard digests[key] == nil else { continue }
            let text = RowText(row)
            let missed = partition.missed[key] ?? 0
            let digest = text.digest
            digests[key] = digest
            if stored.digests[key] == digest {
                try mark(key, digest, of: stored, missed: missed)
                continue
            }
            if stored.digests[key] != nil { try remove(key, of: stored) }
            let checksum = RowText.checksum(of: digest, partition: stored.id, missed: missed)
            try insert.execute(
                arguments: [
                    stored.id, key.uid, key.version, missed, text.record, text.history, text.native, checksum,
                ])
            try requireOneChange()
        }
        for key in stored.digests.keys where digests[key] == nil { try remove(key, of: stored) }
        stored.digests = digests
    }

    private func markRows(of partition: PartitionState<ModelDeployment>, in stored: StoredPartition) throws {
        for row in partition.rows {
            let key = VersionKey(row)
            guard let digest = stored.digests[key] else { throw OtherContent() }
            try mark(key, digest, of: stored, missed: partition.missed[key] ?? 0)
        }
    }

    private func mark(_ key: VersionKey, _ digest: Int, of stored: StoredPartition, missed: Int) throws {
        guard stored.missed[key] ?? 0 != missed else { return }
        let checksum = RowText.checksum(of: digest, partition: stored.id, missed: missed)
        try markMissed.execute(arguments: [missed, checksum, stored.id, key.uid, key.version])
        try requireOneChange()
    }

    private func remove(_ key: VersionKey, of stored: StoredPartition) throws {
        try delete.execute(arguments: [stored.id, key.uid, key.version])
        try requireOneChange()
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
