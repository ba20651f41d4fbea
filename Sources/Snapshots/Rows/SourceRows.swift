package import Deployments
package import Wire

/// The rows of one source, encoded once: immutable, and shared by every snapshot until the source changes.
package final class SourceRows: Sendable {
    package let source: SourceDescription
    /// The kind of the records.
    package let schema: RecordSchema
    /// All versions, by uid and then version, no pair twice; facts that need the whole list are filled in.
    package let rows: RowTable
    /// How many rows are the current version of their uid.
    package let currentCount: Int
    /// True where the current version of any record is in transition.
    package let isInTransition: Bool
    /// What all this takes in memory, by estimate and without indexes: a record's strings stand once in it and once in
    /// its JSON, and the rest of it takes no more than the names in that.
    package let byteCount: Int
    /// Indexes that queries have asked for so far.
    private let indexes: FieldIndexes
    /// The JSON of each of the rows' pieces.
    private let encoded: [EncodedRows]
    /// The members that stand alike in all rows' JSON: some hundred bytes that none of them has of its own.
    private let encodedSource: ArraySlice<UInt8>
    private let fingerprints = RowFingerprints()

    private init<Storage: RowStorage>(
        source: SourceDescription, _ storage: Storage, order: [Int], currentCount: Int,
        encoded: [EncodedRows], indexes: FieldIndexes
    ) {
        self.source = source
        schema = Storage.Row.table.schema
        rows = RowTable(storage, order: order)
        self.currentCount = currentCount
        self.encoded = encoded
        self.indexes = indexes
        isInTransition = encoded.contains { $0.isInTransition }
        byteCount = encoded.reduce(0) { $0 + $1.byteCount }
        // As they stand behind another member.
        var json = JSONWriter()
        json.open("{")
        let empty = Storage.Row(uid: "", of: SharedSource(source))
        Storage.Row.forms.uid.writeMembers(of: empty, to: &json)
        let start = json.bytes.count
        Storage.Row.forms.source.writeMembers(of: empty, to: &json)
        encodedSource = json.bytes[start...]
    }

    /// The row of a uid's current version; nil where there is none.
    package func currentRow(ofUID uid: String) -> Int? {
        let next = rows.indices.partitionPoint { ByteComparison(rows.uid($0), uid) == .after }
        // The last of its uid has the highest version.
        return next > 0 && rows.uid(next - 1) == uid ? next - 1 : nil
    }

    /// The names of the fields, and of what was grouped by, that have an index by now.
    package var indexed: Set<String> { indexes.names }

    /// The rows by a field's values, made at first use; the list is not empty.
    func index(of field: Field) -> FieldIndex { index(of: FieldAccessor(field)) }

    func index(of accessor: FieldAccessor) -> FieldIndex { indexes.index(of: accessor, over: rows) }

    /// How many of these rows' keys `newer` has not.
    package func count(missingFrom newer: SourceRows?) -> Int {
        newer.map { rows.count(missingFrom: $0.rows) } ?? rows.count
    }

    /// True where both hold the same rows, history and native records included.
    package func hasSameRows(as other: SourceRows) -> Bool {
        self === other || (source == other.source && rows.isSame(as: other.rows))
    }

    /// Appends a record's JSON, as it was encoded; with `including`, those members before its closing brace.
    package func write(row index: Int, including: Set<Include>, to json: inout JSONWriter) {
        let location = rows.location(of: index)
        let row = encoded[location.piece][location.index]
        json.encoded(row.uid)
        json.encodedMore(encodedSource)
        json.encodedMore(row.rest)
        if !including.isEmpty { rows.storage.writeIncluded(including, at: location, to: &json) }
        json.close("}")
    }

    /// Lends the bytes that ``write(row:including:to:)`` copies, part by part, but for the included members' names.
    package func withBytes(ofRow index: Int, including: Set<Include>, _ body: (ArraySlice<UInt8>) -> Void) {
        let location = rows.location(of: index)
        let row = encoded[location.piece][location.index]
        body(row.uid)
        body(encodedSource)
        body(row.rest)
        for member in Include.allCases where including.contains(member) {
            if let bytes = rows.storage.included(member, at: location) { body(bytes[...]) }
        }
    }

    /// A hash of what ``withBytes(ofRow:including:_:)`` lends, for each row: the same in every process.
    func fingerprints(including: Set<Include>) -> [UInt64] {
        fingerprints.values(including: including) {
            rows.indices.map { row in
                var fingerprint = Fingerprint()
                withBytes(ofRow: row, including: including) { fingerprint.add($0) }
                return fingerprint.hash
            }
        }
    }
}

/// How rows are made; a kind of record offers these for its own storage, see ``DeploymentRows``.
extension SourceRows {
    /// Settles and encodes every row; of rows with one uid and version the first stays.
    package convenience init<Storage: RowStorage>(
        _: Storage.Type, source: SourceDescription, listed: [Storage.Row]
    ) {
        let keys = RowKeys(of: listed[...])
        let settlement = Storage.Row.Settlement(of: listed, order: keys.order, beginsUID: keys.beginsUID)
        let pieces = RowLocation.ranges(of: listed.count).map { settlement.settle(listed[$0]) }
        self.init(
            source: source, Storage(pieces: pieces), order: keys.order,
            currentCount: settlement.currentCount, encoded: pieces.map { EncodedRows($0) },
            indexes: FieldIndexes())
    }

    /// The rows of a new list; the old object itself where they are the same, so that nothing is encoded again.
    ///
    /// Works on every core: this is most of the time between a list's last page and its answer. The indexes that
    /// the old rows' readers have used are made here, so that no reader of the new ones waits for that.
    @concurrent
    package static func updating<Storage: RowStorage>(
        _: Storage.Type, _ old: SourceRows?, source: SourceDescription, listed: [Storage.Row]
    ) async -> SourceRows {
        let keys = await RowKeys.concurrent(of: listed)
        let settlement = Storage.Row.Settlement(of: listed, order: keys.order, beginsUID: keys.beginsUID)
        let pieces = await concurrentMap(RowLocation.ranges(of: listed.count)) {
            settlement.settle(listed[$0])
        }
        let storage = Storage(pieces: pieces)
        let rows = RowTable(storage, order: keys.order)
        if let old, old.source == source, rows.isSame(as: old.rows) { return old }
        let encoded = await concurrentMap(pieces) { EncodedRows($0) }
        let indexes = await old?.indexes.renewed(over: rows) ?? FieldIndexes()
        return SourceRows(
            source: source, storage, order: keys.order, currentCount: settlement.currentCount,
            encoded: encoded, indexes: indexes)
    }
}
