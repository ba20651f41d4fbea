import Deployments
import Snapshots
import Synchronization

/// What is added to the listed rows of one source before they are encoded.
///
/// This is the one place where served rows come to differ from listed ones: first what lookups tell is added, then
/// what the operator's rules set. The listed rows stay as they are; they are what is stored and compared with
/// later lists.
package final class RowEnrichment: Sendable {
    let source: any DeploymentSource
    /// The rules that may apply to rows of the source, in their order.
    let rules: [OperatorRule]
    /// What was looked up for the rows.
    private let lookups: LookupTable
    private let tests: [@Sendable (ModelDeployment) -> Bool]
    private let doubts: RuleDoubts
    /// The facts on rows that rules have given their own, so that rows with the same ones share an object.
    private let origins = Mutex<[SourceDescription: SharedSource]>([:])

    /// The largest number of ``origins``.
    private static let originLimit = 10_000

    init(of source: any DeploymentSource, by rules: [OperatorRule], lookups: LookupTable) {
        self.source = source
        self.lookups = lookups
        self.rules = rules.applying(to: source.description)
        tests = self.rules.map { $0.condition.rowTest() }
        doubts = RuleDoubts(of: self.rules)
    }

    /// The same source's enrichment by other rules; this object if those that may apply are the same.
    func renewed(by rules: [OperatorRule]) -> RowEnrichment {
        let applying = rules.applying(to: source.description)
        return applying == self.rules ? self : RowEnrichment(of: source, by: applying, lookups: lookups)
    }

    /// The same source's enrichment with what was looked up since.
    func renewed(by rules: [OperatorRule], lookups: LookupTable) -> RowEnrichment {
        guard !lookups.isEmpty else { return renewed(by: rules) }
        return RowEnrichment(of: source, by: rules, lookups: lookups)
    }

    /// True if rows are shown as by another enrichment; false where that is not certain.
    func isAlike(_ other: RowEnrichment) -> Bool {
        rules == other.rules && lookups.isEmpty && other.lookups.isEmpty
    }

    /// The step that ``SourceRows`` calls for each part of a list; nil if nothing is added to any row.
    var step: (@Sendable (inout [ModelDeployment]) -> Void)? {
        guard !rules.isEmpty || !lookups.isEmpty else { return nil }
        return { rows in
            if !self.lookups.isEmpty { self.addLookups(to: &rows) }
            if !self.rules.isEmpty { self.applyRules(to: &rows) }
        }
    }

    private func addLookups(to rows: inout [ModelDeployment]) {
        for index in rows.indices {
            lookups.fill(&rows[index])
            source.derive(&rows[index])
        }
    }

    /// The source as its status describes it, with what rules may set on rows.
    var shownSource: SourceDescription { rules.described(source.description) }

    /// The origins of the fields of served rows.
    var toldFields: ToldFields {
        var told = source.toldFields
        told.byOperator = Set(rules.flatMap { $0.settings.map(\.path) })
        told.byOperator.formUnion(source.description.labels.keys.map { "labels.\($0)" })
        if source.description.region != nil { told.byOperator.insert("region") }
        return told
    }

    /// The fields of served rows that depend on the list of providers too: those that are joined or follow from them,
    /// and those that rules set whose conditions read one of these.
    var joinedFields: Set<String> {
        let schema = RecordSchema.deployments
        let lookups = source.lookups.filter { $0.origin == .providers }
        let joined = schema.following(Set(lookups.flatMap(\.fields)))
        let ruled = rules.filter { !$0.fieldsRead.isDisjoint(with: joined) }
        return joined.union(schema.following(Set(ruled.flatMap { $0.settings.map(\.path) })))
    }

    /// Sets what the rules say; rows that no rule applies to are not changed.
    ///
    /// Every condition is judged on the row as it was before, so the outcome of one rule decides no other. What a rule
    /// would set is marked as not known where a field that its condition depends on is not.
    private func applyRules(to rows: inout [ModelDeployment]) {
        var outcomes: [[Int]: RuleOutcome] = [:]
        for index in rows.indices {
            let matching = tests.indices.filter { tests[$0](rows[index]) }
            let doubts = doubts.found(on: rows[index])
            defer { doubts?.mark(&rows[index]) }
            guard !matching.isEmpty else { continue }
            var outcome = outcomes[matching] ?? RuleOutcome(of: matching.map { rules[$0] })
            outcome.apply(to: &rows[index], sharing: shared)
            outcomes[matching] = outcome
            source.derive(&rows[index])
        }
    }

    /// The object for rows with these facts.
    private func shared(_ description: SourceDescription) -> SharedSource {
        origins.withLock { origins in
            if let known = origins[description] { return known }
            if origins.count >= Self.originLimit { origins = [:] }
            let new = SharedSource(description)
            origins[description] = new
            return new
        }
    }
}

/// The joint outcome of the rules that apply to a row: of several that set the same field, the last one counts.
private struct RuleOutcome {
    /// The paths that are set, in the order of fields.
    private let names: [String]
    private let writes: [@Sendable (inout ModelDeployment) -> Void]
    private let changesSource: @Sendable (inout SourceDescription) -> Void
    private let setsFactsOfSource: Bool
    /// The facts of the last row, before and after, since nearly all rows have the same.
    private var last: (before: SharedSource, after: SharedSource)?

    init(of rules: [OperatorRule]) {
        let table = ModelDeployment.table
        var values: [String: OperatorRule.Value] = [:]
        for setting in rules.flatMap(\.settings) { values[setting.path] = setting.value }
        let order = Dictionary(table.schema.paths.enumerated().map { ($1, $0) }) { first, _ in first }
        func position(_ path: String) -> Int { order[path] ?? order["labels"] ?? order.count }
        names = values.keys.sorted { (position($0), $0) < (position($1), $1) }
        var writes: [@Sendable (inout ModelDeployment) -> Void] = []
        var facts: [(name: String, value: String?)] = []
        for name in names {
            switch values[name] {
            case .scalar(let value) where table.named(name)?.isOfSource == true:
                facts.append((name, value.text))
            case .scalar(let value):
                if let set = table.named(name)?.set { writes.append { set(&$0, value) } }
            case .list(let list):
                if let set = table.lists.first(where: { $0.name == name })?.set {
                    writes.append { set(&$0, list) }
                }
            case nil: break
            }
        }
        self.writes = writes
        setsFactsOfSource = !facts.isEmpty
        changesSource = { [facts] description in
            for (name, value) in facts {
                if name.hasPrefix("labels.") {
                    description.labels[String(name.dropFirst("labels.".count))] = value
                } else if name == "region" {
                    description.region = value
                }
            }
        }
    }

    /// Sets the fields of a row; `shared` makes the object for facts on it that are no longer those of its source.
    mutating func apply(
        to row: inout ModelDeployment, sharing shared: (SourceDescription) -> SharedSource
    ) {
        if setsFactsOfSource {
            let before = row.origin
            if let last, last.before === before {
                row.origin = last.after
            } else {
                var description = before.description
                changesSource(&description)
                let after = description == before.description ? before : shared(description)
                last = (before, after)
                row.origin = after
            }
        }
        for write in writes { write(&row) }
        row.statedByOperator = names
        for name in names where row.isInferred(name) { row.mark(name, inferred: false) }
        if !row.unread.isEmpty { row.unread.removeAll { names.contains($0) } }
        guard row.lookups.contains(where: { $0.fields.contains(where: names.contains) }) else { return }
        row.lookups = row.lookups.map { state in
            var state = state
            state.fields.removeAll { names.contains($0) }
            return state
        }
    }
}
