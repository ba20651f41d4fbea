import Deployments

/// A condition on records: filters, joined by "all", "any" and "not".
///
/// A filter either holds or it does not, also where the field is null: so `not` of a filter holds for every record
/// without that field.
package indirect enum Condition: Sendable {
    case field(Filter)
    /// Of none: holds for every record.
    case all([Condition])
    /// Of none: holds for no record.
    case any([Condition])
    case not(Condition)

    /// The conditions that must all hold: those of "all", or this one alone.
    package var parts: [Condition] { if case .all(let parts) = self { parts } else { [self] } }

    /// Both this and another; parts of "all" are joined to one list.
    package func and(_ other: Condition) -> Condition {
        let all = parts + other.parts
        return all.count == 1 ? all[0] : .all(all)
    }

    /// True, false, or nil where the filters that are not known leave it open.
    ///
    /// Three-valued as SQL is, so it may stay open where the whole is the same either way: nil is never wrong.
    package func verdict(_ known: (Filter) -> Bool?) -> Bool? {
        switch self {
        case .field(let filter): known(filter)
        case .all(let parts): Self.verdict(of: parts, decidedBy: false, known)
        case .any(let parts): Self.verdict(of: parts, decidedBy: true, known)
        case .not(let part): part.verdict(known).map { !$0 }
        }
    }

    /// One part that is `deciding` settles the whole; else one that is open leaves it open.
    private static func verdict(
        of parts: [Condition], decidedBy deciding: Bool, _ known: (Filter) -> Bool?
    ) -> Bool? {
        var isOpen = false
        for part in parts {
            switch part.verdict(known) {
            case deciding?: return deciding
            case nil: isOpen = true
            default: continue
            }
        }
        return isOpen ? nil : !deciding
    }

    /// True where it could hold for a row of a source, judged by what is alike on all its rows, and by their uids.
    func couldHold(forRowsOf source: SourceDescription, byUID: Bool) -> Bool {
        let verdict = verdict { filter in
            if filter.field.isOfSource { return filter.holds(for: source.value(of: filter.field)) }
            guard byUID, filter.field.name == "uid" else { return nil }
            return filter.couldName(rowOf: source) ? nil : false
        }
        return verdict ?? true
    }
}
