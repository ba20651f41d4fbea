import Deployments
import GRDB
import Wire

/// One record as the file holds it.
struct StoredAuditRecord {
    static let columns = "id, at, token, key, record, digest, patch, size, checksum"

    let record: AuditRecord
    private let json: String
    private let patch: String?

    init(_ record: AuditRecord) {
        self.record = record
        json = String(decoding: record.encoded(), as: UTF8.self)
        patch = record.patch.map { String(decoding: $0.encoded(), as: UTF8.self) }
    }

    /// Reads a row of ``columns``; nil if it is damaged.
    init?(_ row: Row) {
        guard let json = String.fromDatabaseValue(row[4]),
            var record = AuditRecord(encoded: Array(json.utf8))
        else { return nil }
        record.requestDigest = String.fromDatabaseValue(row[5])
        patch = String.fromDatabaseValue(row[6])
        record.patch = patch.flatMap { UpdatePatch(encoded: Array($0.utf8)) }
        self.json = json
        self.record = record
        guard row[8] == checksum, (patch == nil) == (record.patch == nil) else { return nil }
    }

    /// Writes the record over the one with the same id, or as a new one.
    func write(to db: Database) throws {
        let holdsKey = record.holdsKey(at: record.at)
        try db.execute(
            sql: """
                INSERT INTO records (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET token = excluded.token, key = excluded.key,
                    record = excluded.record, digest = excluded.digest, patch = excluded.patch,
                    size = excluded.size, checksum = excluded.checksum
                """,
            arguments: [
                record.id, record.at.microseconds, holdsKey ? record.actor.token : nil,
                holdsKey ? record.idempotencyKey : nil, json, record.requestDigest, patch, size, checksum,
            ])
    }

    /// The bytes of what the file holds of it.
    private var size: Int {
        json.utf8.count + (patch?.utf8.count ?? 0) + (record.requestDigest?.utf8.count ?? 0)
    }

    private var checksum: Int64 {
        var hash = FNV1a()
        for part in [json, record.requestDigest, patch] {
            hash.add(utf8: part ?? "null")
            hash.add(0)
        }
        return Int64(bitPattern: hash.hash)
    }
}
