import Deployments
import GRDB
import Wire

/// An error: the file's content is not what was saved or loaded before.
struct OtherContent: Error {}

/// Writes one list of a source within a transaction: only its differences from the file's content.
///
/// Every statement that must change one row is checked to have changed one: what is written over the content
/// that the store remembers is worth nothing where the file holds another.
struct ListWriting<Row: StoredRecord> {
    private let source: String
    private let db: Database
    private let insert: Statement
    private let delete: Statement
    private let markMissed: Statement
    private let partitions = Row.tables.partitions

    init(db: Database, source: String) throws {
        self.db = db
        self.source = source
        let rows = Row.tables.rows
        insert = try db.cachedStatement(
            sql: """
                INSERT INTO \(rows) (partition, uid, version, missed, record, history, native, checksum)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
        delete = try db.cachedStatement(
            sql: "DELETE FROM \(rows) WHERE partition = ? AND uid = ? AND version IS ?")
        markMissed = try db.cachedStatement(
            sql: """
                UPDATE \(rows) SET missed = ?, checksum = ?
                WHERE partition = ? AND uid = ? AND version IS ?
                """)
    }

    /// Writes a list; `before` is the file's content for it, or nil if that is unknown.
    ///
    /// - Returns: The file's content for the list once the transaction is committed.
    /// - Throws: ``OtherContent`` where `before` is not what the file holds, else SQLite's error.
    func write(
        _ list: [PartitionState<Row>], over before: [String: StoredPartition<Row>]?
    ) throws -> [String: StoredPartition<Row>] {
        if let before {
            let names = Set(list.map(\.partition))
            for (name, partition) in before where !names.contains(name) {
                try db.execute(sql: "DELETE FROM \(partitions) WHERE id = ?", arguments: [partition.id])
                try requireOneChange()
            }
        } else {
            try db.execute(sql: "DELETE FROM \(partitions) WHERE source = ?", arguments: [source])
        }
        var after: [String: StoredPartition<Row>] = [:]
        for (position, partition) in list.enumerated() where after[partition.partition] == nil {
            let name = partition.partition
            var stored = try before?[name] ?? insertPartition(name)
            try writeRows(of: partition, to: &stored)
            let header = StoredHeader(partition, position: position, rowCount: stored.digests.count)
            try writeHeader(header, of: name, to: &stored)
            after[name] = stored
        }
        return after
    }

    /// Inserts the partition's own row; ``writeHeader(_:of:to:)`` completes it once its rows are known.
    private func insertPartition(_ name: String) throws -> StoredPartition<Row> {
        try db.execute(
            sql: """
                INSERT INTO \(partitions) (source, partition, position, observed_at, proven, pages, row_count)
                VALUES (?, ?, -1, 0, 0, 0, 0)
                """,
            arguments: [source, name])
        try requireOneChange()
        let header = StoredHeader(position: -1, observedAt: .epoch, proven: false, pages: 0, rowCount: 0)
        return StoredPartition(
            id: db.lastInsertedRowID, header: header, digests: [:], missed: [:], rows: [])
    }

    /// Writes the partition's own row, if anything in it changed.
    private func writeHeader(
        _ header: StoredHeader, of name: String, to stored: inout StoredPartition<Row>
    ) throws {
        guard stored.header != header else { return }
        try db.execute(
            sql: """
                UPDATE \(partitions)
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
    private func writeRows(of partition: PartitionState<Row>, to stored: inout StoredPartition<Row>)
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

    private func writeChanges(of partition: PartitionState<Row>, to stored: inout StoredPartition<Row>)
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

    private func markRows(of partition: PartitionState<Row>, in stored: StoredPartition<Row>) throws {
        for row in partition.rows {
            let key = VersionKey(row)
            guard let digest = stored.digests[key] else { throw OtherContent() }
            try mark(key, digest, of: stored, missed: partition.missed[key] ?? 0)
        }
    }

    private func mark(_ key: VersionKey, _ digest: Int, of stored: StoredPartition<Row>, missed: Int) throws {
        guard stored.missed[key] ?? 0 != missed else { return }
        let checksum = RowText.checksum(of: digest, partition: stored.id, missed: missed)
        try markMissed.execute(arguments: [missed, checksum, stored.id, key.uid, key.version])
        try requireOneChange()
    }

    private func remove(_ key: VersionKey, of stored: StoredPartition<Row>) throws {
        try delete.execute(arguments: [stored.id, key.uid, key.version])
        try requireOneChange()
    }
}

extension Array where Element: StoredRecord {
    /// True if both are the same array in memory; a cheap check, never true for different arrays while both
    /// are retained.
    fileprivate func isSameStorage(as other: [Element]) -> Bool {
        withUnsafeBufferPointer { mine in
            other.withUnsafeBufferPointer { mine.baseAddress == $0.baseAddress && mine.count == $0.count }
        }
    }
}
