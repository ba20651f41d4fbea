import Adapters
import Deployments
import Logging
import Refresh
import Settings
import Snapshots
import Storage
import UnixSignals
import Upstream

/// The parts of the program, put together for each command.
enum CommandWiring {
    /// Runs the gateway until a signal stops it; for each of `signals`, calls `read` and applies the result.
    ///
    /// - Throws: ``SettingsError`` with `problems`: those of reading the configuration, and later ones.
    static func serve(
        _ plan: ServePlan, problems: SettingsProblems, in environment: CommandEnvironment,
        signals: UnixSignalsSequence,
        read: @escaping @Sendable (_ problems: SettingsProblems) throws -> GatewayConfig
    ) async throws {
        switch plan {
        case .configured(let config):
            let variables = environment.variables
            let logger = config.log.logger(on: environment.terminal)
            let gateway = try await Assembly(config: config, environment: variables, logger: logger)
                .gateway(problems: problems)
            if config.listen.answersEveryHost {
                logger.warning(
                    "requests are answered under every host name; set `listen.hosts` to the names that lead here",
                    metadata: ["host": "\(config.listen.host)"])
            }
            let reload = Reload(
                running: config, environment: variables, logger: logger, gateway: gateway,
                read: read)
            let reloadSignals = ReloadSignals(signals) { await reload() }
            try await gateway.serve(at: config.listen, reloadSignals: reloadSignals, logger: logger) { port in
                let url = config.listen.url(port: port)
                logger.notice("serving", metadata: ["url": "\(url)", "sources": "\(config.sources.count)"])
            }
        case .demo(let config):
            try await Demo(config: config, environment: environment, signals: signals)
                .run(problems: problems)
        }
    }

    /// The reader of a list's origin.
    ///
    /// - Throws: ``SettingsError`` with `problems`: those of reading the configuration, and later ones.
    static func listReader(
        _ origin: ListOrigin, problems: SettingsProblems, in environment: CommandEnvironment
    ) throws -> any ListReading {
        switch origin {
        case .gateway(let url, let token):
            return GatewayList(
                GatewayConnection(gateway: url, token: token, transport: Assembly.makeTransport()))
        case .platforms(let config):
            let sources = assembly(of: config, problems: problems, in: environment)
                .sources(problems: problems)
            try problems.throwIfAny()
            return PlatformList(
                sources: sources.map { ($0.source, $0.config) }, now: Assembly.now,
                rules: config.rules.map(\.rule))
        }
    }

    /// Reads the adapter files of a configuration; mistakes in those that a source uses go to `problems`.
    static func assembly(
        of config: GatewayConfig, problems: SettingsProblems, in environment: CommandEnvironment
    ) -> SourceAssembly {
        SourceAssembly(
            config: config, transport: Assembly.makeTransport(), environment: environment.variables,
            now: Assembly.now, limits: SharedLimits(config.shared), problems: problems)
    }

    /// The reason why the store cannot be written to: a problem where the gateway would not start.
    static func storeFinding(of config: GatewayConfig) -> CheckFinding {
        guard case .sqlite(let path) = config.store, let problem = StoreProbe(path: path).problem else {
            return CheckFinding()
        }
        if let location = config.storeLocation {
            return CheckFinding(problems: [
                SettingsProblem(location: location, message: "\(problem)").description
            ])
        }
        guard problem.code != .foreign else { return CheckFinding(problems: ["store: \(problem)"]) }
        return CheckFinding(remarks: [
            "warning: \(problem); lists would not be stored: set `store` to another path, or to memory:"
        ])
    }

