package import Deployments
package import Wire

/// The rows of one source, encoded once: immutable, and shared by every snapshot until the source changes.
package final class SourceRows: Sendable {
    package let source: SourceDescription
    /// All versions, by uid and then version, no pair twice; ``ModelDeployment/latest`` is settled.
    package let rows: RowTable
    /// How many rows are the latest version of their deployment.
    package let currentCount: Int
    /// Whether the latest version of any deployment is in transition.
    package var isInTransition: Bool { encoded.contains { $0.isInTransition } }
    /// What queries have asked for so far.
    private let indexes: FieldIndexes
    /// The JSON of each of the rows' pieces.
    private let encoded: [EncodedRows]
    /// The members that stand alike in all rows' JSON: some hundred bytes that none of them keeps.
    private let encodedSource: ArraySlice<UInt8>
    /// What all this takes in memory, by estimate and without indexes: a record's texts stand once in it and once in
    /// its JSON, and the rest of it takes no more than the names in that.
    package let byteCount: Int
    private let fingerprints = RowFingerprints()

    /// Settles versions and encodes every row; of rows with one uid and version the first stays.
    package convenience init(source: SourceDescription, listed: [ModelDeployment]) {
        let versions = Self.settlement(of: listed, RowKeys(of: listed[...]))
        let pieces = RowTable.ranges(of: listed).map { versions.settle(listed[$0]) }
        let rows = RowTable(pieces: pieces, places: versions.order)
        self.init(
            source: source, rows, currentCount: versions.currentCount,
            encoded: pieces.map { EncodedRows($0) }, indexes: FieldIndexes())
    }

    /// The rows of a new list; the old object itself where they are the same, so that nothing is encoded again.
    ///
    /// Works on every core: this is most of the time between a list's last page and its answer. The indexes that
    /// the old rows' readers have used are made here, so that no reader of the new ones waits for that.
    @concurrent
    package static func updating(
        _ old: SourceRows?, source: SourceDescription, listed: [ModelDeployment]
    ) async -> SourceRows {
        let versions = Self.settlement(of: listed, await RowKeys.concurrent(of: listed))
        let pieces = await concurrentMap(RowTable.ranges(of: listed)) { versions.settle(listed[$0]) }
        let rows = RowTable(pieces: pieces, places: versions.order)
        if let old, old.source == source, old.rows == rows { return old }
        let encoded = await concurrentMap(pieces) { EncodedRows($0) }
        let indexes = await old?.indexes.renewed(over: rows) ?? FieldIndexes()
        return SourceRows(
            source: source, rows, currentCount: versions.currentCount, encoded: encoded, indexes: indexes)
    }

    private init(
        source: SourceDescription, _ rows: RowTable, currentCount: Int, encoded: [EncodedRows],
        indexes: FieldIndexes
    ) {
        self.source = source
        self.rows = rows
        self.currentCount = currentCount
        self.encoded = encoded
        self.indexes = indexes
        byteCount = encoded.reduce(0) { $0 + $1.byteCount }
        // As they stand behind another member.
        var json = JSONWriter()
        json.open("{")
        DeploymentForm.parts[0].writeMembers(of: source.record(uid: ""), to: &json)
        let start = json.bytes.count
        DeploymentForm.parts[1].writeMembers(of: source.record(uid: ""), to: &json)
        encodedSource = json.bytes[start...]
    }

    private static func settlement(of listed: [ModelDeployment], _ keys: RowKeys) -> VersionSettlement {
        VersionSettlement(of: listed, order: keys.order, beginsUID: keys.beginsUID)
    }

    /// The row of a uid's latest version; nil where there is none.
    package func latestRow(ofUID uid: String) -> Int? {
        let next = rows.indices.firstPlace { ByteComparison(rows[$0].uid, uid) == .after }
        // The last of its uid has the highest version.
        return next > 0 && rows[next - 1].uid == uid ? next - 1 : nil
    }

    /// What there are indexes by: names of fields, and of what was grouped by.
    package var indexed: Set<String> { indexes.names }

    /// The rows by a field's values, made at first use; the list is not empty.
    func index(of field: DeploymentField) -> FieldIndex { index(of: field.reading) }

    func index(of reading: FieldReading) -> FieldIndex { indexes.index(of: reading, over: rows) }

    /// How many of these rows' keys `newer` has not.
    package func count(missingFrom newer: SourceRows?) -> Int {
        guard let newer else { return rows.count }
        var (found, place) = (0, 0)
        for row in rows.indices {
            while place < newer.rows.count,
                ByteComparison(newer.rows[place], rows[row]) == .before
            { place += 1 }
            if place < newer.rows.count,
                ByteComparison(newer.rows[place], rows[row]) == .same
            {
                found += 1
            }
        }
        return rows.count - found
    }

    /// Whether both hold the same rows, history and native records included.
    package func hasSameRows(as other: SourceRows) -> Bool {
        self === other || (source == other.source && rows == other.rows)
    }

    /// Appends a record's JSON, as it was encoded; with `including`, those members before its closing brace.
    package func write(row index: Int, including: Set<Include>, to json: inout JSONWriter) {
        let (piece, place) = rows.place(of: index)
        let row = encoded[piece][place]
        json.encoded(row.uid)
        json.encodedMore(encodedSource)
        json.encodedMore(row.rest)
        rows[index].writeIncluded(including, to: &json)
        json.close("}")
    }

    /// Lends the bytes that ``write(row:including:to:)`` copies, part by part, but for the included members' names.
    package func withBytes(ofRow index: Int, including: Set<Include>, _ body: (ArraySlice<UInt8>) -> Void) {
        let (piece, place) = rows.place(of: index)
        let row = encoded[piece][place]
        body(row.uid)
        body(encodedSource)
        body(row.rest)
        if including.contains(.history), let history = rows[index].history { body(history[...]) }
        if including.contains(.native), let native = rows[index].native { body(native[...]) }
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

/// The JSON of a piece of a source's rows, without what all of them say alike.
private struct EncodedRows: Sendable {
    private let bytes: [UInt8]
    /// For each row, where its uid's member ends, and where its object does.
    private let ends: [UInt32]
    /// Whether the latest version of any deployment is in transition.
    let isInTransition: Bool
    /// See ``SourceRows/byteCount``.
    let byteCount: Int

    init(_ rows: [ModelDeployment]) {
        var json = JSONWriter(reservingCapacity: rows.count * 1400)
        var ends: [UInt32] = []
        ends.reserveCapacity(rows.count * 2)
        var isInTransition = false
        var included = 0
        let (uid, rest) = (DeploymentForm.parts[0], DeploymentForm.parts[2])
        for index in rows.indices {
            json.begin()
            json.open("{")
            uid.writeMembers(of: rows[index], to: &json)
            ends.append(UInt32(json.bytes.count))
            rest.writeMembers(of: rows[index], to: &json)
            ends.append(UInt32(json.bytes.count))
            included += (rows[index].history?.count ?? 0) + (rows[index].native?.count ?? 0)
            if rows[index].latest, rows[index].status.isTransition {
                isInTransition = true
            }
        }
        bytes = json.bytes.fitted
        self.ends = ends
        self.isInTransition = isInTransition
        byteCount = 2 * bytes.count + included + rows.count * 64
    }

    /// One row's object, without its closing brace: what stands before the members of its source, and after.
    subscript(index: Int) -> (uid: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
        let start = index == 0 ? 0 : Int(ends[index * 2 - 1])
        let (uidEnd, end) = (Int(ends[index * 2]), Int(ends[index * 2 + 1]))
        return (bytes[start..<uidEnd], bytes[uidEnd..<end])
    }
}
