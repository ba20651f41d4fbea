import ArgumentParser
import Glibc
import Settings

/// `rollcall serve`: the gateway.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the gateway.",
        discussion:
            "Flags override the environment, which overrides the file. SIGTERM or SIGINT stops it cleanly; "
            + "SIGHUP makes it reload its configuration and adapter files.")

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Serve three made-up platforms, without a configuration or an account.")
    var demo = false

    @Option(help: "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080; port 0 takes any free one.")
    var listen: String?

    @Option(help: "sqlite:PATH or memory:")
    var store: String?

    @Option(name: .customLong("log-level"), help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: String?

    func validate() throws {
        if demo, options.config != nil {
            throw ValidationError("--demo takes no configuration: leave out --config.")
        }
    }

    func run() async throws {
        try await exiting(.current(), outlivesReaders: true) { environment in
            // An abort ends the program at once: Swift's runtime would first write a backtrace, for up to half a minute.
            signal(SIGABRT, SIG_DFL)
            let signals = await ReloadSignals.trapped()
            let problems = SettingsProblems()
            let plan = try plan(environment, problems: problems)
            let (loader, name, flags) = (environment.loader, options.config, flags)
            try await CommandWiring.serve(plan, problems: problems, in: environment, signals: signals) {
                try loader.load(named: name, flags: flags, problems: $0)
            }
        }
    }

    private var flags: ConfigOverrides {
        ConfigOverrides(flags: listen, store: store, adapters: options.adapters, logLevel: logLevel)
    }

    /// The plan with all overrides applied; mistakes go to `problems`.
    func plan(_ environment: CommandEnvironment, problems: SettingsProblems) throws -> ServePlan {
        guard demo else {
            return .configured(
                try environment.loader.load(named: options.config, flags: flags, problems: problems))
        }
        let folders = try environment.adapterFolders(flag: options.adapters)
        return .demo(
            environment.loader.demo(flags: flags, adapterFolders: folders, problems: problems))
    }
}

/// The plan of `rollcall serve`.
enum ServePlan: Sendable, Equatable {
    case configured(GatewayConfig)
    /// The demo's configuration, without ``GatewayConfig/sources``, which depend on the sandbox's port.
    case demo(GatewayConfig)
}
