import Wire

/// The stored form: an object with the path of each field and its new value.
extension UpdatePatch {
    /// The stored form as UTF-8 bytes; ``init(encoded:)`` reads it back equal.
    package func encoded() -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            for change in changes {
                json.key(change.field)
                switch change.value {
                case .null: json.null()
                case .text(let text): json.string(text)
                case .number(let number): json.double(number)
                case .time(let time): json.time(time)
                case .bool(let bool): json.bool(bool)
                }
            }
        }
        return json.bytes
    }

    /// Reads the bytes that ``encoded()`` wrote; nil if they are something else.
    ///
    /// A time is read back as its text, since no member that clients change is a time.
    package init?(encoded bytes: [UInt8]) {
        guard let root = (try? JSONDocument(parsing: bytes))?.root else { return nil }
        var changes: [Change] = []
        for (field, value) in root.members {
            guard let value = FieldValue(scalar: value) else { return nil }
            changes.append(Change(field, value))
        }
        guard !changes.isEmpty else { return nil }
        self.init(changes)
    }
}

extension FieldValue {
    /// A scalar of a JSON document; nil for an object or an array.
    fileprivate init?(scalar value: JSONValue) {
        if let text = value.string {
            self = .text(text)
        } else if let bool = value.bool {
            self = .bool(bool)
        } else if let number = value.double {
            self = .number(number)
        } else if value.isNull {
            self = .null
        } else {
            return nil
        }
    }
}
