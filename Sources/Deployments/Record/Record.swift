package import Wire

/// A kind of record that snapshots hold.
///
/// A kind that gives its table gets the JSON form, filters, sort, cursors, facets, CSV and its description in
/// OpenAPI; the rest tells the few things that a table of scalars cannot say.
package protocol Record: Sendable, Hashable {
    /// The table of its fields; the same at every call.
    static var table: RecordTable<Self> { get }
    /// Layouts of its JSON form, made once.
    static var forms: RecordForms<Self> { get }

    /// An otherwise empty record of a source.
    init(uid: String, of source: SharedSource)

    /// Names a place: `source/key…`, percent-encoded; shared by all versions.
    var uid: String { get }
    /// nil where the kind, or this record, has no versions.
    var version: Int? { get }
    /// The operator's labels of its source.
    var labels: [String: String] { get set }
    /// True while the record does not stay as it is: its source may be asked sooner.
    var isInTransition: Bool { get }

    /// Hands over what tells a row from every other, without a reference to any of it being counted.
    func withKey(_ body: (_ uid: String, _ version: Int?) -> Void)

    /// The JSON text of a member that `include=` adds; nil where there is none.
    func included(_ member: Include) -> [UInt8]?

    /// Fills in facts that need the whole list.
    associatedtype Settlement: ListSettlement where Settlement.Row == Self
}

/// Per-row facts that need the whole list, found once and filled in piece by piece, on any core.
package protocol ListSettlement<Row>: Sendable {
    associatedtype Row

    /// `order` are the rows' indices by key, each key once; `beginsUID` tells of each whether it is the first of its
    /// uid.
    init(of rows: [Row], order: [Int], beginsUID: [Bool])

    /// How many rows are the current version of their uid.
    var currentCount: Int { get }

    /// A piece of the list with these facts filled in.
    func settle(_ piece: ArraySlice<Row>) -> [Row]
}

/// Rows are ordered by the bytes of the uid, then by version, none before any.
extension ByteComparison {
    package init(_ left: borrowing some Record, _ right: borrowing some Record) {
        self.init(left.uid, right.uid)
        if self == .same { self.init(left.version, right.version) }
    }

    package init(_ left: Int?, _ right: Int?) {
        switch (left, right) {
        case (nil, nil): self = .same
        case (nil, _): self = .before
        case (_, nil): self = .after
        case (let a?, let b?): self = a < b ? .before : a > b ? .after : .same
        }
    }
}
