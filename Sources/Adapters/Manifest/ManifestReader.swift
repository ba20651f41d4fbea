package import Deployments
package import Settings
import Wire

extension AdapterManifest {
    /// Reads and compiles one file of `adapters.d`.
    ///
    /// - Throws: ``SettingsError`` with every mistake of the file: its line, its key, and how to correct it.
    package init(yaml text: String, file: String) throws(SettingsError) {
        let problems = SettingsProblems()
        let root = SettingsNode.parse(text, file: file, problems: problems)?.mapping()
        let manifest = root.flatMap { ManifestReader(text: text, file: file, problems: problems).read($0) }
        try problems.throwIfAny()
        guard let manifest else {
            throw SettingsError(problems: [
                SettingsProblem(
                    location: SettingsLocation(file: file, line: 0, key: ""),
                    message: "is not an adapter file")
            ])
        }
        self = manifest
    }

    /// The keys that the reader looks for in this text, as `tests[].expect.rows`; the reference is tested
    /// against them.
    package static func keysRead(yaml text: String, file: String) -> Set<String> {
        let problems = SettingsProblems()
        let root = SettingsNode.parse(text, file: file, problems: problems)?.mapping()
        _ = root.flatMap { ManifestReader(text: text, file: file, problems: problems).read($0) }
        return problems.requestedKeys
    }

    /// The error classes that a file may name: all but ``SourceError/Class/internal``, which is never a
    /// platform's.
    package static let errorClasses = SourceError.Class.allCases.filter { $0 != .internal }
}

/// Reads a manifest's sections in the file's order; each reader reports every mistake and goes on.
struct ManifestReader {
    let file: String
    let fingerprint: UInt64
    let problems: SettingsProblems
    var pathsRead = PathsRead()
    /// `inputs.…` and `partition.…`: the names that templates and expressions may use.
    var variables: Set<String> = []
    /// `inputs.…` of type list: names that only `partitions` may use.
    var lists: Set<String> = []
    var maps: [String: [String: String]] = [:]

    /// The version of the language that this program reads.
    static let language = 1

    init(text: String, file: String, problems: SettingsProblems) {
        var hash = StableHash()
        hash.add(text)
        fingerprint = hash.value
        self.file = file
        self.problems = problems
    }

    func read(_ root: SettingsMapping) -> AdapterManifest? {
        var reader = self
        return reader.readSections(root)
    }

    private mutating func readSections(_ root: SettingsMapping) -> AdapterManifest? {
        if let node = root.required("language"), let language = node.int(in: 1...Int.max),
            language != Self.language
        {
            // Another language has other keys: further problems would be misleading.
            return node.wrong("\(Self.language), the language that this program reads")
        }
        let name = adapterName(root)
        let platform = root.required("platform")?.nonEmptyString()
        let title = root.optional("title")?.string() ?? name ?? ""
        let provenance = readProvenance(root.required("provenance"))
        let inputs = readInputs(root.optional("inputs"))
        let secrets = readSecrets(root.optional("secrets"))
        variables = Set(inputs.filter { $0.kind != .list }.map { "inputs.\($0.name)" })
        lists = Set(inputs.filter { $0.kind == .list }.map { "inputs.\($0.name)" })
        let auth = readAuth(root.required("auth"), secrets: secrets)
        if let auth { refuseUnused(root.optional("secrets"), auth: auth) }
        let keepsAccount = root.optional("same_account")?.bool() ?? false
        let partitions = readPartitions(root.optional("partitions"), inputs: inputs)
        variables.formUnion(partitions.map { "partition.\($0.name)" })
        maps = readMaps(root.optional("maps"))
        let list = readList(root.required("list"), inputs: inputs)
        let record = readRecord(root, inputs: inputs)
        let providers = root.optional("providers").flatMap {
            readProviders($0, inputs: inputs, deployments: record, partitions: partitions)
        }
        let lookups = readLookups(
            root.optional("lookups"), inputs: inputs, record: record, hasProviders: root.has("providers"))
        let update = readUpdate(root.optional("update"), inputs: inputs, record: record)
        let errors = readErrors(root.optional("errors"))
        let never = readNever(root.optional("never"), records: list?.records.path)
        let limits = readLimits(root.optional("limits"))
        let cache = readCache(root.optional("cache"))
        let tests = readTests(
            root.optional("tests"), hasProviders: root.has("providers"), hasUpdate: root.has("update"))
        root.refuseOthers()
        guard problems.isEmpty, let name, let platform, let auth, let list, let record, let errors
        else { return nil }
        warnOfSharedIdentities(partitions, record, root.optional("identity"))
        return AdapterManifest(
            name: name, platform: platform, title: title, file: file, fingerprint: fingerprint,
            provenance: provenance, inputs: inputs,
            secrets: secrets, limits: limits, cache: cache, tests: tests, auth: auth,
            keepsAccount: keepsAccount, partitions: partitions,
            list: list, record: record, providers: providers, lookups: lookups, update: update,
            errors: errors,
            never: never, warnings: problems.warnings)
    }

