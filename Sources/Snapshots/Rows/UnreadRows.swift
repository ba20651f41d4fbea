package import Deployments

/// The numbers of rows on which a field is not known; most lists have none.
///
/// A field counts if it is not known itself, and also if it is filled in from a field that is not known
/// (`RecordSchema.Profile.derived`).
struct UnreadRows: Sendable, Equatable {
    /// The rows of all versions, and those that are the current version of their uid.
    private struct Count: Equatable {
        var all = 0
        var current = 0
    }

    /// By the field's name; no count is 0.
    private var counts: [String: Count] = [:]

    /// True if every field is known on every row.
    var isEmpty: Bool { counts.isEmpty }

    /// True if one of the fields is a fact on a row about its source, by which rows are reached.
    func hasFactOfSource(_ schema: RecordSchema) -> Bool {
        counts.keys.contains { schema.named($0)?.isOfSource ?? false }
    }

    /// The number of rows on which a field is not known; of all versions, or of the current ones only.
    func count(of field: Field, allVersions: Bool) -> Int {
        guard let count = counts[field.name] else { return 0 }
        return allVersions ? count.all : count.current
    }

    /// Counts a row on which these fields are not known, such as those in ``Record/unread``.
    ///
    /// A field that is filled in from one of them counts if it is null, or if `followsAlways`: what it follows from may
    /// have an old value.
    mutating func add<Row: Record>(_ row: Row, unknown: Set<String>, followsAlways: Bool = false) {
        let table = Row.table
        let isCurrent = table.schema.current.flatMap { table.named($0.name) }.map {
            $0.get(row) == .bool(true)
        }
        for name in row.unknown(with: unknown, followsAlways: followsAlways) {
            counts[name, default: Count()].all += 1
            if isCurrent ?? true { counts[name, default: Count()].current += 1 }
        }
    }

    /// Adds the counts of another part of the same list.
    mutating func add(_ other: UnreadRows) {
        for (name, count) in other.counts {
            counts[name, default: Count()].all += count.all
            counts[name, default: Count()].current += count.current
        }
    }
}

extension Record {
    /// These fields, which are not known on the record, and those that are filled in from them.
    ///
    /// The latter count if they are null, or if `followsAlways`: what they follow from may have an old value.
    package func unknown(with names: Set<String>, followsAlways: Bool) -> Set<String> {
        let table = Self.table
        var unknown = names
        for (name, origins) in table.schema.profile.derived where origins.contains(where: names.contains) {
            guard let field = table.named(name) else { continue }
            if followsAlways || !field.isNullable || field.get(self).isNull { unknown.insert(name) }
        }
        return unknown
    }
}
