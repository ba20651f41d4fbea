import Deployments

/// A field that a query uses and that is not known on some rows of a source that the query reaches.
///
/// The answer may then lack rows, have rows too many, or have them in a wrong order or group.
package struct UncertainField: Sendable, Equatable {
    /// The name of the source.
    package let source: String
    /// The field, and the part of the query that uses it.
    package let use: FieldUse
    /// True if the field depends on a lookup that is pending or has failed; false if it could not be read.
    package let isLookup: Bool
    /// The number of the source's rows on which the field is not known, before the query's filters; at least 1.
    package let rows: Int
}

extension Snapshot {
    /// The fields that make a query's answer uncertain, source by source; most answers have none.
    ///
    /// This is the one place where the fields that a query uses meet the rows on which they are not known. Rows
    /// of earlier versions count only if the query finds them. Where facts about the source are not known on some rows,
    /// the list counts as reached, since other rows might be by the facts that are not known.
    package func uncertainFields(of query: Query, by grouping: Grouping? = nil) -> [UncertainField] {
        lists.filter { $0.mayBeUncertain(for: query) }.flatMap { list in
            query.fieldUses(of: list.schema, by: grouping).flatMap { use in
                [(list.unread, false), (list.lookups, true)].compactMap { counts, isLookup in
                    let rows = counts.count(of: use.field, allVersions: query.allVersions)
                    guard rows > 0 else { return nil }
                    return UncertainField(source: list.source.name, use: use, isLookup: isLookup, rows: rows)
                }
            }
        }
    }
}

extension SourceRows {
    /// False if a query reaches no row of the list, or if every field is known on all of them.
    fileprivate func mayBeUncertain(for query: Query) -> Bool {
        guard !unread.isEmpty || !lookups.isEmpty else { return false }
        return isReached(by: query) || unread.hasFactOfSource(schema) || lookups.hasFactOfSource(schema)
    }
}
