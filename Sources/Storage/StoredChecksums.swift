import Deployments
import GRDB
import Wire

/// The checksums of rows that an earlier release stored without: written once, over what the file then holds.
enum StoredChecksums {
    static func write(to db: Database) throws {
        db.add(function: rowChecksum)
        defer { db.remove(function: rowChecksum) }
        try db.execute(
            sql: """
                UPDATE deployments SET checksum =
                    rollcall_checksum(partition, missed, uid, version, record, history, native);
                UPDATE partitions SET row_count =
                    (SELECT count(*) FROM deployments WHERE deployments.partition = partitions.id);
                """)
        for id in try Int64.fetchAll(db, sql: "SELECT id FROM partitions") {
            try writePartition(id, of: ModelDeployment.tables, in: db)
        }
        for row in try Row.fetchAll(db, sql: "SELECT source, minute, count FROM requests") {
            try writeMinute(row, in: db)
        }
    }

    /// Moves what is stored of a source to another key, which has nothing yet; leaves out what is damaged.
    static func rename(_ old: String, to new: String, in db: Database) throws {
        for tables in StoredTables.all {
            let partitions = try Row.fetchAll(
                db, sql: "SELECT \(partitionColumns) FROM \(tables.partitions) WHERE source = ?",
                arguments: [old])
            for row in partitions where row[8] == checksum(ofPartition: row) {
                let id: Int64 = row[0]
                try db.execute(
                    sql: "UPDATE \(tables.partitions) SET source = ? WHERE id = ?", arguments: [new, id])
                try writePartition(id, of: tables, in: db)
            }
        }
        let minutes = try Row.fetchAll(
            db, sql: "SELECT source, minute, count, lookups, checksum FROM requests WHERE source = ?",
            arguments: [old])
        for row in minutes where row[4] == checksum(ofMinute: row, lookups: row[3]) {
            let number: Int64 = row[1]
            try db.execute(
                sql: "UPDATE requests SET source = ? WHERE source = ? AND minute = ?",
                arguments: [new, old, number])
            let moved = try Row.fetchOne(
                db,
                sql: "SELECT source, minute, count, lookups FROM requests WHERE source = ? AND minute = ?",
                arguments: [new, number])
            if let moved { try writeMinute(moved, lookups: moved[3], in: db) }
        }
        try renameAccount(old, to: new, in: db)
    }

    /// Moves the digest of a source's credentials; where it is damaged it stays so.
    private static func renameAccount(_ old: String, to new: String, in db: Database) throws {
        let row = try Row.fetchOne(
            db, sql: "SELECT credentials, checksum FROM accounts WHERE source = ?", arguments: [old])
        guard let row else { return }
        let account = StoredAccount(credentials: row[0])
        let isSound = row[1] == account.checksum(source: old)
        try db.execute(
            sql: "UPDATE accounts SET source = ?, checksum = ? WHERE source = ?",
            arguments: [new, isSound ? account.checksum(source: new) : row[1] as Int64, old])
    }

    private static let partitionColumns =
        "id, source, partition, position, observed_at, proven, pages, row_count, checksum"

    /// The right checksum of a row with the ``partitionColumns``.
    private static func checksum(ofPartition row: Row) -> Int64 {
        StoredHeader(row).checksum(source: row[1], partition: row[2], id: row[0])
    }

    /// The right checksum of a row that begins with source, minute and count.
    private static func checksum(ofMinute row: Row, lookups: Int = 0) -> Int64 {
        StoredMinute(number: row[1], count: row[2], lookups: lookups).checksum(source: row[0])
    }

    /// Gives a partition's own row the checksum of its content.
    private static func writePartition(_ id: Int64, of tables: StoredTables, in db: Database) throws {
        let row = try Row.fetchOne(
            db, sql: "SELECT \(partitionColumns) FROM \(tables.partitions) WHERE id = ?", arguments: [id])
        guard let row else { throw OtherContent() }
        try db.execute(
            sql: "UPDATE \(tables.partitions) SET checksum = ? WHERE id = ?",
            arguments: [checksum(ofPartition: row), id])
    }

    /// Gives a row of the table of requests the checksum of its content.
    private static func writeMinute(_ row: Row, lookups: Int = 0, in db: Database) throws {
        try db.execute(
            sql: "UPDATE requests SET checksum = ? WHERE source = ? AND minute = ?",
            arguments: [checksum(ofMinute: row, lookups: lookups), row[0] as String, row[1] as Int64])
    }

    private static let rowChecksum = DatabaseFunction(
        "rollcall_checksum", argumentCount: 7, pure: true
    ) { values in
        let text = RowText(
            uid: String.fromDatabaseValue(values[2]) ?? "", version: Int.fromDatabaseValue(values[3]),
            record: String.fromDatabaseValue(values[4]) ?? "",
            history: String.fromDatabaseValue(values[5]), native: String.fromDatabaseValue(values[6]))
        return RowText.checksum(
            of: text.digest, partition: Int64.fromDatabaseValue(values[0]) ?? 0,
            missed: Int.fromDatabaseValue(values[1]) ?? 0)
    }
}

extension StoredHeader {
    /// Reads a row: id, source, partition, position, observed_at, proven, pages, row_count.
    fileprivate init(_ row: Row) {
        self.init(
            position: row[3], observedAt: Timestamp.epoch.advanced(by: .microseconds(row[4] as Int64)),
            proven: row[5], pages: row[6], rowCount: row[7])
    }
}
