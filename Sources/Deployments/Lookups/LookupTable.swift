package import Wire

/// What was looked up for the rows of a source: a value; each round makes the next one from it.
package struct LookupTable: Sendable {
    /// The outcomes of one lookup.
    fileprivate struct Outcomes: Sendable {
        let lookup: Lookup
        /// By the uid of the entry, or of the deployment where providers are joined.
        var entries: [String: LookupEntry] = [:]
        /// For providers that are joined: since when the list has proven that a deployment without an entry has
        /// none; nil while it has not.
        var completeSince: Timestamp?
        /// The reason that keys without an entry were not requested; nil if it is just not their turn yet.
        var refusal: SourceError?
    }

    private var outcomes: [Outcomes]

    /// The table of a source, with the entries of an earlier process or configuration that its present adapter
    /// file would read in the same way.
    ///
    /// What is not stored, since it follows from the list of providers, continues from an `earlier` table of the process.
    package init(
        of configured: any DeploymentSource, restoring stored: [PartitionState<LookupEntry>],
        continuing earlier: LookupTable? = nil
    ) {
        let origin = SharedSource(configured.description)
        outcomes = configured.lookups.map { lookup in
            var found = Outcomes(lookup: lookup)
            let same = earlier?.outcomes.first {
                $0.lookup.name == lookup.name && $0.lookup.plan == lookup.plan
            }
            (found.completeSince, found.refusal) = (same?.completeSince, same?.refusal)
            let entries =
                lookup.origin == .providers
                ? same.map { Array($0.entries.values) } ?? []
                : stored.first { $0.partition == lookup.name }?.rows ?? []
            for entry in entries where entry.plan == lookup.plan {
                var entry = entry
                entry.lookup = lookup.name
                entry.respell(for: origin)
                found.entries[entry.uid] = entry
            }
            return found
        }
    }

    /// The reason that the last round did not request every key; nil if it did.
    ///
    /// The same reason in other words, such as with another time, stays as it was told first.
    package var refusal: SourceError? {
        outcomes.first { $0.lookup.origin == .request && $0.refusal != nil }?.refusal
    }

    /// True if nothing is looked up for this source.
    package var isEmpty: Bool { outcomes.isEmpty }

    /// The entries as the store keeps them.
    package var stored: [PartitionState<LookupEntry>] {
        outcomes.filter { !$0.entries.isEmpty && $0.lookup.origin == .request }.map { found in
            PartitionState(
                partition: found.lookup.name, observedAt: .epoch, proven: true, pages: 1,
                rows: found.entries.values.sorted { $0.uid < $1.uid })
        }
    }

    /// The keys that are to be looked up now: those of rows without an outcome first, then those whose outcome is
    /// too old or was a failure.
    package func wanted(by rows: some Sequence<ModelDeployment>, at now: Timestamp) -> [LookupKey] {
        let requested = outcomes.filter { $0.lookup.origin == .request }
        guard !requested.isEmpty else { return [] }
        var (new, again): ([LookupKey], [LookupKey]) = ([], [])
        var known: Set<LookupKey> = []
        for row in rows {
            for found in requested {
                guard let values = found.lookup.key(of: row) else { continue }
                let key = LookupKey(lookup: found.lookup.name, values: values)
                guard known.insert(key).inserted else { continue }
                guard let entry = found.entries[row.lookupUID(values)] else {
                    new.append(key)
                    continue
                }
                if entry.isDue(found.lookup, at: now) { again.append(key) }
            }
        }
        return new + again
    }

    /// Takes the outcomes of a round; an outcome that says what the one before said keeps its time.
    package mutating func take(_ fetch: LookupFetch) {
        for index in outcomes.indices {
            let name = outcomes[index].lookup.name
            // The same reason in other words, such as with another time, changes no row.
            if outcomes[index].lookup.origin == .request,
                outcomes[index].refusal?.errorClass != fetch.refusal?.errorClass
            {
                outcomes[index].refusal = fetch.refusal
            }
            for var entry in fetch.entries where entry.lookup == name {
                if let old = outcomes[index].entries[entry.uid] {
                    entry.follow(old, comparing: outcomes[index].lookup.fields)
                }
                outcomes[index].entries[entry.uid] = entry
            }
        }
    }

    /// Takes the list of providers: the rows of deployments for which there is a provider have its values.
    ///
    /// `isComplete` is true if the list is, so that a deployment without a provider is known to have none; `values`
    /// makes a row that has the fields of a lookup alone.
    package mutating func join(
        _ providers: some Sequence<ModelProvider>, isComplete: Bool, at now: Timestamp,
        values: (ModelProvider, _ lookup: String) -> ModelDeployment?
    ) {
        for index in outcomes.indices where outcomes[index].lookup.origin == .providers {
            let old = outcomes[index].entries
            var entries: [String: LookupEntry] = [:]
            for provider in providers {
                guard let uid = provider.deployment, entries[uid] == nil else { continue }
                var entry = LookupEntry(uid: uid, of: provider.origin)
                entry.values = values(provider, outcomes[index].lookup.name)
                (entry.lookup, entry.plan) = (outcomes[index].lookup.name, outcomes[index].lookup.plan)
                (entry.observedAt, entry.checkedAt) = (now, now)
                if let before = old[uid] {
                    entry.follow(before, comparing: outcomes[index].lookup.fields)
                }
                entries[uid] = entry
            }
            outcomes[index].entries = entries
            outcomes[index].completeSince = isComplete ? outcomes[index].completeSince ?? now : nil
            // The failure of the list is told with the list; a row does not change with it.
            outcomes[index].refusal = nil
        }
    }

    /// Removes the outcomes of keys that no row has any more.
    package mutating func retain(for rows: some Sequence<ModelDeployment>) {
        var used = outcomes.map { _ in Set<String>() }
        for row in rows {
            for (index, found) in outcomes.enumerated() where found.lookup.origin == .request {
                if let values = found.lookup.key(of: row) { used[index].insert(row.lookupUID(values)) }
            }
        }
        for index in outcomes.indices where outcomes[index].lookup.origin == .request {
            let kept = used[index]
            outcomes[index].entries = outcomes[index].entries.filter { kept.contains($0.key) }
        }
    }

    /// The fields that could not be read in what was looked up for rows, with the numbers of the rows.
    package func drift(on rows: some Sequence<ModelDeployment>) -> [SourceStatus.ObservedDrift] {
        let drifting = outcomes.filter { found in
            found.lookup.origin == .request
                && found.entries.values.contains { $0.values?.unread.isEmpty == false }
        }
        guard !drifting.isEmpty else { return [] }
        var observed: [SourceStatus.ObservedDrift] = []
        for row in rows {
            for found in drifting {
                guard let values = found.lookup.key(of: row), let entry = found.entries[row.lookupUID(values)]
                else { continue }
                for field in entry.values?.unread ?? [] {
                    if let index = observed.firstIndex(where: { $0.drift.field == field }) {
                        observed[index].drift.rows += 1
                        observed[index].firstSeen = min(observed[index].firstSeen, entry.observedAt)
                    } else {
                        let value = entry.unreadValues[field] ?? LookupEntry.unknownValue
                        observed.append(
                            SourceStatus.ObservedDrift(
                                drift: Drift(field: field, value: value, rows: 1),
                                firstSeen: entry.observedAt))
                    }
                }
            }
        }
        return observed
    }

    /// Forgets the values that could not be read, which may be of fields that must not be shown any more.
    package mutating func forgetUnreadValues() {
        for index in outcomes.indices {
            for uid in outcomes[index].entries.keys { outcomes[index].entries[uid]?.unreadValues = [:] }
        }
    }

    /// Fills the fields of a row that depend on lookups, and notes how each stands.
    package func fill(_ row: inout ModelDeployment) {
        var states: [LookupState] = []
        for found in outcomes {
            let lookup = found.lookup
            let entry: LookupEntry?
            if lookup.origin == .providers {
                entry = found.entries[row.uid]
            } else {
                guard let values = lookup.key(of: row) else { continue }
                entry = found.entries[row.lookupUID(values)]
            }
            if let values = entry?.values { row.take(lookup.fields, from: values) }
            states.append(found.state(of: entry))
        }
        if row.lookups != states { row.lookups = states }
    }
}

