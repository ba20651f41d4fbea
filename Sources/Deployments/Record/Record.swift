package import Wire

/// A kind of record that snapshots hold.
///
/// A kind that defines its table gets the JSON form, filters, sort, cursors, facets, CSV and its description
/// in OpenAPI. The other requirements are the few things that a table of scalar fields cannot express.
package protocol Record: Sendable, Hashable {
    /// The table of its fields; the same at every call.
    static var table: RecordTable<Self> { get }
    /// Layouts of its JSON form, made once.
    static var forms: RecordForms<Self> { get }

    /// An empty record of a source.
    init(uid: String, of source: SharedSource)

    /// `source/key…`, percent-encoded; shared by all versions.
    var uid: String { get }
    /// The number of the version; nil if the kind, or this record, has no versions.
    var version: Int? { get }
    /// The facts about its source that are on the record; records with the same facts should share the object.
    var origin: SharedSource { get set }
    /// The operator's labels of its source.
    var labels: [String: String] { get set }
    /// True while the record is expected to change soon: its source may be listed sooner.
    var isInTransition: Bool { get }
    /// Names of the fields that the platform stated and that could not be read, each once.
    var unread: [String] { get }

    /// Passes the row's key to `body` without reference counting.
    func withKey(_ body: (_ uid: String, _ version: Int?) -> Void)

    /// The JSON of a member that `include=` adds; nil if the record has none.
    func included(_ member: Include) -> [UInt8]?

    /// The type that fills in facts that need the whole list.
    associatedtype Settlement: ListSettlement where Settlement.Row == Self
}

extension Record {
    /// A kind whose fields can always be read.
    package var unread: [String] { [] }
}

/// Per-row facts that need the whole list, found once and filled in piece by piece, on any core.
package protocol ListSettlement<Row>: Sendable {
    /// The kind of record.
    associatedtype Row

    /// Finds the facts of all rows.
    ///
    /// `order` has the rows' indices in the order of their keys, each key once. `beginsUID` is true for each
    /// element of `order` that is the first of its uid.
    init(of rows: [Row], order: [Int], beginsUID: [Bool])

    /// The number of rows that are the current version of their uid.
    var currentCount: Int { get }

    /// A piece of the list with the facts filled in.
    func settle(_ piece: ArraySlice<Row>) -> [Row]
}

extension ListSettlement where Row: Record {
    /// A short list in the order of its keys with these facts filled in; of rows with the same key the first
    /// one stays.
    package static func settled(_ rows: [Row]) -> [Row] {
        let sorted = rows.indices.sorted { left, right in
            let order = ByteComparison(rows[left], rows[right])
            return order == .same ? left < right : order == .before
        }
        let order = sorted.enumerated()
            .filter { $0 == 0 || ByteComparison(rows[sorted[$0 - 1]], rows[$1]) != .same }.map(\.element)
        let beginsUID = order.indices.map { $0 == 0 || rows[order[$0 - 1]].uid != rows[order[$0]].uid }
        let settled = Self(of: rows, order: order, beginsUID: beginsUID).settle(rows[...])
        return order.map { settled[$0] }
    }
}

/// The order of rows: by the bytes of the uid, then by version; a row without a version comes first.
extension ByteComparison {
    /// Compares the keys of two records.
    package init(_ left: borrowing some Record, _ right: borrowing some Record) {
        self.init(left.uid, right.uid)
        if self == .same { self.init(left.version, right.version) }
    }

    /// Compares two versions; nil comes before every number.
    package init(_ left: Int?, _ right: Int?) {
        switch (left, right) {
        case (nil, nil): self = .same
        case (nil, _): self = .before
        case (_, nil): self = .after
        case (let a?, let b?): self = a < b ? .before : a > b ? .after : .same
        }
    }
}
