package import Deployments
package import Wire

/// The rows of one source, encoded once: immutable, and shared by every snapshot until the source changes.
package final class SourceRows: Sendable {
    /// The source.
    package let source: SourceDescription
    /// The kind of the records.
    package let schema: RecordSchema
    /// All versions, ordered by uid and then version, each pair once; facts that need the whole list are
    /// filled in.
    package let rows: RowTable
    /// The number of rows that are the current version of their uid.
    package let currentCount: Int
    /// True if the current version of any record is in transition.
    package let isInTransition: Bool
    /// The fields that could not be read, with the numbers of their rows; computed when the rows are encoded.
    let unread: UnreadRows
    /// The fields that depend on a lookup which is pending or has failed, with the numbers of their rows.
    let lookups: UnreadRows
    /// The estimated memory of the rows in bytes, without indexes.
    ///
    /// A record's strings are stored in the record and again in its JSON. The rest of the record is assumed
    /// to take no more memory than the member names in the JSON.
    package let byteCount: Int
    /// The indexes that queries have needed so far.
    private let indexes: FieldIndexes
    /// The JSON of each piece of the rows.
    private let encoded: [EncodedRows]
    private let fingerprints = RowFingerprints()
    /// The facts about the source that are on the rows, each once: one element, unless rules give rows their own.
    private let origins: [SharedSource]
    private let valueCounts = OnceValue<[String: Int]>()
    private let lookupStates = OnceValue<[LookupCount]>()

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
        unread = encoded.reduce(into: UnreadRows()) { $0.add($1.unread) }
        lookups = encoded.reduce(into: UnreadRows()) { $0.add($1.lookups) }
        byteCount = encoded.reduce(0) { $0 + $1.byteCount }
        var known: Set<SharedSource> = []
        origins = encoded.flatMap(\.origins).filter { known.insert($0).inserted }
    }

    /// False if no row can match a query, judged by the facts about the source that are on the rows, and by uids
    /// unless `byUID` is false.
    func isReached(by query: Query, byUID: Bool = true) -> Bool {
        origins.contains { query.reaches($0.description, byUID: byUID) }
    }

    /// The number of rows that are the current version of their uid and have a value, by the field's name; the labels
    /// of all rows are fields too.
    ///
    /// The first call reads every row.
    package var rowsWithValue: [String: Int] {
        valueCounts.value {
            let fields = schema.fields.map(\.name).filter { $0 != schema.profile.revision }
            let labels = Set(origins.flatMap { $0.description.labels.keys }).map { "labels.\($0)" }
            let names = fields + labels
            let counts = rows.storage.valueCounts(of: names)
            return Dictionary(zip(names, counts)) { first, _ in first }
        }
    }

    /// The states of the lookups of rows that are the current version of their uid, by the lookup's name.
    ///
    /// A row without a key for a lookup counts for none of its states. The first call reads every row.
    package var lookupCounts: [LookupCount] {
        lookupStates.value { rows.storage.lookupCounts().sorted { $0.name < $1.name } }
    }

    /// The row of a uid's current version; nil if there is none.
    package func currentRow(ofUID uid: String) -> Int? {
        let next = rows.indices.partitionPoint { ByteComparison(rows.uid($0), uid) == .after }
        // The last of its uid has the highest version.
        guard next > 0, ByteComparison(rows.uid(next - 1), uid) == .same else { return nil }
        return next - 1
    }

    /// The row of one version of a uid; nil if there is none.
    package func row(ofUID uid: String, version: Int) -> Int? {
        func compared(_ row: Int) -> ByteComparison {
            let order = ByteComparison(rows.uid(row), uid)
            return order == .same ? ByteComparison(rows.version(row), version) : order
        }
        let row = rows.indices.partitionPoint { compared($0) != .before }
        return row < rows.count && compared(row) == .same ? row : nil
    }

    /// The names of the fields and grouping keys that have an index.
    package var indexed: Set<String> { indexes.names }

    /// The index of a field, made at first use; the list must not be empty.
    func index(of field: Field) -> FieldIndex { index(of: FieldAccessor(field)) }

    func index(of accessor: FieldAccessor) -> FieldIndex {
        indexes.index(of: accessor, over: rows, isShared: isShared(accessor.field))
    }

    /// True if all rows have the same value of a field, as a fact about their source.
    private func isShared(_ field: Field) -> Bool {
        guard field.isOfSource, origins.count > 1 else { return field.isOfSource }
        let value = origins[0].description.value(of: field)
        return origins.allSatisfy { $0.description.value(of: field) == value }
    }

    /// The number of these rows' keys that `newer` does not have; all of them if it is nil.
    package func count(missingFrom newer: SourceRows?) -> Int {
        newer.map { rows.count(missingFrom: $0.rows) } ?? rows.count
    }

    /// True if both have the same rows, history and native records included.
    package func hasSameRows(as other: SourceRows) -> Bool {
        self === other || (source == other.source && rows.isSame(as: other.rows))
    }

    /// Appends a record's stored JSON, with the members of `including` before its closing brace.
    package func write(row index: Int, including: Set<Include>, to json: inout JSONWriter) {
        let location = rows.location(of: index)
        let row = encoded[location.piece][location.index]
        json.encoded(row.uid)
        json.encodedMore(row.source)
        json.encodedMore(row.rest)
        if !including.isEmpty { rows.storage.writeIncluded(including, at: location, to: &json) }
        json.close("}")
    }

    /// Passes the bytes that ``write(row:including:to:)`` copies to `body`, part by part, without the names
    /// of included members.
    package func withBytes(ofRow index: Int, including: Set<Include>, _ body: (ArraySlice<UInt8>) -> Void) {
        let location = rows.location(of: index)
        let row = encoded[location.piece][location.index]
        body(row.uid)
        body(row.source)
        body(row.rest)
        for member in Include.allCases where including.contains(member) {
            if let bytes = rows.storage.included(member, at: location) { body(bytes[...]) }
        }
    }

    /// A hash of the bytes of ``withBytes(ofRow:including:_:)`` for each row; it is the same in every
    /// process.
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

