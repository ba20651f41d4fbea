import Deployments
import Wire

/// The file's content for one partition, as far as the next save needs it.
struct StoredPartition<Row: Record>: Sendable {
    /// The id of its row in the table of partitions.
    var id: Int64
    var header: StoredHeader
    /// Each row's ``RowText/digest``.
    var digests: [VersionKey: Int]
    var missed: [VersionKey: Int]
    /// The rows themselves, so that the same array is recognized by its address in memory.
    var rows: [Row]
}

/// A partition's own row, without its names.
struct StoredHeader: Sendable, Equatable {
    var position: Int
    var observedAt: Timestamp
    var proven: Bool
    var pages: Int
    /// The number of its rows in the table of deployments.
    var rowCount: Int

    /// The stored form of ``observedAt``: microseconds since 1970.
    var observedMicroseconds: Int64 { observedAt.since(.epoch).microseconds }

    /// The checksum that stands beside the header, which also covers the names and the id.
    func checksum(source: String, partition: String, id: Int64) -> Int64 {
        var fnv = FNV1a()
        fnv.add(part: source)
        fnv.add(part: partition)
        for number in [Int(id), position, Int(observedMicroseconds), proven ? 1 : 0, pages, rowCount] {
            fnv.add(number: number)
        }
        return Int64(truncatingIfNeeded: fnv.hash)
    }
}

extension StoredHeader {
    init(_ partition: PartitionState<some Record>, position: Int, rowCount: Int) {
        self.init(
            position: position, observedAt: partition.observedAt, proven: partition.proven,
            pages: partition.pages, rowCount: rowCount)
    }
}

/// One row of the table of accounts.
struct StoredAccount {
    /// The ``CredentialDigest/text`` of a digest.
    var credentials: String

    /// The checksum that stands beside the digest.
    func checksum(source: String) -> Int64 {
        var fnv = FNV1a()
        fnv.add(part: source)
        fnv.add(part: credentials)
        return Int64(truncatingIfNeeded: fnv.hash)
    }
}

extension StoredAccount {
    init(_ digest: CredentialDigest) { self.init(credentials: digest.text) }
}

/// One row of the table of requests.
struct StoredMinute {
    /// Minutes since 1970.
    var number: Int64
    var count: Int
    /// The lookups among them.
    var lookups = 0

    /// The checksum that stands beside the count.
    func checksum(source: String) -> Int64 {
        var fnv = FNV1a()
        fnv.add(part: source)
        fnv.add(number: Int(number))
        fnv.add(number: count)
        // An earlier release's checksum stays right.
        if lookups != 0 { fnv.add(number: lookups) }
        return Int64(truncatingIfNeeded: fnv.hash)
    }
}

extension StoredMinute {
    private static let length: Int64 = 60_000_000

    init(_ sent: SentRequests) {
        self.init(
            number: sent.minute.since(.epoch).microseconds / Self.length, count: sent.count,
            lookups: sent.lookups)
    }

    /// The count as the ledger takes it; nil if one of the numbers is out of range.
    var sent: SentRequests? {
        guard (0...1 << 32).contains(number), (1...1 << 32).contains(count) else { return nil }
        return SentRequests(
            minute: .epoch.advanced(by: .seconds(60 * number)), count: count,
            lookups: min(max(0, lookups), count))
    }
}