extension LookupTable.Outcomes {
    /// How the lookup stands on a row with this entry.
    fileprivate func state(of entry: LookupEntry?) -> LookupState {
        var state = LookupState(name: lookup.name, state: .pending, fields: lookup.fields)
        if let entry {
            state.state = entry.error == nil ? .ok : .failed
            state.observedAt = entry.observedAt
            state.error = entry.error
        } else if let completeSince {
            // The complete list has none.
            state.state = .ok
            state.observedAt = completeSince
        } else {
            state.error = refusal
        }
        return state
    }
}

extension LookupEntry {
    /// The pauses after the first failure of a key and after many.
    private static let shortestPause = Duration.seconds(30)
    private static let longestPause = Duration.seconds(3600)

    /// True if the key is to be looked up again.
    fileprivate func isDue(_ lookup: Lookup, at now: Timestamp) -> Bool {
        let pause: Duration
        if failures > 0 {
            pause = min(Self.shortestPause * (1 << min(failures - 1, 10)), Self.longestPause)
        } else {
            guard let lifetime = lookup.lifetime else { return false }
            pause = lifetime
        }
        // A clock that was set back makes no outcome last longer.
        let age = now.since(checkedAt)
        return age >= pause || age < .zero
    }

    /// Continues from the outcome before: a failure keeps what was found, and the same outcome its time.
    ///
    /// Outcomes are the same if these fields are: what was stored has lost the facts on its source.
    fileprivate mutating func follow(_ old: LookupEntry, comparing fields: [String]) {
        if error != nil {
            failures = old.failures + 1
            if values == nil { (values, unreadValues) = (old.values, old.unreadValues) }
        }
        if Self.isSame(values, old.values, in: fields), error?.errorClass == old.error?.errorClass {
            observedAt = old.observedAt
            error = old.error
        }
    }