/// Initializers for any storage; a kind of record wraps them for its own storage, see ``DeploymentRows``.
extension SourceRows {
    /// Fills in and encodes every row.
    ///
    /// Of rows with the same uid and version the first one stays. `enriching` may change any field of rows but
    /// those of their keys; it is called for parts of the list, on any core.
    package convenience init<Storage: RowStorage>(
        _: Storage.Type, source: SourceDescription, listed: [Storage.Row],
        enriching enrich: (@Sendable (inout [Storage.Row]) -> Void)? = nil
    ) {
        let (listed, keys) = Self.unique(listed, RowKeys(of: listed[...]))
        let settlement = Storage.Row.Settlement(of: listed, order: keys.order, beginsUID: keys.beginsUID)
        let pieces = RowLocation.ranges(of: listed.count).map { range in
            var piece = settlement.settle(listed[range])
            enrich?(&piece)
            return piece
        }
        self.init(
            source: source, Storage(pieces: pieces), order: keys.order,
            currentCount: settlement.currentCount, encoded: pieces.map { EncodedRows($0) },
            indexes: FieldIndexes())
    }

    /// The rows of a new list; the old object itself if they are the same, so that nothing is encoded again.
    ///
    /// It runs on all cores, since it takes most of the time between a list's last page and its answer. It
    /// also makes the indexes that readers of the old rows have used, so that readers of the new rows do not
    /// wait for them.
    @concurrent
    package static func updating<Storage: RowStorage>(
        _: Storage.Type, _ old: SourceRows?, source: SourceDescription, listed: [Storage.Row],
        enriching enrich: (@Sendable (inout [Storage.Row]) -> Void)? = nil
    ) async -> SourceRows {
        let (listed, keys) = unique(listed, await RowKeys.concurrent(of: listed))
        let settlement = Storage.Row.Settlement(of: listed, order: keys.order, beginsUID: keys.beginsUID)
        let pieces = await concurrentMap(RowLocation.ranges(of: listed.count)) { range in
            var piece = settlement.settle(listed[range])
            enrich?(&piece)
            return piece
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

    /// A list without the rows that repeat an earlier row's key, and its keys.
    ///
    /// Otherwise these rows would count wherever a piece is counted as a whole, such as in ``unread``.
    private static func unique<Row: Record>(_ listed: [Row], _ keys: RowKeys) -> ([Row], RowKeys) {
        guard keys.order.count < listed.count else { return (listed, keys) }
        let rows = keys.order.sorted().map { listed[$0] }
        return (rows, RowKeys(of: rows[...]))
    }
}
