package import Wire

extension ModelDeployment {
    /// Reads a record's own JSON form back; what ``DeploymentForm/whole`` writes reads back equal.
    ///
    /// - Returns: nil where `uid` or `source` is missing. Other fields that are missing, or of another type,
    ///   are null; unknown members are ignored, and an unknown status is `UNKNOWN` (DESIGN.md §4).
    package init?(json: JSONValue) {
        guard let uid = json["uid"]?.string, let source = json["source"]?.string else { return nil }
        self.init(uid: uid, source: source, platform: "", adapter: "")
        for field in DeploymentField.all {
            field.set(&self, field.kind.read(json.at(path: field.name)))
        }
        for (key, value) in json["labels"]?.members ?? [] {
            labels[key] = value.string
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

extension DeploymentField.Kind {
    /// A value of this kind as the JSON form holds it; null for everything else.
    fileprivate func read(_ value: JSONValue?) -> FieldValue {
        guard let value else { return .null }
        return switch self {
        case .text, .word: FieldValue(value.string)
        case .number: FieldValue(value.double)
        case .time: FieldValue(value.string.flatMap { Timestamp($0) })
        case .flag: value.bool.map { .flag($0) } ?? .null
        }
    }
}

extension JSONValue {
    fileprivate func at(path: String) -> JSONValue? {
        var value: JSONValue? = self
        for segment in path.split(separator: ".") { value = value?[String(segment)] }
        return value
    }
}
