import Adapters
import Deployments
import HTTPFront
import Refresh
import Settings
import Snapshots
import Upstream
import Wire

/// Turns the configuration's `sources` into sources that can be fetched.
struct SourceAssembly {
    let config: GatewayConfig
    let transport: any HTTPTransport
    /// The environment variables, as at the program's start.
    let environment: [String: String]
    let now: @Sendable () -> Timestamp
    /// The limits that the sources share, with those of another configuration too.
    let limits: SharedLimits
    /// The adapter files of the configuration's folders.
    let catalog: AdapterCatalog

    /// Reads the adapter files.
    ///
    /// Folders that cannot be read, and mistakes in files that a source uses, go to `problems`; mistakes in
    /// other files are warnings there.
    init(
        config: GatewayConfig, transport: any HTTPTransport, environment: [String: String],
        now: @escaping @Sendable () -> Timestamp, limits: SharedLimits = SharedLimits(),
        problems: SettingsProblems
    ) {
        self.config = config
        self.transport = transport
        self.environment = environment
        self.now = now
        self.limits = limits
        catalog = AdapterCatalog(folders: config.adapterFolders, problems: problems)
        catalog.reportFaults(
            to: problems, usedBy: Set(config.sources.filter(\.isEnabled).map(\.adapter)))
    }

    /// The use of a source's secret; ``SecretUse/password``, which allows more, where the adapter file is not
    /// known.
    func use(ofSecret name: String, in source: SourceConfig) -> SecretUse {
        catalog.manifests[source.adapter]?.use(ofSecret: name) ?? .password
    }

    /// The enabled sources in the file's order.
    ///
    /// Entries that do not fit their adapter files, and the warnings of the files in use, go to `problems`. A
    /// mistake that only follows from one reported already is left out: an entry that could not be read is not
    /// "missing".
    func sources(problems: SettingsProblems) -> [(source: AdapterSource, config: CacheWindows)] {
        let families: ModelFamilies =
            config.modelFamilies.isEmpty ? .shipped : ModelFamilies(config.modelFamilies)
        warnOfRulesWithoutSource(problems)
        return config.sources.filter(\.isEnabled).compactMap { entry in
            guard let manifest = catalog.manifests[entry.adapter] else {
                if !entry.adapter.isEmpty, catalog.lacks(entry.adapter) {
                    refuseAdapter(of: entry, problems: problems)
                }
                return nil
            }
            for warning in manifest.warnings { problems.warn(warning.location, warning.message) }
            do throws(BindingError) {
                let source = try AdapterSource(
                    manifest: manifest, binding: binding(entry, manifest, families: families),
                    transport: transport, now: now, limits: limits)
                let windows = entry.cache.over(config.cache).over(manifest.cache).over(CacheWindows())
                return (source, windows)
            } catch {
                let known = Set(
                    manifest.inputs.map { "inputs.\($0.name)" }
                        + manifest.secrets.map { "secrets.\($0.name)" })
                for problem in error.problems
                where !known.contains(problem.key) || !entry.leftUnread(problem.key) {
                    problems.add(entry.location(of: problem.key), problem.message)
                }
                return nil
            }
        }
    }

    private func description(
        of entry: SourceConfig, _ manifest: AdapterManifest, families: ModelFamilies = .shipped
    ) -> SourceDescription {
        SourceDescription(
            name: entry.name, platform: entry.platform ?? manifest.platform, adapter: manifest.name,
            region: entry.region, labels: entry.labels, families: families)
    }

    /// Warns of rules whose filters no source can satisfy, disabled ones included.
    private func warnOfRulesWithoutSource(_ problems: SettingsProblems) {
        guard !config.rules.isEmpty else { return }
        let sources = config.sources.compactMap { entry in
            catalog.manifests[entry.adapter].map { description(of: entry, $0) }
        }
        // What a source without a usable adapter file would satisfy is not known.
        guard sources.count == config.sources.count else { return }
        let mistakes = FilterMistakes(among: sources) { _ in false }
        for entry in config.rules {
            var query = Query()
            query.condition = entry.rule.condition
            query.allVersions = true
            for notice in mistakes.notices(on: query) {
                let hint = notice.didYouMean.map { "; did you mean `\($0)`?" } ?? ""
                problems.warn(entry.location, "the rule applies to no row: \(notice.detail)\(hint)")
            }
        }
    }

