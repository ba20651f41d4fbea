import Deployments
import Foundation
import Hummingbird
import Sandbox
import Storage
import Testing
import Upstream
import Wire

@testable import rollcall

/// The program as a user runs it: what it prints, and how it ends.
@Suite(.timeLimit(.minutes(10)), .serialized) struct ProgramTests {
    @Test func itTellsItsVersion() async throws {
        try await Program.inFolder { program in
            let version = try await program("--version")
            #expect(version.code == 0)
            #expect(version.output == "rollcall \(Version.current)\n")
            #expect(version.errors.isEmpty)
        }
    }

    @Test(arguments: [
        ["nonsense"], ["list", "READY"], ["list", "--output", "xml"], ["serve", "--listen", "8080"],
        ["serve"], ["list", "--config", "missing.yaml"],
        ["list", "statsu=READY", "--config", "rollcall.yaml"],
    ])
    func wrongUsageIs64AndSaysSo(_ arguments: [String]) async throws {
        try await Program.inFolder { program in
            if arguments.contains("statsu=READY") {
                _ = try program.configuration(Program.sources("http://127.0.0.1:1"))
            }
            let run = try await program.start(arguments).end()
            #expect(run.code == 64)
            #expect(run.output.isEmpty)
            #expect(!run.errors.isEmpty)
        }
    }

    @Test func theShippedAdaptersPassTheirTests() async throws {
        try await Program.inFolder { program in
            let run = try await program("adapters", "test", "--adapters", repositoryRoot + "/adapters.d")
            #expect(run.code == 0)
            #expect(run.errors.isEmpty)
            let names = run.lines.dropLast().map { line in
                let words = line.split(separator: " ")
                #expect(
                    words.count == 6 && words[1] == words[3] && line.hasSuffix(" tests passed"), "\(line)")
                return words.first.map(String.init) ?? ""
            }
            #expect(Set(names).isSuperset(of: ["dashscope:", "deploy-list:", "nemo:"]))
        }
    }

    @Test(
        .disabled(
            if: CommandEnvironment.adapterSearchPath.dropFirst().contains {
                FileManager.default.fileExists(atPath: $0)
            }, "adapters are installed on this machine"),
        arguments: [["serve", "--demo", "--listen", "127.0.0.1:0"], ["adapters"], ["adapters", "test"]])
    func adaptersThatAreNowhereAreOneLineAnd64(_ arguments: [String]) async throws {
        try await Program.inFolder { program in
            let run = try await program.start(arguments).end()
            #expect(run.code == 64)
            #expect(run.output.isEmpty)
            #expect(
                run.errors == "rollcall: no adapter files found: name their folder with --adapters or "
                    + "$ROLLCALL_ADAPTERS, or create ./adapters.d, /etc/rollcall/adapters.d or "
                    + "/usr/share/rollcall/adapters.d\n")
            let unnamed = try await program.start(arguments + ["--adapters", ""]).end()
            #expect(unnamed.code == 64)
            #expect(unnamed.errors == "rollcall: --adapters must name a folder\n")
            let folder = program.folder.appending(path: "adapters.d")
            try FileManager.default.createSymbolicLink(
                at: folder, withDestinationURL: URL(filePath: repositoryRoot + "/adapters.d"))
            guard arguments == ["adapters"] else { return }
            let found = try await program.start(arguments).end()
            #expect(found.code == 0)
            #expect(found.lines.contains { $0.hasPrefix("nemo  ") })
        }
    }

    @Test func aMissingFolderOfAdaptersIsOneProblem() async throws {
        try await Program.inFolder { program in
            let run = try await program.start(["serve", "--demo", "--adapters", "/nowhere/at/all"]).end()
            #expect(run.code == 64)
            #expect(
                run.errors == """
                    rollcall: 1 problem in the configuration
                    /nowhere/at/all: is not a readable folder; name the folder of the adapter files with --adapters, \
                    $ROLLCALL_ADAPTERS or the key `adapters`

                    """)
        }
    }

    static let shapeProblems = """
        misspelt.yaml:4: cache.ttl: must be a duration with its unit, such as 500ms, 30s, 5m, 24h or 7d, not `30`
        misspelt.yaml:5: lisen: unknown key; did you mean `listen`?
        misspelt.yaml:7: sources[0].name: must be a name of 1 to 64 letters a-z, digits or -, not `Research`
        misspelt.yaml:8: sources[1].secrets.token: is missing: The API key; keys are bound to a region, one on \
        the wrong host is a 401.
        misspelt.yaml:10: sources[1].base_url: plain http would send secrets in the clear: use https, or \
        set `allow_plaintext: true` for this source

        """

    static let fitProblems = """
        unfit.yaml:5: sources[0].adapter: there is no adapter `nemoo`; did you mean `nemo`?
        unfit.yaml:9: sources[1].secrets.token: env NO_SUCH_VARIABLE is not set
        unfit.yaml:10: sources[1].inputs.worksapces: unknown key; adapter `nemo` defines workspaces
        3 problems

        """

    @Test func aCheckTellsEveryProblemWithItsPlace() async throws {
        try await Program.inFolder { program in
            let misspelt = try program.configuration(
                [
                    "cache: {ttl: 30}", "lisen: {}", "sources:",
                    "  - {name: Research, adapter: nemo, base_url: \"https://nemo.example.com\"}",
                    "  - name: ali", "    adapter: dashscope", "    base_url: http://ali.example.com",
                ], named: "misspelt.yaml")
            let shape = try await program("check", "--config", misspelt)
            #expect(shape.code == 1)
            #expect(shape.output.isEmpty)
            #expect(shape.errors == Self.shapeProblems + "5 problems\n")
            let unasked = try await program("check", "--connect", "--config", misspelt)
            #expect(unasked.errors == Self.shapeProblems + "5 problems; no source was contacted\n")
            // The same mistakes stop a gateway and a list, as wrong usage.
            for command in ["serve", "list"] {
                let stopped = try await program(command, "--config", misspelt)
                #expect(stopped.code == 64)
                #expect(
                    stopped.errors == "rollcall: 5 problems in the configuration\n" + Self.shapeProblems)
            }
            let unfit = try program.configuration(
                [
                    "sources:",
                    "  - {name: research, adapter: nemoo, base_url: \"https://nemo.example.com\"}",
                    "  - name: two", "    adapter: nemo", "    base_url: https://nemo.example.com",
                    "    secrets: {token: {env: NO_SUCH_VARIABLE}}", "    inputs: {worksapces: [a]}",
                ], named: "unfit.yaml")
            let fit = try await program("check", "--config", unfit)
            #expect(fit.code == 1)
            #expect(fit.errors == Self.fitProblems)
        }
    }

    @Test func aRightConfigurationIsReportedAndItsSourcesAreProbed() async throws {
        try await withRunningSandbox { base, fleet in
            try await Program.inFolder { program in
                let name = try program.configuration(Program.sources(base))
                let well = try await program("check", "--config", name, environment: sandboxToken)
                #expect(well.code == 0)
                #expect(well.output == "No problems: 3 sources\n")
                #expect(fleet.requestCount(.nemo) == 0)
                fleet.faults.set(.status401, on: .dashscope)
                let connected = try await program(
                    "check", "--connect", "--config", name, environment: sandboxToken)
                #expect(connected.code == 1)
                #expect(connected.lines.count == 3)
                #expect(connected.lines[0].hasPrefix("research: reachable, "))
                #expect(connected.lines[1] == "deepinfra: reachable, 12 records on the first page")
                #expect(connected.errors.contains("ali: auth: `token` from env TOKEN was refused: HTTP 401"))
                #expect(connected.errors.hasSuffix("1 problem\n"))
                #expect(!connected.errors.contains("sandbox-token"))
                let before = fleet.requestCount(.nemo)
                let unset = try await program("check", "--connect", "--config", name)
                #expect(unset.code == 1)
                #expect(unset.output.isEmpty)
                #expect(
                    unset.errors
                        == (5...7).map {
                            "rollcall.yaml:\($0): sources[\($0 - 5)].secrets.token: env TOKEN is not set\n"
                        }.joined() + "3 problems\n")
                #expect(fleet.requestCount(.nemo) == before)
            }
        }
    }

    @Test func aServedGatewayEndsInOrderAtSIGTERM() async throws {
        try await withRunningSandbox { base, _ in
            try await Program.inFolder { program in
                let name = try program.configuration(["store: sqlite:kept.sqlite"] + Program.sources(base))
                let run = try program.start(["serve", "--config", name], environment: sandboxToken)
                defer { run.terminate() }
                let url = try await run.servedURL()
                let client = CurlTransport()
                defer { client.shutDown() }
                let gateway = RunningGateway(
                    fleet: emptyFleet(), base: url, sandboxBase: base, client: client)
                let list = try await gateway.get("/v1/deployments") { $0.json?["complete"]?.bool == true }
                #expect(list.uids.count == 36)
                run.terminate()
                let outcome = try await run.end()
                #expect(outcome.code == 0, "\(outcome.errors)")
                #expect(outcome.output.isEmpty)
                for line in outcome.errors.split(separator: "\n") {
                    #expect(line.hasPrefix("{\"time\":\"") && line.hasSuffix("}"), "\(line)")
                    #expect(!line.contains("sandbox-token"))
                }
                await #expect(throws: (any Error).self) { _ = try await gateway.get("/healthz") }
                let store = try SQLiteListStore(
                    path: program.folder.appending(path: "kept.sqlite").path, sizeLimitBytes: nil,
                    now: Assembly.now, logger: quietLogger)
                let rows = try await store.load().flatMap { $0.partitions.flatMap(\.rows) }
                #expect(Set(rows.map(\.uid)) == Set(list.uids))
            }
        }
    }

    @Test func theSandboxRunsAloneAndItsFaultsAreSwitched() async throws {
        try await Program.inFolder { program in
            let run = try program.start(["sandbox", "--port", "0", "--still", "--rows", "3"])
            defer { run.terminate() }
            let printed = try await run.output(containing: "/_faults/nemo/status500\n")
            let port = try #require(printed.firstMatch(of: /127\.0\.0\.1:(\d+)\/nemo/).flatMap { Int($0.1) })
            func ask(_ method: String, _ path: String) async throws -> String {
                try await rawExchange(
                    port: port, "\(method) \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            }
            let on = try await ask("PUT", "/_faults/deploy-list/status500?count=1")
            #expect(
                on.hasSuffix(
                    """
                    {"on":[{"dialect":"deploy-list","fault":"status500","count":1,"seconds":null,"share":100,\
                    "of":"requests","path":null,"megabytes":null,"requests":null,"seed":null,"hits":0}],\
                    "requests":{"nemo":0,"dashscope":0,"deploy-list":0}}
                    """))
            #expect(try await ask("GET", "/deploy-list/deploy/list").hasPrefix("HTTP/1.1 500 "))
            let list = try await ask("GET", "/deploy-list/deploy/list")
            #expect(list.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(list.ranges(of: "\"deploy_id\":").count == 3)
            run.terminate()
            let outcome = try await run.end()
            #expect(outcome.code == 0, "\(outcome.errors)")
            #expect(outcome.errors.isEmpty)
        }
    }

    /// Answers hang or drip when the sandbox is stopped; it ends all the same.
    @Test(arguments: ["hang", "slow?seconds=300"]) func aSandboxEndsWhateverFaultIsOn(_ fault: String)
        async throws
    {
        try await Program.inFolder { program in
            let run = try program.start(["sandbox", "--port", "0", "--still", "--rows", "3"])
            defer { run.terminate() }
            let printed = try await run.output(containing: "/_faults/nemo/status500\n")
            let port = try #require(printed.firstMatch(of: /127\.0\.0\.1:(\d+)\/nemo/).flatMap { Int($0.1) })
            func ask(_ method: String, _ path: String) async throws -> String {
                try await rawExchange(
                    port: port, "\(method) \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            }
            _ = try await ask("PUT", "/_faults/deploy-list/\(fault)")
            async let hanging = ask("GET", "/deploy-list/deploy/list")
            try await poll(until: "the fault is met") {
                try await ask("GET", "/_faults").contains("\"hits\":1")
            }
            run.terminate()
            // Less than the 10 s after which the sandbox ends its services by force.
            let outcome = try await run.end(within: .seconds(9))
            _ = try? await hanging
            #expect(outcome.code == 0, "\(outcome.errors)")
            #expect(outcome.errors.isEmpty)
        }
    }

    @Test(arguments: [["serve", "--demo"], ["serve", "--config", "rollcall.yaml"], ["sandbox"]])
    func aTakenPortIsOneLineAnd69(_ arguments: [String]) async throws {
        let router = Router()
        try await withServer(router) { base in
            let port = String(base.split(separator: ":").last ?? "")
            try await withRunningSandbox { platforms, fleet in
                try await Program.inFolder { program in
                    _ = try program.configuration(Program.sources(platforms))
                    let adapters = ["ROLLCALL_ADAPTERS": repositoryRoot + "/adapters.d"]
                    let options =
                        arguments == ["sandbox"] ? ["--port", port] : ["--listen", "127.0.0.1:\(port)"]
                    // Which part fails first is a race, so it is tried five times.
                    for _ in 0..<5 {
                        let run = try program.start(
                            arguments + options, environment: adapters.merging(sandboxToken) { $1 })
                        let outcome = try await run.end()
                        #expect(outcome.code == 69)
                        #expect(outcome.output.isEmpty)
                        #expect(
                            outcome.errors
                                == "rollcall: cannot listen on 127.0.0.1:\(port): Address already in use\n")
                    }
                    #expect(Dialect.allCases.allSatisfy { fleet.requestCount($0) == 0 })
                }
            }
        }
    }

    @Test func anAddressThatNobodyKnowsIsOneLineAnd69() async throws {
        try await Program.inFolder { program in
            // The label is too long for any name server to be queried.
            let host = String(repeating: "a", count: 70) + ".invalid"
            let open = [
                "listen: {host: \(host), hosts: [rollcall.example], port: 80, allow_unauthenticated: true}"
            ]
            let name = try program.configuration(open + Program.sources("http://127.0.0.1:1"), listen: nil)
            let outcome = try await program.start(["serve", "--config", name], environment: sandboxToken)
                .end()
            #expect(outcome.code == 69)
            #expect(
                outcome.errors
                    == "rollcall: cannot listen on \(host):80: the name does not resolve to an address\n")
        }
    }

    /// Bodies of 100 MB, plain and compressed, where 64 MiB are the limit.
    @Test func hugeBodiesLeaveNoHugeProcess() async throws {
        let server = RubbishServer()
        try await withServer(server.router) { base in
            try await Program.inFolder { program in
                let name = try program.configuration([
                    "sources:",
                    "  - {name: broken, adapter: nemo, base_url: \"\(base)\", cache: {ttl: 100ms, "
                        + "min_interval: 100ms}}",
                ])
                let run = try program.start(["serve", "--config", name])
                defer { run.terminate() }
                let client = CurlTransport()
                defer { client.shutDown() }
                let gateway = RunningGateway(
                    fleet: emptyFleet(), base: try await run.servedURL(), sandboxBase: base, client: client)
                _ = try await gateway.get("/v1/deployments") { $0.standings == ["broken fresh -"] }
                let small = try #require(peakMegabytes(of: run.id))
                for (name, reply) in RubbishTests.huge {
                    server.set(RubbishServer.page)
                    _ = try await gateway.get("/v1/deployments") { $0.standings == ["broken fresh -"] }
                    server.set(reply)
                    let broken = try await gateway.get("/v1/deployments") {
                        $0.standings != ["broken fresh -"]
                    }
                    #expect(broken.standings == ["broken stale too_large"], "\(name)")
                    #expect(broken.uids.count == 8)
                }
                let large = try #require(peakMegabytes(of: run.id))
                #expect(large - small < 200, "from \(small) to \(large) MiB")
                run.terminate()
                #expect(try await run.end().code == 0)
            }
        }
    }

    /// The most memory that a process ever had, in MiB.
    private func peakMegabytes(of id: Int32) -> Int? {
        let status = (try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
            .map { $0 / 1024 }
    }
}
