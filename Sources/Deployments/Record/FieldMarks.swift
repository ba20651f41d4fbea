/// Marks on a record about single fields.
extension ModelDeployment {
    /// True if the platform did not state this field as such, see ``inferred``.
    package func isInferred(_ field: String) -> Bool { inferred.contains(field) }

    /// Adds a field to ``inferred`` at its position in the order of fields, or removes it.
    package mutating func mark(_ field: String, inferred isInferred: Bool) {
        inferred.removeAll { $0 == field }
        if isInferred { inferred.insert(field, inOrderOf: Self.table.schema) }
    }

    /// Adds a field to ``unread`` at its position in the order of fields; a field that is there stays.
    package mutating func markUnread(_ field: String) {
        if unread.isEmpty {
            unread = onlyUnread[field] ?? [field]
        } else if !unread.contains(field) {
            unread.insert(field, inOrderOf: Self.table.schema)
        }
    }
}

/// Marks on a record about single fields.
extension ModelProvider {
    /// Adds a field to ``unread`` at its position in the order of fields; a field that is there stays.
    package mutating func markUnread(_ field: String) {
        if !unread.contains(field) { unread.insert(field, inOrderOf: Self.table.schema) }
    }
}

/// The values of `unread` with one name, by that name: most rows with any share one of these arrays.
private let onlyUnread: [String: [String]] = Dictionary(
    ModelDeployment.table.fields.map { ($0.name, [$0.name]) }
) { first, _ in first }

extension [String] {
    /// Inserts the name of a field before the first name that is later in the order of fields.
    fileprivate mutating func insert(_ field: String, inOrderOf schema: RecordSchema) {
        let later = schema.paths.drop { $0 != field }.dropFirst()
        insert(field, at: firstIndex { later.contains($0) } ?? count)
    }
}
