import Upstream

/// What each command asks of the parts, put together.
enum CommandWiring {
    /// Runs the gateway until a signal stops it.
    static func serve(_ plan: ServePlan, in surroundings: CommandSurroundings) async throws {
        // wiring
        throw CommandFailure(.fault, "`serve` is not wired yet")
    }

    /// Something to read the list from.
    static func listReader(
        _ origin: ListOrigin, in surroundings: CommandSurroundings
    ) throws -> any ListReading {
        switch origin {
        case .gateway(let url, let token):
            let transport = CurlTransport(userAgent: "rollcall/\(Version.current)")
            return GatewayList(gateway: url, token: token, transport: transport)
        case .platforms:
            // wiring
            throw CommandFailure(.fault, "`list --config` is not wired yet")
        }
    }

    /// Checks every adapter file, and each source against its adapter.
    static func checkAdapters(
        _ config: GatewayConfig, in surroundings: CommandSurroundings
    ) throws -> CheckFinding {
        // wiring
        throw CommandFailure(.fault, "`check` is not wired yet")
    }

    /// Asks each source for one page.
    static func connect(
        _ config: GatewayConfig, in surroundings: CommandSurroundings
    ) async throws -> [CheckFinding] {
        // wiring
        throw CommandFailure(.fault, "`check --connect` is not wired yet")
    }

    /// One or more lines per adapter file.
    static func describeAdapters(in folders: [String]) throws -> [String] {
        // wiring
        throw CommandFailure(.fault, "`adapters` is not wired yet")
    }

    /// Runs the tests of these files, or where none is named of all in the folders.
    static func testAdapters(files: [String], folders: [String]) async throws -> CheckFinding {
        // wiring
        throw CommandFailure(.fault, "`adapters test` is not wired yet")
    }

    /// Runs the sandbox until a signal stops it.
    static func sandbox(_ plan: SandboxPlan, in surroundings: CommandSurroundings) async throws {
        // wiring
        throw CommandFailure(.fault, "`sandbox` is not wired yet")
    }
}
