package import Wire

extension Record {
    /// Reads a record's own JSON form.
    ///
    /// A record that ``RecordForms/complete`` wrote is read back equal.
    ///
    /// - Returns: nil if the key or `source` is missing. Any other field that is missing or of another type is
    ///   null. Unknown members are ignored, and an unknown status is `UNKNOWN`
    ///   (`Sources/HTTPFront/README.md`, The promise of v1).
    package init?(json: JSONValue) {
        guard let uid = json[Self.table.schema.profile.key]?.string, let source = json["source"]?.string
        else { return nil }
        let origin = SourceDescription(name: source, platform: "", adapter: "")
        self.init(uid: uid, of: SharedSource(origin))
        let members = Self.table.members
        for member in members.fields {
            let value = json[member.key]
            for (key, field) in member.fields {
                field.set(&self, field.kind.read(key.map { value?[$0] } ?? value))
            }
        }
        for (key, value) in json["labels"]?.members ?? [] {
            self.labels[key] = value.string
        }
        for (path, list) in members.lists {
            let value = path.reduce(json as JSONValue?) { $0?[$1] }
            list.set(&self, value?.elements.compactMap(\.string) ?? [])
        }
        for (path, object) in members.objects {
            object.read(&self, path.reduce(json as JSONValue?) { $0?[$1] })
        }
    }

    /// The record's complete JSON form as UTF-8 bytes; ``decoded(_:)`` reads it back equal.
    @inline(__always)
    fileprivate func writtenWhole() -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 1400)
        Self.forms.complete.write(self, to: &json)
        return json.bytes
    }

    /// Reads a complete JSON form; nil if it is not JSON, or if ``init(json:)`` returns nil.
    @inline(__always)
    fileprivate static func decoded(_ bytes: [UInt8]) -> Self? {
        guard let document = try? JSONDocument(parsing: bytes) else { return nil }
        return Self(json: document.root)
    }
}

/// The stored form; written out for each kind, so that it is specialized for it.
extension ModelDeployment {
    /// The record's complete JSON form as UTF-8 bytes; ``init(encoded:)`` reads it back equal.
    package func encoded() -> [UInt8] { writtenWhole() }

    /// Reads the bytes that ``encoded()`` wrote; nil if they are not JSON, or if ``init(json:)`` returns nil.
    package init?(encoded bytes: [UInt8]) {
        guard let record = Self.decoded(bytes) else { return nil }
        self = record
    }
}

/// The stored form; written out for each kind, so that it is specialized for it.
extension ModelProvider {
    /// The record's complete JSON form as UTF-8 bytes; ``init(encoded:)`` reads it back equal.
    package func encoded() -> [UInt8] { writtenWhole() }

    /// Reads the bytes that ``encoded()`` wrote; nil if they are not JSON, or if ``init(json:)`` returns nil.
    package init?(encoded bytes: [UInt8]) {
        guard let record = Self.decoded(bytes) else { return nil }
        self = record
    }
}

/// The stored form; written out for each kind, so that it is specialized for it.
extension LookupEntry {
    /// The record's complete JSON form as UTF-8 bytes; ``init(encoded:)`` reads it back equal.
    package func encoded() -> [UInt8] { writtenWhole() }

    /// Reads the bytes that ``encoded()`` wrote; nil if they are not JSON, or if ``init(json:)`` returns nil.
    package init?(encoded bytes: [UInt8]) {
        guard let record = Self.decoded(bytes) else { return nil }
        self = record
    }
}

/// The stored form; written out for each kind, so that it is specialized for it.
extension AuditRecord {
    /// The record's complete JSON form as UTF-8 bytes; ``init(encoded:)`` reads it back equal, but for what is not shown.
    package func encoded() -> [UInt8] { writtenWhole() }

    /// Reads the bytes that ``encoded()`` wrote; nil if they are not JSON, or if ``init(json:)`` returns nil.
    package init?(encoded bytes: [UInt8]) {
        guard let record = Self.decoded(bytes) else { return nil }
        self = record
    }
}

extension Field.Kind {
    /// Reads a value of this kind from the JSON form; null for a missing value or one of another type.
    fileprivate func read(_ value: JSONValue?) -> FieldValue {
        guard let value else { return .null }
        return switch self {
        case .text, .term: FieldValue(value.string)
        case .number: FieldValue(value.double)
        case .time: FieldValue(value.string.flatMap { Timestamp($0) })
        case .bool: value.bool.map { .bool($0) } ?? .null
        }
    }
}

/// The members of a kind's JSON form; their paths are split once, not for every record.
struct RecordMembers<Row: Record>: Sendable {
    /// One member with the scalars in it.
    struct Member: Sendable {
        let key: String
        /// The fields in the member; `key` is nil if the member itself is the field.
        var fields: [(key: String?, field: RecordField<Row>)]
    }

    /// The members with scalars, in the order of the table.
    let fields: [Member]
    /// The lists of strings with their paths.
    let lists: [(path: [String], list: RecordList<Row>)]
    /// The members of any other form with their paths.
    let objects: [(path: [String], object: RecordObject<Row>)]

    init(fields: [RecordField<Row>], lists: [RecordList<Row>], objects: [RecordObject<Row>]) {
        var members: [Member] = []
        for field in fields {
            let parts = field.name.split(separator: ".", maxSplits: 1).map { String($0) }
            if members.last?.key != parts[0] { members.append(Member(key: parts[0], fields: [])) }
            members[members.count - 1].fields.append((parts.count > 1 ? parts[1] : nil, field))
        }
        self.fields = members
        func path(_ name: String) -> [String] { name.split(separator: ".", maxSplits: 1).map { String($0) } }
        self.lists = lists.map { (path($0.name), $0) }
        self.objects = objects.map { (path($0.name), $0) }
    }
}
