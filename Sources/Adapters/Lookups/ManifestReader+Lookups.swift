import Deployments
import Settings

// The secondary requests that fields of rows depend on.
extension ManifestReader {
    /// Reads the section `lookups`; `record` is the file's own record, and `hasProviders` tells whether it lists
    /// providers.
    func readLookups(
        _ node: SettingsNode?, inputs: [AdapterManifest.Input], record: RecordPlan<ModelDeployment>?,
        hasProviders: Bool
    ) -> [LookupPlan] {
        guard let entries = node?.mapping()?.entries else { return [] }
        var taken: [String: String] = [:]
        for field in record?.stated ?? [] { taken[field] = "`fields`" }
        return entries.compactMap { entry in
            checkName(of: entry)
            guard let plan = readLookup(entry, inputs: inputs, record: record, hasProviders: hasProviders)
            else { return nil }
            for field in plan.lookup.fields {
                if let other = taken[field] {
                    problems.add(
                        entry.location, "reads `\(field)`, which \(other) reads too; a field has one origin")
                }
                taken[field] = "the lookup `\(entry.name)`"
            }
            return plan
        }
    }

    private func readLookup(
        _ entry: SettingsMapping.Entry, inputs: [AdapterManifest.Input],
        record: RecordPlan<ModelDeployment>?, hasProviders: Bool
    ) -> LookupPlan? {
        guard let section = entry.value.mapping() else { return nil }
        defer { section.refuseOthers() }
        if let from = section.optional("from") {
            return readJoin(entry.name, from, section, record: record, hasProviders: hasProviders)
        }
        // Its `$` is another record, with other paths under `never`.
        var reader = self
        reader.pathsRead = PathsRead()
        let known = record?.stated ?? []
        var requesting = reader
        requesting.variables.formUnion(known.map { LookupPlan.rowPrefix + $0 })
        requesting.variables.subtract(variables.filter { $0.hasPrefix("partition.") })
        let request = requesting.readRequest(section, roots: [])
        let once = section.optional("once")?.bool() ?? false
        let ttl = section.optional("ttl")
        let lifetime = ttl?.duration() ?? LookupPlan.standardLifetime
        if once { ttl?.problem("what is looked up `once` has no `ttl`") }
        let fields = reader.readFields(in: section, of: ModelDeployment.self, keyParts: 0)
        _ = reader.readNever(section.optional("never"), records: nil)
        guard let request, let record else { return nil }
        let keyFields = LookupPlan.keyFields(of: request)
        if keyFields.isEmpty {
            entry.value.problem("names no field of the row, such as {row.name}: every row would be the same")
            return nil
        }
        let plan = RecordPlan<ModelDeployment>(
            key: [], zone: record.zone, fields: fields.scalars, lists: fields.lists,
            status: StatusPlan(term: nil, rules: []), maps: maps)
        return LookupPlan(
            lookup: Lookup(
                name: entry.name, fields: Self.inOrder(plan.stated), keyFields: keyFields,
                lifetime: once ? nil : lifetime, plan: LookupPlan.fingerprint(request, plan)),
            request: request, record: plan)
    }

    private enum LookupOrigin: String, CaseIterable { case providers }

    /// Reads a lookup in the source's own list of providers.
    private func readJoin(
        _ name: String, _ from: SettingsNode, _ section: SettingsMapping,
        record: RecordPlan<ModelDeployment>?, hasProviders: Bool
    ) -> LookupPlan? {
        guard from.term(LookupOrigin.self) != nil, let record else { return nil }
        if !hasProviders { from.problem("needs the section `providers`, with the field `deployment`") }
        let allowed = ModelDeployment.statedFields.map(\.name) + ModelDeployment.statedLists
        let readable = RecordSchema.providers.fields.filter { !$0.isStamped }.map(\.name)
            + RecordSchema.providers.lists.map(\.name).filter { $0.hasSuffix("_models") }
        var joined: [Lookup.Joined] = []
        for entry in section.required("fields")?.mapping()?.entries ?? [] {
            guard allowed.contains(entry.name) else {
                problems.add(
                    entry.location, "is not a field that can be looked up; use one of " + allowed.joined(separator: ", "))
                continue
            }
            guard let text = entry.value.nonEmptyString() else { continue }
            if text.count > 2, text.hasPrefix("'"), text.hasSuffix("'") {
                joined.append(
                    .init(field: entry.name, provider: nil, constant: String(text.dropFirst().dropLast())))
            } else if readable.contains(text) {
                joined.append(.init(field: entry.name, provider: text, constant: nil))
            } else {
                entry.value.problem(
                    "must be a text in quotes, such as \"'openai'\", or a provider's field: "
                        + readable.joined(separator: ", "))
            }
        }
        let plan = RecordPlan<ModelDeployment>(
            key: [], zone: record.zone, fields: [], status: StatusPlan(term: nil, rules: []), maps: [:])
        return LookupPlan(
            lookup: Lookup(
                name: name, fields: Self.inOrder(joined.map(\.field)), keyFields: [], lifetime: nil,
                plan: LookupPlan.fingerprint(nil, plan, joined), origin: .providers(joined)),
            request: nil, record: plan)
    }

    private static func inOrder(_ names: [String]) -> [String] {
        RecordSchema.deployments.paths.filter { names.contains($0) }
    }
}

extension RecordPlan {
    /// The names of the fields and lists that the file reads.
    var stated: [String] { fields.map(\.field.name) + lists.map(\.list.name) }
}
