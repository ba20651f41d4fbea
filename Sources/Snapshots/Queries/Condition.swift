package import Deployments

/// What must hold of a record: filters, joined by "all", "any" and "not".
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

    /// Whether it holds for a record: its definition.
    package func holds(for deployment: ModelDeployment) -> Bool {
        switch self {
        case .field(let filter): filter.holds(for: deployment)
        case .all(let parts): parts.allSatisfy { $0.holds(for: deployment) }
        case .any(let parts): parts.contains { $0.holds(for: deployment) }
        case .not(let part): !part.holds(for: deployment)
        }
    }

    /// Whether it holds, as far as its filters are known; nil where those that are not leave it open.
    ///
    /// Three-valued as SQL is, so it may stay open where the whole is the same either way: nil is never wrong.
    func verdict(_ known: (Filter) -> Bool?) -> Bool? {
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

    /// Whether it could hold for a row of a source, judged by what is the same for all its rows, and by their uids.
    func couldHold(forRowsOf source: SourceDescription, byUID: Bool) -> Bool {
        let record = source.record(uid: "")
        let verdict = verdict { filter in
            if filter.field.isOfSource { return filter.holds(for: record) }
            guard byUID, filter.field.name == "uid" else { return nil }
            return filter.couldName(rowOf: source) ? nil : false
        }
        return verdict ?? true
    }
}
