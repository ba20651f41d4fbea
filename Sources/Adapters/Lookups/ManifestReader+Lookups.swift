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
        let lifetime = ttl?.duration(atLeast: .seconds(60)) ?? LookupPlan.standardLifetime
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

    /// Reads a lookup in the source's own list of providers; `$` is a provider as it is shown.
    private func readJoin(
        _ name: String, _ from: SettingsNode, _ section: SettingsMapping,
        record: RecordPlan<ModelDeployment>?, hasProviders: Bool
    ) -> LookupPlan? {
        guard from.term(LookupOrigin.self) != nil else { return nil }
        if !hasProviders { from.problem("needs the section `providers`, with the field `deployment`") }
        var reader = self
        reader.pathsRead = PathsRead()
        let fields = reader.readFields(in: section, of: ModelDeployment.self, keyParts: 0)
        guard let record else { return nil }
        let plan = RecordPlan<ModelDeployment>(
            key: [], zone: record.zone, fields: fields.scalars, lists: fields.lists,
            status: StatusPlan(term: nil, rules: []), maps: maps)
        return LookupPlan(
            lookup: Lookup(
                name: name, fields: Self.inOrder(plan.stated), keyFields: [], lifetime: nil,
                plan: LookupPlan.fingerprint(nil, plan), origin: .providers),
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
