import Deployments
import Wire

/// One row as it is stored in the table: its key, and the texts of which it is made.
struct RowText {
    var uid: String
    var version: Int?
    var record: String
    var history: String?
    var native: String?

    /// A hash of the key and of the texts' bytes; the same in every process and release.
    var digest: Int {
        var fnv = FNV1a()
        fnv.add(part: uid)
        fnv.add(number: version ?? 0)
        fnv.add(version == nil ? 0 : 1)
        for text in [record, history, native] { fnv.add(part: text) }
        return Int(truncatingIfNeeded: fnv.hash)
    }

    /// The checksum that stands beside a row: of its digest, its partition and its count of misses.
    static func checksum(of digest: Int, partition: Int64, missed: Int) -> Int64 {
        var fnv = FNV1a()
        for number in [digest, Int(partition), missed] { fnv.add(number: number) }
        return Int64(truncatingIfNeeded: fnv.hash)
    }
}

extension RowText {
    init(_ row: some StoredRecord) {
        self.init(
            uid: row.uid, version: row.version,
            record: String(decoding: row.encoded(), as: UTF8.self),
            history: row.included(.history).map { String(decoding: $0, as: UTF8.self) },
            native: row.included(.native).map { String(decoding: $0, as: UTF8.self) })
    }
}

extension FNV1a {
    /// Adds a text and a mark of its end, or only the mark of an absent text; no UTF-8 text has either mark.
    mutating func add(part text: String?) {
        if let text { add(utf8: text) }
        add(text == nil ? 0xFE : 0xFF)
    }

    /// Adds a number, lowest byte first.
    mutating func add(number: Int) {
        for shift in stride(from: 0, to: 64, by: 8) { add(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}