    private func refuseAdapter(of entry: SourceConfig, problems: SettingsProblems) {
        let names = catalog.adapterNames
        let hint =
            catalog.misnamed[entry.adapter].map { "\($0) is not read: its name must end in .yaml" }
            ?? nearest(to: entry.adapter, among: names).map { "did you mean `\($0)`?" }
            ?? "the adapters are \(names.joined(separator: ", "))"
        problems.add(entry.location(of: "adapter"), "there is no adapter `\(entry.adapter)`; \(hint)")
    }

    private func binding(
        _ entry: SourceConfig, _ manifest: AdapterManifest, families: ModelFamilies
    ) -> SourceBinding {
        var binding = SourceBinding(
            description: description(of: entry, manifest, families: families),
            baseURL: entry.baseURL.description,
            inputs: inputs(entry, manifest),
            secrets: secrets(entry, manifest),
            statusTerms: entry.statusTerms.sorted { $0.key < $1.key }.map {
                OperatorTerm(term: $0.key, status: $0.value.status, serving: $0.value.serving)
            },
            exposesOwner: entry.exposesOwner,
            connection: ConnectionOptions(
                connectTimeout: entry.upstream.connectTimeout, totalTimeout: entry.upstream.totalTimeout,
                bodyLimitBytes: entry.upstream.bodyLimitBytes, caFile: entry.upstream.caFile,
                proxy: entry.upstream.proxy, allowsPlaintext: entry.allowsPlaintext),
            concurrency: entry.upstream.concurrency ?? manifest.limits.concurrency
                ?? UpstreamConfig.standardConcurrency,
            maximumPages: entry.upstream.pages ?? manifest.limits.pages ?? UpstreamConfig.standardPages,
            budget: RequestBudget(
                RequestBudget.Limits(
                    rate: entry.upstream.rate, burst: entry.upstream.burst, daily: entry.upstream.daily)),
            fetchDeadline: entry.upstream.fetchTimeout)
        binding.formerName = entry.formerName
        binding.maximumRows = entry.upstream.rows
        binding.takesUpdates = entry.allowsWrites
        return binding
    }

    private func secrets(_ entry: SourceConfig, _ manifest: AdapterManifest) -> [String: BoundSecret] {
        var secrets: [String: BoundSecret] = [:]
        for (name, reference) in entry.secrets {
            let use = manifest.use(ofSecret: name)
            secrets[name] = BoundSecret(
                reference: reference.description, identity: reference.hashValue, canRotate: reference.isFile
            ) { [environment] in
                do throws(SecretError) {
                    return try reference.resolve(environment: environment, as: use)
                } catch {
                    if error.lacksDescriptors { throw SourceError.noDescriptors }
                    throw SecretReason(reason: error.reason)
                }
            }
        }
        for name in entry.unreadNames(in: "secrets") {
            secrets[name] = BoundSecret(reference: name) { throw SecretReason(reason: "could not be read") }
        }
        return secrets
    }

    private func inputs(
        _ entry: SourceConfig, _ manifest: AdapterManifest
    ) -> [String: Adapters.InputValue] {
        var inputs: [String: Adapters.InputValue] = [:]
        // A value that could not be read is empty here, so that its name is still checked.
        for name in entry.unreadNames(in: "inputs") { inputs[name] = .text("") }
        for (name, value) in entry.inputs {
            inputs[name] = value.forAdapter(kind: manifest.inputs.first { $0.name == name }?.kind)
        }
        return inputs
    }
}

extension SharedLimits {
    /// The limits that a configuration sets.
    convenience init(_ config: SharedConfig) {
        self.init(answerBytes: config.answerBytes, hostWidth: config.hostWidth)
    }
}

/// The reason why a secret could not be read, without its reference, which the message already names.
private struct SecretReason: Error, CustomStringConvertible {
    var reason: String
    var description: String { reason }
}

extension InputValue {
    /// The value in the type that the adapter declares; a number declared as text is passed as written.
    fileprivate func forAdapter(kind: AdapterManifest.Input.Kind?) -> Adapters.InputValue {
        switch (value, kind) {
        case (.list(let elements), _): .list(elements.compactMap(\.text))
        case (.number(let number, _), .number): .number(number)
        case (.bool(let bool), .bool): .bool(bool)
        default: .text(text ?? "")
        }
    }
}
