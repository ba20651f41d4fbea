/// The table of a kind of record: its fields in the order of the JSON form, and the properties of the kind.
///
/// It is the single source for the JSON form, the filter grammar, `sort`, `fields`, CSV, the names that an
/// adapter file may map, the description of the API, and the reference in the contract.
package struct RecordTable<Row: Record>: Sendable {
    /// Every scalar field, in the order of the JSON form.
    package let fields: [RecordField<Row>]
    /// The kind as clients and queries know it.
    package let schema: RecordSchema
    /// Members that are lists of strings; they come after the fields.
    let lists: [(name: String, get: @Sendable (borrowing Row) -> [String])]
    /// Groups of fields that most platforms do not state.
    let groups: [RecordGroup<Row>]
    private let byName: [String: RecordField<Row>]

    package init(
        _ profile: RecordSchema.Profile, fields: [RecordField<Row>],
        lists: [(name: String, get: @Sendable (borrowing Row) -> [String])] = [],
        groups: [RecordGroup<Row>] = []
    ) {
        self.fields = fields
        self.lists = lists
        self.groups = groups
        byName = Dictionary(fields.map { ($0.name, $0) }) { first, _ in first }
        schema = RecordSchema(profile, fields: fields.map(\.field), lists: lists.map(\.name))
    }

    /// The field of a JSON path, `labels.<key>` included; nil for an unknown path or an invalid label key.
    package func named(_ name: String) -> RecordField<Row>? {
        if let field = byName[name] { return field }
        return schema.labelKey(of: name).map { .label($0) }
    }
}

/// A group of fields, such as `replicas`; a group without values is written in one step.
package struct RecordGroup<Row: Record>: Sendable {
    let name: String
    /// True if the record has no value in the group.
    let isEmpty: @Sendable (borrowing Row) -> Bool

    package init(_ name: String, isEmpty: @escaping @Sendable (borrowing Row) -> Bool) {
        self.name = name
        self.isEmpty = isEmpty
    }
}