    /// Requests one page of each partition from each source, and judges the rules on the rows of these pages.
    static func connect(_ sources: [AdapterSource], rules: [RuleConfig]) async -> [CheckFinding] {
        let answers = await withTaskGroup(of: (Int, [PartitionProbe]).self) { group in
            for (index, source) in sources.enumerated() {
                group.addTask { (index, await source.probe()) }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
        let applying = rules.filter { rule in
            sources.contains { rule.rule.condition.couldHold(forRowsOf: $0.description) }
        }
        return zip(sources, answers).map { CheckFinding(of: $0.description.name, $1) }
            + [CheckFinding(of: applying, on: answers.flatMap { $0 })]
    }

    /// A description of each adapter file, of one or more lines, and the mistakes in those that cannot be used.
    static func describeAdapters(in folders: [String]) throws -> CheckFinding {
        let problems = SettingsProblems()
        let catalog = AdapterCatalog(folders: folders, problems: problems)
        try problems.throwIfAny()
        return CheckFinding(
            problems: catalog.faults.map(\.description),
            remarks: catalog.manifests.values.sorted { $0.name < $1.name }.flatMap(\.lines))
    }

    /// Runs the tests of these files, or of all files in the folders where `files` is empty.
    static func testAdapters(files: [String], folders: [String]) async -> CheckFinding {
        let problems = SettingsProblems()
        var manifests: [AdapterManifest] = []
        if files.isEmpty {
            let catalog = AdapterCatalog(folders: folders, problems: problems)
            manifests = catalog.manifests.values.sorted { $0.name < $1.name }
            for fault in catalog.faults { problems.add(fault.location, fault.message) }
        }
        for file in files {
            do throws(SettingsError) { manifests.append(try AdapterManifest(readingFrom: file)) } catch {
                for problem in error.problems { problems.add(problem.location, problem.message) }
            }
        }
        var finding = CheckFinding(problems: problems.all)
        for manifest in manifests {
            let results = await manifest.runTests()
            let isNamedOnce = manifests.count { $0.name == manifest.name } == 1
            let name = manifest.file.split(separator: "/").last.map(String.init) ?? manifest.file
            let report = results.report(
                adapter: isNamedOnce ? manifest.name : manifest.file,
                file: isNamedOnce ? name : manifest.file)
            finding.remarks += report.prefix(1) + manifest.warnings.map { "warning: \($0)" }
            finding.problems += report.dropFirst()
        }
        return finding
    }

    /// Runs the sandbox until a signal stops it.
    static func sandbox(_ plan: SandboxPlan, in environment: CommandEnvironment) async throws {
        let logger = LogConfig(level: .notice).logger(on: environment.terminal)
        let output = environment.output
        let server = SandboxServer(config: plan.config, port: plan.port, logger: logger) { port in
            for line in SandboxServer.introduction(port: port) { output.print(line) }
        }
        try await server.runUntilSignal()
    }
}

extension CheckFinding {
    /// The result of requesting one page of each partition of a source; an only partition is not named.
    init(of source: String, _ answers: [PartitionProbe]) {
        for answer in answers {
            let name = answers.count == 1 ? source : "\(source), partition `\(answer.partition)`"
            switch answer.result {
            case .success(let rows):
                remarks.append("\(name): reachable, \(counted(rows, "record")) on the first page")
            case .failure(let error): problems.append("\(name): \(error)")
            }
        }
    }
}

extension CheckFinding {
    /// A remark on each rule that applies to no row of these pages; nothing if there are no rows, since then nothing is
    /// known of any rule.
    init(of rules: [RuleConfig], on pages: [PartitionProbe]) {
        let rows = pages.flatMap { VersionSettlement.settled($0.rows) }
        guard !rows.isEmpty else { return }
        for entry in rules {
            let test = entry.rule.condition.rowTest(of: ModelDeployment.self)
            guard !rows.contains(where: test) else { continue }
            let remark = SettingsProblem(
                location: entry.location,
                message:
                    "the rule matched no row of the first page of each list; further pages were not requested"
            )
            remarks.append("warning: \(remark)")
        }
    }
}

extension AdapterManifest {
    /// The facts that an operator needs to configure a source.
    fileprivate var lines: [String] {
        var lines = ["\(name)  \(title)"]
        for input in inputs {
            let need =
                input.defaultValue.map { "default \($0.text)" }
                ?? (input.isOptional ? "optional" : "required")
            lines.append("    inputs.\(input.name) (\(input.kind.rawValue), \(need)): \(input.about)")
        }
        for secret in secrets {
            lines.append(
                "    secrets.\(secret.name)\(secret.isOptional ? " (optional)" : ""): \(secret.about)")
        }
        lines.append("    \(tests.count) tests, from \(provenance.count) documents; \(file)")
        return lines
    }
}

extension Adapters.InputValue {
    fileprivate var text: String {
        switch self {
        case .text(let text): text
        case .number(let number): plain(number)
        case .bool(let bool): "\(bool)"
        case .list(let elements): "[\(elements.joined(separator: ", "))]"
        }
    }
}
