package import Wire

extension ModelDeployment {
    /// Reads a record's own JSON form back; what ``RecordForms/whole`` writes reads back equal.
    ///
    /// - Returns: nil where `uid` or `source` is missing. Other fields that are missing, or of another type,
    ///   are null; unknown members are ignored, and an unknown status is `UNKNOWN` (`Sources/HTTPFront/README.md`, The promise of v1).
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
        inferred = json["inferred"]?.elements.compactMap(\.string) ?? []
    }
}

extension ModelDeployment {
    /// Its JSON form, whole, as a text of its own; ``init(encoded:)`` reads it back equal.
    package func encoded() -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 1400)
        DeploymentForm.whole.write(self, to: &json)
        return json.bytes
    }

    /// Reads what ``encoded()`` wrote; nil where the text is no JSON, or ``init(json:)`` refuses it.
    package init?(encoded bytes: [UInt8]) {
        guard let document = try? JSONDocument(parsing: bytes) else { return nil }
        self.init(json: document.root)
    }
}

extension Field.Kind {
    /// A value of this kind as the JSON form holds it; null for everything else.
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

/// One member of the JSON form with the fields in it: their paths, cut once.
private struct FormMember {
    let key: String
    /// `key` is nil where the member is itself the field.
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
