import Deployments
import Wire

/// The JSON of a piece of a source's rows; the members that are the same on all of them are stored once.
struct EncodedRows: Sendable {
    private let bytes: [UInt8]
    /// Two offsets for each row: the end of its uid member, and the end of its object.
    private let ends: [UInt32]
    /// The members of the source as they are on rows: one element, unless rules give rows their own.
    private let sources: [ArraySlice<UInt8>]
    /// The index in ``sources`` for each row; empty if there is one element only.
    private let sourceIndices: [UInt32]
    /// The sources as they are on rows, each once.
    let origins: [SharedSource]
    /// True if the current version of any record is in transition.
    let isInTransition: Bool
    /// The fields that could not be read.
    let unread: UnreadRows
    /// The fields that depend on a lookup which is pending or has failed.
    let lookups: UnreadRows
    /// See ``SourceRows/byteCount``.
    let byteCount: Int

    init<Row: Record>(_ rows: [Row]) {
        let forms = Row.forms
        var json = JSONWriter(reservingCapacity: rows.count * 1400)
        var ends: [UInt32] = []
        ends.reserveCapacity(rows.count * 2)
        var isInTransition = false
        var unread = UnreadRows()
        var lookups = UnreadRows()
        var included = 0
        var sources = SourceMembers<Row>()
        for index in rows.indices {
            let source = sources.take(rows[index])
            let start = json.bytes.count
            json.begin()
            json.open("{")
            forms.uid.writeMembers(of: rows[index], to: &json)
            let uidEnd = json.bytes.count
            ends.append(UInt32(uidEnd))
            forms.rest.writeMembers(of: rows[index], to: &json)
            if let key = forms.revision {
                let revision = RecordForms<Row>.revision(
                    uid: json.bytes[start..<uidEnd], source: source, rest: json.bytes[uidEnd...])
                forms.tail.writeMembers(of: rows[index], to: &json)
                json.member(key, revision)
            } else {
                forms.tail.writeMembers(of: rows[index], to: &json)
            }
            ends.append(UInt32(json.bytes.count))
            for member in Include.allCases { included += rows[index].included(member)?.count ?? 0 }
            if rows[index].isInTransition { isInTransition = true }
            if !rows[index].unread.isEmpty { unread.add(rows[index], unknown: Set(rows[index].unread)) }
            let pending = rows[index].lookups.filter { $0.state != .ok }
            if !pending.isEmpty {
                lookups.add(rows[index], unknown: Set(pending.flatMap(\.fields)), followsAlways: true)
            }
        }
        bytes = json.bytes.fitted
        self.ends = ends
        self.sources = sources.members
        origins = sources.origins
        sourceIndices = sources.members.count > 1 ? sources.indices : []
        self.isInTransition = isInTransition
        self.unread = unread
        self.lookups = lookups
        byteCount = 2 * bytes.count + included + rows.count * 64
    }

    /// One row's object without its closing brace: the bytes before the members of its source, those members,
    /// and the bytes after.
    subscript(index: Int) -> (uid: ArraySlice<UInt8>, source: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
        let start = index == 0 ? 0 : Int(ends[index * 2 - 1])
        let (uidEnd, end) = (Int(ends[index * 2]), Int(ends[index * 2 + 1]))
        let source = sources[sourceIndices.isEmpty ? 0 : Int(sourceIndices[index])]
        return (bytes[start..<uidEnd], source, bytes[uidEnd..<end])
    }
}

/// The encoded members of the sources of some rows, each source once.
private struct SourceMembers<Row: Record> {
    private(set) var members: [ArraySlice<UInt8>] = []
    private(set) var origins: [SharedSource] = []
    /// The index in ``members`` for each row.
    private(set) var indices: [UInt32] = []
    private var known: [SharedSource: UInt32] = [:]
    /// The source of the row before, since nearly all rows have the same.
    private var last: (source: SharedSource, index: UInt32)?

    /// Notes the source of the next row, and returns its members.
    mutating func take(_ row: Row) -> ArraySlice<UInt8> {
        let source = row.origin
        if let last, last.source === source {
            indices.append(last.index)
            return members[Int(last.index)]
        }
        let index = known[source] ?? UInt32(members.count)
        if Int(index) == members.count {
            known[source] = index
            members.append(Row.forms.sourceMembers(of: row))
            origins.append(source)
        }
        last = (source, index)
        indices.append(index)
        return members[Int(index)]
    }
}
