import Deployments
import GRDB
import Wire

/// The complete content of the file, without what its checksums show to be damaged.
///
/// A row whose checksum is wrong is left out, and its list then counts as incomplete. A partition whose header
/// is wrong is left out with its rows, since nothing is known of their owner or age; the source then lacks the
/// partition's list, and says so.
struct LoadedLists: Sendable {
    private(set) var lists: [SourceLists] = []
    private(set) var stored: [String: StoredSource] = [:]
    private(set) var damage = Damage()

    /// The number of things left out, for the log.
    struct Damage: Sendable, Equatable {
        /// Rows of lists that are there otherwise.
        var rows = 0
        /// Partitions without a list.
        var partitions = 0
        /// Minutes whose request counts are unknown.
        var counts = 0
        /// Sources of which it is not known with whose credentials they were listed.
        var accounts = 0
    }

    /// The content of a file without tables, which could not be written to yet.
    init() {}

    init(from db: Database) throws {
        // A file of an earlier release has no checksums until the disk has room for the migration.
        let isChecked = try db.columns(in: "partitions").contains { $0.name == "checksum" }
        var damaged: Set<String> = []
        try read(\.partitions, \.deployments, isChecked: isChecked, from: db, &damaged)
        // A file of an earlier release lacks this table, and the next ones, until the disk has room.
        if try db.tableExists(ModelProvider.tables.partitions) {
            try read(\.providers, \.providers, isChecked: true, from: db, &damaged)
        }
        if try db.tableExists(LookupEntry.tables.partitions) {
            try read(\.lookups, \.lookups, isChecked: true, from: db, &damaged)
        }
        // The next save of these sources writes them in full, which removes what is damaged.
        for source in damaged { stored[source] = nil }
        if try db.tableExists("requests") { try readRequests(isChecked: isChecked, from: db) }
        if try db.tableExists("accounts") { try readAccounts(from: db) }
    }

    /// Reads the lists of one kind of every source; adds the names of sources with damaged ones to `damaged`.
    private mutating func read<Kind: StoredRecord>(
        _ list: WritableKeyPath<SourceLists, [PartitionState<Kind>]>,
        _ content: WritableKeyPath<StoredSource, [String: StoredPartition<Kind>]>, isChecked: Bool,
        from db: Database, _ damaged: inout Set<String>
    ) throws {
        let partitions = try Row.fetchAll(
            db,
            sql: """
                SELECT id, source, partition, position, observed_at, proven, pages\
                \(isChecked ? ", row_count, checksum" : "") FROM \(Kind.tables.partitions)
                ORDER BY source, position
                """)
        for row in partitions {
            let (source, name): (String, String) = (row[1], row[2])
            let partition: (content: StoredPartition<Kind>, isSound: Bool)? = try readPartition(
                row, isChecked: isChecked, in: db)
            if let partition, partition.isSound {
                stored[source, default: StoredSource()][keyPath: content][name] = partition.content
            } else {
                damaged.insert(source)
            }
            guard let partition = partition?.content else { continue }
            let index = index(of: source)
            lists[index][keyPath: list].append(
                PartitionState(
                    partition: name, observedAt: partition.header.observedAt,
                    proven: partition.header.proven, pages: partition.header.pages, rows: partition.rows,
                    missed: partition.missed))
        }
    }

    /// The index of a source's lists, which are added if there are none yet.
    private mutating func index(of source: String) -> Int {
        if lists.last?.source == source { return lists.count - 1 }
        if let index = lists.firstIndex(where: { $0.source == source }) { return index }
        lists.append(SourceLists(source: source, partitions: []))
        return lists.count - 1
    }

    /// Reads whose lists they are: lists whose digest is damaged belong to no credentials.
    private mutating func readAccounts(from db: Database) throws {
        let rows = try Row.fetchAll(db, sql: "SELECT source, credentials, checksum FROM accounts")
        let accounts = Dictionary(uniqueKeysWithValues: rows.map { ($0[0] as String, $0) })
        for index in lists.indices {
            let source = lists[index].source
            guard let row = accounts[source] else { continue }
            let account = StoredAccount(credentials: row[1])
            let isSound = row[2] == account.checksum(source: source)
            let digest = isSound ? CredentialDigest(text: account.credentials) : nil
            if digest == nil { damage.accounts += 1 }
            lists[index].credentialDigest = digest ?? .ofNothing
        }
    }

    private mutating func readRequests(isChecked: Bool, from db: Database) throws {
        // A file of an earlier release lacks this column until the disk has room for the migration.
        let hasLookups = try db.columns(in: "requests").contains { $0.name == "lookups" }
        let minutes = try Row.fetchAll(
            db,
            sql: """
                SELECT source, minute, count, \(hasLookups ? "lookups" : "0")\(isChecked ? ", checksum" : "")
                FROM requests ORDER BY source, minute
                """)
        for row in minutes {
            let source: String = row[0]
            let minute = StoredMinute(number: row[1], count: row[2], lookups: row[3])
            guard !isChecked || row[4] == minute.checksum(source: source) else {
                damage.counts += 1
                continue
            }
            guard let sent = minute.sent else { continue }
            let index = index(of: source)
            lists[index].sent.append(sent)
        }
    }

    /// Reads a partition; nil if its header is damaged.
    private mutating func readPartition<Kind: StoredRecord>(
        _ row: Row, isChecked: Bool, in db: Database
    ) throws -> (content: StoredPartition<Kind>, isSound: Bool)? {
        let id: Int64 = row[0]
        var header = StoredHeader(
            position: row[3], observedAt: Timestamp.epoch.advanced(by: .microseconds(row[4] as Int64)),
            proven: row[5], pages: row[6], rowCount: 0)
        if isChecked {
            header.rowCount = row[7]
            guard row[8] == header.checksum(source: row[1], partition: row[2], id: id) else {
                damage.partitions += 1
                return nil
            }
        }
        var partition = StoredPartition<Kind>(id: id, header: header, digests: [:], missed: [:], rows: [])
        let damagedBefore = damage.rows
        try readRows(of: &partition, isChecked: isChecked, in: db)
        if isChecked, damage.rows == damagedBefore {
            damage.rows += abs(header.rowCount - partition.rows.count)
        }
        let isSound = damage.rows == damagedBefore
        if !isSound { partition.header.proven = false }
        return (partition, isSound)
    }

    private mutating func readRows<Kind: StoredRecord>(
        of partition: inout StoredPartition<Kind>, isChecked: Bool, in db: Database
    ) throws {
        let cursor = try Row.fetchCursor(
            db,
            sql: """
                SELECT uid, version, missed, record, history, native\(isChecked ? ", checksum" : "")
                FROM \(Kind.tables.rows) WHERE partition = ? ORDER BY id
                """,
            arguments: [partition.id])
        while let row = try cursor.next() {
            let text = RowText(
                uid: row[0], version: row[1], record: row[3], history: row[4], native: row[5])
            let missed: Int = row[2]
            let digest = text.digest
            let checksum = RowText.checksum(of: digest, partition: partition.id, missed: missed)
            guard !isChecked || row[6] == checksum,
                var record = Kind(encoded: Array(text.record.utf8))
            else {
                damage.rows += 1
                continue
            }
            record.complete(from: text)
            let key = VersionKey(record)
            partition.digests[key] = digest
            if missed > 0 { partition.missed[key] = missed }
            partition.rows.append(record)
        }
    }
}
