import Deployments
import GRDB

/// Writes what is stored of one source within a transaction: its lists, its request counts, its account.
struct SourceWriting {
    private let source: String
    private let db: Database

    init(db: Database, source: String) {
        self.db = db
        self.source = source
    }

    /// Writes the lists; `before` is the file's content for the source, or nil if that is unknown.
    ///
    /// - Returns: The file's content for the source once the transaction is committed.
    /// - Throws: ``OtherContent`` where `before` is not what the file holds, else SQLite's error.
    func write(_ lists: SourceLists, over before: StoredSource?) throws -> StoredSource {
        var after = StoredSource()
        after.deployments = try ListWriting(db: db, source: source)
            .write(lists.partitions, over: before?.deployments)
        after.providers = try ListWriting(db: db, source: source)
            .write(lists.providers, over: before?.providers)
        after.lookups = try ListWriting(db: db, source: source)
            .write(lists.lookups, over: before?.lookups)
        try write(lists.sent)
        try write(lists.credentialDigest)
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
        let count = try db.cachedStatement(
            sql: """
                INSERT INTO requests (source, minute, count, lookups, checksum) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET
                    count = excluded.count, lookups = excluded.lookups, checksum = excluded.checksum
                WHERE count != excluded.count OR lookups != excluded.lookups
                    OR checksum != excluded.checksum
                """)
        for minute in minutes {
            try count.execute(
                arguments: [
                    source, minute.number, minute.count, minute.lookups, minute.checksum(source: source),
                ])
        }
    }
}
