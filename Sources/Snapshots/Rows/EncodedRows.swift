import Deployments
import Wire

/// The JSON of a piece of a source's rows, without the members that are the same on all of them.
struct EncodedRows: Sendable {
    private let bytes: [UInt8]
    /// Two offsets for each row: the end of its uid member, and the end of its object.
    private let ends: [UInt32]
    /// True if the current version of any record is in transition.
    let isInTransition: Bool
    /// The fields that could not be read.
    let unread: UnreadRows
    /// See ``SourceRows/byteCount``.
    let byteCount: Int

    init<Row: Record>(_ rows: [Row]) {
        let forms = Row.forms
        var json = JSONWriter(reservingCapacity: rows.count * 1400)
        var ends: [UInt32] = []
        ends.reserveCapacity(rows.count * 2)
        var isInTransition = false
        var unread = UnreadRows()
        var included = 0
        for index in rows.indices {
            json.begin()
            json.open("{")
            forms.uid.writeMembers(of: rows[index], to: &json)
            ends.append(UInt32(json.bytes.count))
            forms.rest.writeMembers(of: rows[index], to: &json)
            ends.append(UInt32(json.bytes.count))
            for member in Include.allCases { included += rows[index].included(member)?.count ?? 0 }
            if rows[index].isInTransition { isInTransition = true }
            if !rows[index].unread.isEmpty { unread.add(rows[index]) }
        }
        bytes = json.bytes.fitted
        self.ends = ends
        self.isInTransition = isInTransition
        self.unread = unread
        byteCount = 2 * bytes.count + included + rows.count * 64
    }

    /// One row's object without its closing brace: the bytes before the members of its source, and the bytes
    /// after.
    subscript(index: Int) -> (uid: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
        let start = index == 0 ? 0 : Int(ends[index * 2 - 1])
        let (uidEnd, end) = (Int(ends[index * 2]), Int(ends[index * 2 + 1]))
        return (bytes[start..<uidEnd], bytes[uidEnd..<end])
    }
}