    private static func isSame(
        _ left: ModelDeployment?, _ right: ModelDeployment?, in fields: [String]
    ) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left.inferred == right.inferred && left.unread == right.unread
            && fields.allSatisfy { name in
                if let field = DeploymentField.named(name) { return field.get(left) == field.get(right) }
                let list = ModelDeployment.table.lists.first { $0.name == name }
                return list?.get(left) == list?.get(right)
            }
    }

    /// Names the source as it is configured now.
    fileprivate mutating func respell(for source: SharedSource) {
        let former = origin.description.name
        if uid.hasPrefix(former + "/") {
            uid = source.description.name + uid.dropFirst(former.count)
        }
        origin = source
    }
}

extension ModelDeployment {
    /// The uid of the entry for this row's key.
    fileprivate func lookupUID(_ values: [String]) -> String {
        ModelDeployment.uid(source: self.source, key: values)
    }

    /// Takes fields, with their marks, from a row that has them alone.
    fileprivate mutating func take(_ fields: [String], from values: ModelDeployment) {
        for name in fields {
            if let field = DeploymentField.named(name) {
                let value = field.get(values)
                if !value.isNull { field.set(&self, value) }
            } else if let list = ModelDeployment.table.lists.first(where: { $0.name == name }) {
                list.set(&self, list.get(values))
            }
            if values.isInferred(name) { mark(name, inferred: true) }
            if values.unread.contains(name) { markUnread(name) }
        }
    }
}