    /// Warns if two partitions may list the same identity: their rows could not be told apart.
    func warnOfSharedIdentities(
        _ partitions: [AdapterManifest.PartitionAxis], _ record: RecordPlan<some AdaptedRecord>,
        _ identity: SettingsNode?
    ) {
        let named = Set(record.key.flatMap(\.variables))
        guard !partitions.isEmpty, !record.isUnique,
            !partitions.allSatisfy({ named.contains("partition.\($0.name)") }), let identity
        else { return }
        identity.warning(
            "names no partition; add it to `key`, or `unique: true` if the platform's own key is unique over all "
                + "partitions")
    }

    private func adapterName(_ root: SettingsMapping) -> String? {
        guard let node = root.required("adapter"), let name = node.nonEmptyString() else { return nil }
        guard name.utf8.allSatisfy({ Self.isNameByte($0) }) else {
            return node.wrong("a name of a-z, 0-9 and -")
        }
        let stem = file.split(separator: "/").last.map(String.init) ?? file
        if stem.hasSuffix(".yaml"), stem != "\(name).yaml" {
            node.problem("must be the file's own name, `\(stem.dropLast(5))`")
        }
        return name
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private func readProvenance(_ node: SettingsNode?) -> [AdapterManifest.Provenance] {
        guard let elements = node?.sequence() else { return [] }
        if elements.isEmpty { node?.problem("needs at least one document that the file was written from") }
        return elements.compactMap { element in
            guard let entry = element.mapping() else { return nil }
            defer { entry.refuseOthers() }
            let document = entry.required("document")?.nonEmptyString()
            let read = entry.required("read")
            if let read, let text = read.string(), Timestamp(date: text) == nil {
                read.problem("must be the date on which the document was read, such as 2026-11-21")
            }
            let mark = entry.required("mark")?.term(AdapterManifest.Provenance.Mark.self)
            let about = entry.optional("about")?.string() ?? ""
            guard let document, let mark else { return nil }
            return AdapterManifest.Provenance(
                document: document, read: read?.text ?? "", mark: mark, about: about)
        }
    }

    private func readLimits(_ node: SettingsNode?) -> AdapterManifest.Limits {
        guard let entry = node?.mapping() else { return AdapterManifest.Limits() }
        defer { entry.refuseOthers() }
        return AdapterManifest.Limits(
            concurrency: entry.optional("concurrency")?.int(in: 1...64),
            pages: entry.optional("pages")?.int(in: 1...100_000))
    }

    private func readCache(_ node: SettingsNode?) -> CacheWindows.Overrides {
        node?.mapping().map { CacheWindows.Overrides($0, in: .adapterFile) } ?? CacheWindows.Overrides()
    }

    private func readMaps(_ node: SettingsNode?) -> [String: [String: String]] {
        guard let entry = node?.mapping() else { return [:] }
        var maps: [String: [String: String]] = [:]
        for named in entry.entries {
            checkName(of: named)
            var map: [String: String] = [:]
            for pair in named.value.mapping()?.entries ?? [] { map[pair.name] = pair.value.string() }
            maps[named.name] = map
        }
        return maps
    }
}
