import Adapters
import Deployments
import Refresh
import Settings
import Upstream
import Wire

/// Turns the configuration's `sources` into sources that can be asked.
struct SourceAssembly {
    let config: GatewayConfig
    let transport: any HTTPTransport
    /// The variables of the program's start.
    let environment: [String: String]
    let now: @Sendable () -> Timestamp

    /// The enabled sources in the file's order.
    ///
    /// What is wrong with the adapter files, and what does not fit them, goes to `problems`. What follows only
    /// from a problem that stands there already is not told: what could not be read is not "missing".
    func sources(problems: SettingsProblems) -> [(source: AdapterSource, config: RefreshConfig)] {
        let shelf = AdapterCatalog(folders: config.adapterFolders, problems: problems)
        return config.sources.filter(\.isEnabled).compactMap { entry in
            guard let manifest = shelf.manifests[entry.adapter] else {
                if !entry.adapter.isEmpty, shelf.lacks(entry.adapter) {
                    refuseAdapter(of: entry, among: shelf.adapterNames, problems: problems)
                }
                return nil
            }
            do throws(BindingError) {
                let source = try AdapterSource(
                    manifest: manifest, binding: binding(entry, manifest), transport: transport, now: now)
                return (source, refresh(entry, manifest))
            } catch {
                let known = Set(
                    manifest.inputs.map { "inputs.\($0.name)" }
                        + manifest.secrets.map { "secrets.\($0.name)" })
                for problem in error.problems
                where !known.contains(problem.key) || !entry.leftUnread(problem.key) {
                    problems.add(entry.place(of: problem.key), problem.message)
                }
                return nil
            }
        }
    }

    private func refuseAdapter(of entry: SourceConfig, among names: [String], problems: SettingsProblems) {
        let hint =
            nearestWord(to: entry.adapter, among: names).map { "did you mean `\($0)`?" }
            ?? "there are \(names.joined(separator: ", "))"
        problems.add(entry.place(of: "adapter"), "there is no adapter `\(entry.adapter)`; \(hint)")
    }

    private func binding(_ entry: SourceConfig, _ manifest: AdapterManifest) -> SourceBinding {
        SourceBinding(
            description: SourceDescription(
                name: entry.name, platform: entry.platform ?? manifest.platform, adapter: manifest.name,
                region: entry.region, labels: entry.labels),
            baseURL: entry.baseURL.description,
            inputs: inputs(entry, manifest),
            secrets: secrets(entry),
            statusTerms: entry.statusWords.sorted { $0.key < $1.key }.map {
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
    }

    private func secrets(_ entry: SourceConfig) -> [String: BoundSecret] {
        var secrets = entry.secrets.mapValues { reference in
            BoundSecret(
                reference: reference.description, identity: reference.hashValue, canRotate: reference.isFile
            ) { [environment] in
                do throws(SecretError) { return try reference.resolve(environment: environment) } catch {
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
        // Only their names are to be checked.
        for name in entry.unreadNames(in: "inputs") { inputs[name] = .text("") }
        for (name, value) in entry.inputs {
            inputs[name] = value.forAdapter(kind: manifest.inputs.first { $0.name == name }?.kind)
        }
        return inputs
    }

    private func refresh(_ entry: SourceConfig, _ manifest: AdapterManifest) -> RefreshConfig {
        let own = manifest.cache
        let adapters = CacheOverrides(
            ttl: own.ttl, staleWhileRevalidate: own.staleWhileRevalidate,
            staleIfError: own.staleIfError.map { .after($0) }, minInterval: own.minInterval,
            ttlInTransition: own.ttlInTransition)
        let cache = entry.cache.over(config.cache).over(adapters).over(CacheConfig())
        let staleIfError: Duration? =
            switch cache.staleIfError {
            case .unlimited: nil
            case .after(let limit): limit
            }
        let idleInterval: Duration? =
            switch cache.idleInterval {
            case .off: nil
            case .every(let interval): interval
            }
        return RefreshConfig(
            ttl: cache.ttl, staleWhileRevalidate: cache.staleWhileRevalidate, staleIfError: staleIfError,
            minInterval: cache.minInterval, clientFloor: cache.clientFloor, wait: cache.wait,
            jitter: cache.jitter, idleAfter: cache.idleAfter, idleInterval: idleInterval,
            ttlInTransition: cache.ttlInTransition, maxDrop: cache.maxDrop)
    }
}

/// Why a secret could not be read, where its reference is named already.
private struct SecretReason: Error, CustomStringConvertible {
    var reason: String
    var description: String { reason }
}

extension InputValue {
    /// The value as the adapter declares it: a number stays the text that was written where a text is wanted.
    fileprivate func forAdapter(kind: AdapterManifest.Input.Kind?) -> Adapters.InputValue {
        switch (value, kind) {
        case (.list(let elements), _): .list(elements.compactMap(\.text))
        case (.number(let number, _), .number): .number(number)
        case (.bool(let flag), .bool): .bool(flag)
        default: .text(text ?? "")
        }
    }
}
