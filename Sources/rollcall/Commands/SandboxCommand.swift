import ArgumentParser

/// `rollcall sandbox`: the made-up platforms alone.
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Run made-up platforms on this machine, with faults to switch on.",
        discussion: "It listens on loopback only.")

    @Option(help: "0 takes any free port.")
    var port = 8090

    @Option(help: "The same seed and sizes give the same deployments.")
    var seed: UInt64 = 1

    @Option(help: "Deployments per platform; without it, each has its own number.")
    var rows: Int?

    @Flag(help: "Deployments do not change while it runs.")
    var still = false

    @Option(help: "The bearer token that the platforms require; without it they are open.")
    var token: String?

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535.") }
        if let rows, !(0...1_000_000).contains(rows) {
            throw ValidationError("--rows must be from 0 to 1000000.")
        }
        if let token, token.isEmpty || !token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            throw ValidationError("--token must consist of visible ASCII characters.")
        }
    }

    func run() async throws {
        try await exiting(.current(), outlivesReaders: true) { environment in
            try await CommandWiring.sandbox(
                SandboxPlan(port: port, seed: seed, rows: rows, changesOverTime: !still, token: token),
                in: environment
            )
        }
    }
}

/// The options of `rollcall sandbox`.
struct SandboxPlan: Sendable, Equatable {
    /// The port to listen on; 0: any free port.
    var port: Int
    var seed: UInt64
    /// The number of deployments of each platform; nil: the sandbox's own.
    var rows: Int?
    /// True if deployments are created, change and are deleted while it runs.
    var changesOverTime: Bool
    /// A made-up token, which only the sandbox accepts.
    var token: String?
}
