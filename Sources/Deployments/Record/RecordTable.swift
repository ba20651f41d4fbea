/// The table of a kind of record: its fields in the order of the JSON form, and what is told of the kind as a whole.
///
/// The one table behind the JSON form, the filter grammar, `sort`, `fields`, CSV, the names that an adapter file may
/// map, the description of the API, and the reference in the contract.
package struct RecordTable<Row: Record>: Sendable {
    /// Every scalar field, in the order of the JSON form.
    package let fields: [RecordField<Row>]
    /// What clients and queries know of the kind.
    package let schema: RecordSchema
    /// Members that are lists of strings, by name; they stand behind the fields.
    let lists: [(name: String, get: @Sendable (borrowing Row) -> [String])]
    /// By a group's name (`replicas`), whether a record has nothing in it.
    let isEmptyGroup: [String: @Sendable (borrowing Row) -> Bool]
    private let byName: [String: RecordField<Row>]

    /// `emptyGroups` tells of a group of fields (`replicas`) whether a record has nothing in it.
    package init(
        _ profile: RecordSchema.Profile, fields: [RecordField<Row>],
        lists: [(name: String, get: @Sendable (borrowing Row) -> [String])] = [],
        emptyGroups: [String: @Sendable (borrowing Row) -> Bool] = [:]
    ) {
        self.fields = fields
        self.lists = lists
        isEmptyGroup = emptyGroups
        byName = Dictionary(fields.map { ($0.name, $0) }) { first, _ in first }
        schema = RecordSchema(profile, fields: fields.map(\.field), lists: lists.map(\.name))
    }

    /// The field of a JSON path, `labels.<key>` included; nil where there is none, nor may be.
    package func named(_ name: String) -> RecordField<Row>? {
        if let field = byName[name] { return field }
        return schema.labelKey(of: name).map { .label($0) }
    }
}
