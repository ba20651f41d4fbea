package import Deployments

/// A condition on records: filters, joined by "all", "any" and "not".
///
/// A filter is either true or false, also if the field is null. So `not` of a filter holds for every record
/// without that field.
package indirect enum Condition: Sendable {
    case field(Filter)
    /// Every part must hold; without parts it holds for every record.
    case all([Condition])
    /// At least one part must hold; without parts it holds for no record.
    case any([Condition])
    case not(Condition)

    /// The conditions that must all hold: the parts of "all", or this condition alone.
    package var parts: [Condition] { if case .all(let parts) = self { parts } else { [self] } }

    /// A condition that requires both this one and another; parts of "all" are joined into one list.
    package func and(_ other: Condition) -> Condition {
        let all = parts + other.parts
        return all.count == 1 ? all[0] : .all(all)
    }

    /// The value of the condition if only some filters' values are known; nil if it depends on the others.
    ///
    /// This is the three-valued logic of SQL. It may return nil although the condition has the same value in
    /// every case; it never returns a wrong value.
    package func verdict(_ known: (Filter) -> Bool?) -> Bool? {
        switch self {
        case .field(let filter): known(filter)
        case .all(let parts): Self.verdict(of: parts, decidedBy: false, known)
        case .any(let parts): Self.verdict(of: parts, decidedBy: true, known)
        case .not(let part): part.verdict(known).map { !$0 }
        }
    }

    /// The joined value: `deciding` if any part has that value, else nil if any part is unknown.
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

    /// False if the condition holds for no row of a source, judged by the fields that are the same on all its
    /// rows, and by uids if `byUID` is true.
    package func couldHold(forRowsOf source: SourceDescription, byUID: Bool = true) -> Bool {
        verdict { $0.verdict(forRowsOf: source, byUID: byUID) } ?? true
    }
}
