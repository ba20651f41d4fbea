package import Wire

extension ModelDeployment {
    /// Reads a record's own JSON form.
    ///
    /// A record that ``RecordForms/complete`` wrote is read back equal.
    ///
    /// - Returns: nil if `uid` or `source` is missing. Any other field that is missing or of another type is
    ///   null. Unknown members are ignored, and an unknown status is `UNKNOWN`
    ///   (`Sources/HTTPFront/README.md`, The promise of v1).
    package init?(json: JSONValue) {
        guard let uid = json["uid"]?.string, let source = json["source"]?.string else { return nil }
        self.init(uid: uid, source: source, platform: "", adapter: "")
        for member in FormMember.all {
            let value = json[member.key]
            for (key, field) in member.fields {
                field.set(&self, field.kind.read(key.map { value?[$0] } ?? value))
            }
        }
        for (key, value) in json["labels"]?.members ?? [] {
            self.labels[key] = value.string
        }
        for list in Self.table.lists {
            let parts = list.name.split(separator: ".", maxSplits: 1).map { String($0) }
            let value = parts.reduce(json as JSONValue?) { $0?[$1] }
            list.set(&self, value?.elements.compactMap(\.string) ?? [])
        }
        for object in Self.table.objects { object.read(&self, json[object.name]) }
    }
}

extension ModelDeployment {
    /// The record's complete JSON form as UTF-8 bytes; ``init(encoded:)`` reads it back equal.
    package func encoded() -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 1400)
        DeploymentForm.complete.write(self, to: &json)
        return json.bytes
    }

    /// Reads the bytes that ``encoded()`` wrote; nil if they are not JSON, or if ``init(json:)`` returns nil.
    package init?(encoded bytes: [UInt8]) {
        guard let document = try? JSONDocument(parsing: bytes) else { return nil }
        self.init(json: document.root)
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

/// One member of the JSON form with the fields in it; their paths are split once, not for every record.
private struct FormMember {
    let key: String
    /// The fields in the member; `key` is nil if the member itself is the field.
    var fields: [(key: String?, field: DeploymentField)]

    static let all: [FormMember] = {
        var members: [FormMember] = []
        for field in DeploymentField.all {
            let parts = field.name.split(separator: ".", maxSplits: 1).map { String($0) }
            if members.last?.key != parts[0] { members.append(FormMember(key: parts[0], fields: [])) }
            members[members.count - 1].fields.append((parts.count > 1 ? parts[1] : nil, field))
        }
        return members
    }()
}
