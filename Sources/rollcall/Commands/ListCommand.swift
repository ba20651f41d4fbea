import ArgumentParser
import Deployments
import HTTPFront
import Settings
import Wire

/// `rollcall list`: the merged list.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the merged list.",
        usage:
            "rollcall list [providers] [TERM ...] [--output FORMAT] [--gateway URL | --config FILE] "
            + "[--strict]",
        discussion: """
            Terms are the parameters of GET /v1/deployments: status=READY name.like=llama sort=-updated_at.

            `rollcall list providers` shows the model providers, with the parameters of GET /v1/providers.

            The list comes from a running gateway: --gateway, else $ROLLCALL_GATEWAY, else \
            http://127.0.0.1:8080, with the token in $ROLLCALL_TOKEN. With --config it comes from the platforms themselves.
            """)

    @Argument(help: ArgumentHelp("PARAMETER=VALUE", valueName: "term"))
    var terms: [String] = []

    @Option(name: [.customShort("o"), .customLong("output")], help: "table, json, csv or ndjson.")
    var output = ListFormat.table

    @OptionGroup var gateway: GatewayOptions

    @Option(help: "Read from the sources of this configuration instead of a gateway.")
    var config: String?

    @Option(help: "Folders with adapter files, with --config.")
    var adapters: String?

    @Flag(
        help:
            "Exit with 1 if a source failed, if rows may be missing or out of date, or if no source has a filter's value."
    )
    var strict = false

    func validate() throws {
        _ = try parsedTerms()
        if config != nil, gateway.gateway != nil {
            throw ValidationError("Give --gateway or --config, not both.")
        }
        if adapters != nil, config == nil { throw ValidationError("--adapters needs --config.") }
    }

    func run() async throws {
        try await exiting(.current()) { environment in
            let problems = SettingsProblems()
            let origin = try origin(environment, problems: problems)
            let reader = try CommandWiring.listReader(origin, problems: problems, in: environment)
            if listsProviders {
                try await list(ModelProvider.self, from: reader, progress: origin.progress, in: environment)
            } else {
                try await list(ModelDeployment.self, from: reader, progress: origin.progress, in: environment)
            }
        }
    }

    func parsedTerms() throws -> [ListTerm] {
        do throws(ListTerm.Refusal) {
            return try ListTerm.all(listsProviders ? terms.dropFirst() : terms[...])
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// True to list model providers, not deployments.
    var listsProviders: Bool { terms.first == RecordKind.providers.schema.profile.name }

    /// The origin of the list; mistakes in a configuration go to `problems`.
    func origin(_ environment: CommandEnvironment, problems: SettingsProblems) throws -> ListOrigin {
        if let config {
            let flags = ConfigOverrides(flags: nil, adapters: adapters)
            return .platforms(
                try environment.loader.load(named: config, flags: flags, problems: problems))
        }
        let (url, token) = try gateway.address(environment)
        return .gateway(url, token)
    }

    private func list<Row: PlatformRecord>(
        _: Row.Type, from reader: any ListReading, progress message: String,
        in environment: CommandEnvironment
    ) async throws {
        let terms = try parsedTerms()
        let (terminal, output) = (environment.terminal, environment.output)
        let progress = Progress(
            isShown: terminal.isErrorInteractive, clock: ContinuousClock(), output: output)
        let answer = try await progress.during(message) { try await reader.read(Row.self, terms) }
        let isRefused = strict && !answer.isFlawless
        ListOutput(
            format: self.output, terminal: terminal, output: output, now: .ofSystemClock(),
            showsVersions: terms.contains(where: \.addsVersions)
        ).write(answer, isRefused: isRefused)
        if isRefused { throw ExitCode(CommandFailure.Code.no.rawValue) }
    }
}

/// The origin that `rollcall list` reads from.
enum ListOrigin: Sendable, Equatable {
    case gateway(BaseURL, Secret?)
    case platforms(GatewayConfig)

    /// The message to show while the list is read.
    var progress: String {
        switch self {
        case .gateway(let url, _): "Reading from the gateway at \(url)"
        case .platforms(let config):
            "Reading from " + config.sources.filter(\.isEnabled).map(\.name).joined(separator: ", ")
        }
    }
}

extension RecordAnswer {
    /// True if no source failed, no row can be missing, and no notice says that rows may be wrong.
    var isFlawless: Bool {
        isComplete && !notices.contains(where: \.isRefusedByStrict)
            && sources.allSatisfy { $0.failure == nil && $0.state != "failed" && $0.state != "loading" }
    }
}
