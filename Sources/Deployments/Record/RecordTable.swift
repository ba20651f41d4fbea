package import Wire

/// The table of a kind of record: its fields in the order of the JSON form, and the properties of the kind.
///
/// It is the single source for the JSON form, the filter grammar, `sort`, `fields`, CSV, the names that an
/// adapter file may map, the description of the API, and the reference in the contract.
package struct RecordTable<Row: Record>: Sendable {
    /// Every scalar field, in the order of the JSON form.
    package let fields: [RecordField<Row>]
    /// The kind as clients and queries know it.
    package let schema: RecordSchema
    /// Members that are lists of strings.
    ///
    /// One in a group, such as `endpoint.models`, follows the group's fields; the others follow all fields.
    package let lists: [RecordList<Row>]
    /// Members of any other form: one in a group follows its fields, the others follow the lists.
    package let objects: [RecordObject<Row>]
    /// Groups of fields that most platforms do not state.
    let groups: [RecordGroup<Row>]
    /// The members of the JSON form, for reading it.
    let members: RecordMembers<Row>
    private let byName: [String: RecordField<Row>]

    package init(
        _ profile: RecordSchema.Profile, fields: [RecordField<Row>],
        lists: [RecordList<Row>] = [], objects: [RecordObject<Row>] = [],
        groups: [RecordGroup<Row>] = []
    ) {
        self.fields = fields
        self.lists = lists
        self.objects = objects
        self.groups = groups
        members = RecordMembers(fields: fields, lists: lists, objects: objects)
        byName = Dictionary(fields.map { ($0.name, $0) }) { first, _ in first }
        schema = RecordSchema(
            profile, fields: fields.map(\.field),
            lists: lists.map { RecordSchema.Member($0.name, $0.summary) },
            objects: objects.map { RecordSchema.Member($0.name, $0.summary) },
            nullGroups: groups.filter(\.isNullable).map(\.name))
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
    /// True if a group without values is null, rather than an object of nulls.
    let isNullable: Bool

    package init(
        _ name: String, nullable: Bool = false, isEmpty: @escaping @Sendable (borrowing Row) -> Bool
    ) {
        self.name = name
        isNullable = nullable
        self.isEmpty = isEmpty
    }
}

/// A member of a kind of record that is a list of strings; no filter or sort can name it.
package struct RecordList<Row: Record>: Sendable {
    /// Its path in the JSON form.
    package let name: String
    /// A phrase for the description of the API, without a capital and a full stop.
    package let summary: String
    /// Reads the list from a record.
    package let get: @Sendable (borrowing Row) -> [String]
    /// Stores a list.
    package let set: @Sendable (inout Row, [String]) -> Void

    package init(
        _ name: String, _ summary: String, get: @escaping @Sendable (borrowing Row) -> [String],
        set: @escaping @Sendable (inout Row, [String]) -> Void
    ) {
        self.name = name
        self.summary = summary
        self.get = get
        self.set = set
    }
}

/// A member of a kind of record that is neither a scalar nor a list of strings.
package struct RecordObject<Row: Record>: Sendable {
    /// Its path in the JSON form.
    package let name: String
    /// A phrase for the description of the API, without a capital and a full stop.
    package let summary: String
    /// Appends the member's value.
    let write: @Sendable (borrowing Row, inout JSONWriter) -> Void
    /// Stores the value that ``write`` wrote; clears the member if it is something else.
    let read: @Sendable (inout Row, JSONValue?) -> Void

    package init(
        _ name: String, _ summary: String,
        write: @escaping @Sendable (borrowing Row, inout JSONWriter) -> Void,
        read: @escaping @Sendable (inout Row, JSONValue?) -> Void
    ) {
        self.name = name
        self.summary = summary
        self.write = write
        self.read = read
    }
}
