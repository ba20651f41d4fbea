import Deployments
import GRDB
import Wire

/// The complete content of the file.
struct LoadedLists: Sendable {
    private(set) var lists: [SourceLists] = []
    private(set) var stored: [String: [String: StoredPartition]] = [:]
    /// The number of rows left out because their JSON is not a record.
    private(set) var unreadable = 0

    /// The content of a file without tables, which could not be written to yet.
    init() {}

    init(from db: Database) throws {
        var damaged: Set<String> = []
        let partitions = try Row.fetchAll(
            db,
            sql: """
                SELECT id, source, partition, position, observed_at, proven, pages FROM partitions
                ORDER BY source, position
                """)
        for row in partitions {
            let (source, name): (String, String) = (row[1], row[2])
            let header = StoredPartition.Header(
                position: row[3], observedAt: Timestamp.epoch.advanced(by: .microseconds(row[4] as Int64)),
                proven: row[5], pages: row[6])
            let unreadableBefore = unreadable
            let partition = try rows(
                of: StoredPartition(id: row[0], header: header, digests: [:], missed: [:], rows: []), in: db)
            if unreadable == unreadableBefore {
                stored[source, default: [:]][name] = partition
            } else {
                damaged.insert(source)
            }
            if lists.last?.source != source { lists.append(SourceLists(source: source, partitions: [])) }
            lists[lists.count - 1].partitions.append(
                PartitionState(
                    partition: name, observedAt: header.observedAt, proven: partition.header.proven,
                    pages: header.pages, rows: partition.rows, missed: partition.missed))
        }
        // The next save of these sources writes them in full, which removes the unreadable rows.
        for source in damaged { stored[source] = nil }
        // A file of an earlier release lacks this table until the disk has room for the migration.
        if try db.tableExists("requests") { try readRequests(from: db) }
    }

    private mutating func readRequests(from db: Database) throws {
        let indices = Dictionary(uniqueKeysWithValues: lists.indices.map { (lists[$0].source, $0) })
        let minutes = try Row.fetchAll(
            db, sql: "SELECT source, minute, count FROM requests ORDER BY source, minute")
        for row in minutes {
            let source: String = row[0]
            guard let sent = SentRequests(minuteNumber: row[1], count: row[2]) else { continue }
            if indices[source] == nil, lists.last?.source != source {
                lists.append(SourceLists(source: source, partitions: []))
            }
            lists[indices[source] ?? lists.count - 1].sent.append(sent)
        }
    }

    private mutating func rows(of empty: StoredPartition, in db: Database) throws -> StoredPartition {
        var partition = empty
        let cursor = try Row.fetchCursor(
            db,
            sql: """
                SELECT uid, version, missed, record, history, native FROM deployments
                WHERE partition = ? ORDER BY id
                """,
            arguments: [partition.id])
        while let row = try cursor.next() {
            let text = RowText(record: row[3], history: row[4], native: row[5])
            guard var deployment = ModelDeployment(encoded: Array(text.record.utf8)) else {
                unreadable += 1
                partition.header.proven = false
                continue
            }
            // The columns are exact; numbers in JSON may be rounded.
            deployment.uid = row[0]
            deployment.version = row[1]
            let key = VersionKey(deployment)
            partition.digests[key] = text.digest
            let missed: Int = row[2]
            if missed > 0 { partition.missed[key] = missed }
            partition.rows.append(
                deployment.replacing(
                    history: text.history.map { Array($0.utf8) },
                    native: text.native.map { Array($0.utf8) }))
        }
        return partition
    }
}
