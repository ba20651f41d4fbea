import Deployments
import Snapshots

/// Finds what the operator's rules would perhaps set on a row: where a field that a condition reads is not known, what
/// its rule sets is not known either.
struct RuleDoubts: Sendable {
    /// One of the rules.
    private struct Judge: Sendable {
        /// The fields that the condition reads, and the paths that the rule sets.
        let reads: Set<String>
        let sets: Set<String>
        let verdict: @Sendable (ModelDeployment, Set<String>) -> Bool?
    }

    /// The paths that are not known on a row.
    struct Found: Sendable {
        /// Those that depend on a field that could not be read.
        fileprivate var unread: Set<String> = []
        /// Those that depend on a lookup that is pending or has failed, by its name.
        fileprivate var pending: [String: Set<String>] = [:]

        /// Marks the paths on the row, as fields that depend on the same.
        func mark(_ row: inout ModelDeployment) {
            for path in unread.sorted() { row.markUnread(path) }
            guard !pending.isEmpty else { return }
            row.lookups = row.lookups.map { state in
                var state = state
                let more = pending[state.name] ?? []
                state.fields += more.subtracting(state.fields).sorted()
                return state
            }
        }
    }

    private let judges: [Judge]

    init(of rules: [OperatorRule]) {
        judges = rules.map {
            Judge(
                reads: $0.fieldsRead, sets: Set($0.settings.map(\.path)), verdict: $0.condition.rowVerdict())
        }
    }

    /// What is not known of the outcome on a row as it is before the rules; nil if all is known, as on most rows.
    func found(on row: ModelDeployment) -> Found? {
        let open = row.lookups.filter { $0.state != .ok }
        guard !row.unread.isEmpty || !open.isEmpty else { return nil }
        let unread = row.unknown(with: Set(row.unread), followsAlways: false)
        let pending = open.map { ($0.name, row.unknown(with: Set($0.fields), followsAlways: true)) }
        let unknown = pending.reduce(into: unread) { $0.formUnion($1.1) }
        guard judges.contains(where: { !$0.reads.isDisjoint(with: unknown) }) else { return nil }
        var found = Found()
        for judge in judges {
            switch judge.verdict(row, unknown) {
            case false?: break
            case true?:
                // It decides, whatever the rules before it are.
                found.unread.subtract(judge.sets)
                found.pending = found.pending.mapValues { $0.subtracting(judge.sets) }
            case nil:
                if !judge.reads.isDisjoint(with: unread) { found.unread.formUnion(judge.sets) }
                for (name, fields) in pending where !judge.reads.isDisjoint(with: fields) {
                    found.pending[name, default: []].formUnion(judge.sets)
                }
            }
        }
        return found
    }
}

extension OperatorRule {
    /// The fields that the condition reads.
    var fieldsRead: Set<String> { Set(condition.filters.map(\.field.name)) }
}
