import Deployments
import Foundation
import HTTPFront
import MetricsTestKit
import Sandbox
import Settings
import Storage
import TestSupport
import Testing
import Upstream
import Wire

@testable import rollcall

/// Reloads of a served gateway's configuration, caused as an operator does it.
@Suite(.timeLimit(.minutes(10)), .serialized) struct ProgramReloadTests {
    /// Runs `serve` with a configuration of these lines, and ends it.
    private func withServed(
        _ program: Program, _ lines: [String], environment: [String: String] = sandboxToken,
        _ body: (RunningGateway, Program.Run) async throws -> Void
    ) async throws {
        let name = try program.configuration(lines)
        let run = try program.start(["serve", "--config", name], environment: environment)
        defer { run.terminate() }
        let client = CurlTransport()
        defer { client.shutDown() }
        let gateway = RunningGateway(
            fleet: emptyFleet(), base: try await run.servedURL(), sandboxBase: "", client: client)
        try await body(gateway, run)
        run.terminate()
        let outcome = try await run.end()
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(!outcome.errors.contains("sandbox-token"))
    }

    private func entry(_ name: String, _ dialect: String, at base: String, _ more: String = "") -> String {
        "  - {name: \(name), adapter: \(dialect), base_url: \"\(base)/\(dialect)\", "
            + "secrets: {token: {env: TOKEN}}\(more)}"
    }

    /// One of `/v1/sources`.
    private func observed(_ name: String, in answer: RunningGateway.Answer) -> String? {
        answer.json?["data"]?.elements.first { $0["name"]?.string == name }?["observed_at"]?.string
    }

    private func names(_ answer: RunningGateway.Answer) -> [String] {
        answer.json?["data"]?.elements.compactMap { $0["name"]?.string } ?? []
    }

    private func isFresh(_ answer: RunningGateway.Answer) -> Bool {
        answer.json?["data"]?.elements.allSatisfy { $0["state"]?.string == "fresh" } ?? false
    }

    @Test func aValidChangeIsAppliedAnInvalidOneIsNotAndACorrectedOneIs() async throws {
        try await withRunningSandbox { base, fleet in
            try await Program.inFolder { program in
                let head = ["cache: {ttl: 1h}", "store: sqlite:kept.sqlite", "sources:"]
                let (research, ali) = (
                    entry("research", "nemo", at: base), entry("ali", "dashscope", at: base)
                )
                let old = entry("old", "deploy-list", at: base)
                try await withServed(program, head + [research, ali, old]) { gateway, run in
                    let before = try await gateway.get("/v1/sources", until: isFresh)
                    #expect(before.json?["configuration"]?["error"]?.isNull == true)
                    let loaded = try #require(before.json?["configuration"]?["loaded_at"]?.string)
                    let requests = [fleet.requestCount(.nemo), fleet.requestCount(.dashscope)]

                    let labeled = entry("ali", "dashscope", at: base, ", labels: {team: search}")
                    let new = entry("new", "deploy-list", at: base)
                    let valid = head + [research, labeled, new]
                    _ = try program.configuration(valid)
                    run.hangUp()
                    let swapped = try await gateway.get("/v1/sources") {
                        names($0) == ["research", "ali", "new"] && isFresh($0)
                    }
                    for name in ["research", "ali"] {
                        #expect(observed(name, in: swapped) == observed(name, in: before))
                    }
                    #expect([fleet.requestCount(.nemo), fleet.requestCount(.dashscope)] == requests)
                    let reloaded = try await gateway.get("/v1/sources") {
                        ($0.json?["configuration"]?["loaded_at"]?.string ?? loaded) > loaded
                    }
                    #expect(reloaded.json?["configuration"]?["error"]?.isNull == true)
                    let list = try await gateway.get("/v1/deployments?page_size=1000")
                    #expect(list.uids.count == 36)
                    #expect(!list.uids.contains { $0.hasPrefix("old/") })
                    let found = try await gateway.get("/v1/deployments?labels.team=search")
                    #expect(found.uids.count == 12 && found.uids.allSatisfy { $0.hasPrefix("ali/") })

                    try await anInvalidOneChangesNothing(gateway, run, program, head, base, uids: list.uids)
                    _ = try program.configuration(valid)
                    run.hangUp()
                    let corrected = try await gateway.get("/v1/sources") {
                        $0.json?["configuration"]?["error"]?.isNull == true
                    }
                    #expect(names(corrected) == ["research", "ali", "new"])
                    #expect(observed("new", in: corrected) == observed("new", in: reloaded))
                    #expect([fleet.requestCount(.nemo), fleet.requestCount(.dashscope)] == requests)
                }
                let store = try SQLiteListStore(
                    path: program.folder.appending(path: "kept.sqlite").path, sizeLimitBytes: nil,
                    now: Assembly.now, logger: quietLogger)
                let sources = try await store.load().map { String($0.source.prefix { $0 != "#" }) }
                #expect(sources.sorted() == ["ali", "new", "research"])
            }
        }
    }

    @Test func strayFilesBesideTheAdaptersStopNeitherStartNorReload() async throws {
        try await withRunningSandbox { base, _ in
            try await Program.inFolder { program in
                let folder = program.folder.appending(path: "adapters.d")
                try FileManager.default.copyItem(
                    at: URL(filePath: repositoryRoot + "/adapters.d"), to: folder)
                try Data("adapter: [".utf8).write(to: folder.appending(path: "draft.yaml"))
                let environment = sandboxToken.merging(["ROLLCALL_ADAPTERS": folder.path]) { $1 }
                let lines = ["store: 'memory:'", "sources:", entry("research", "nemo", at: base)]
                try await withServed(program, lines, environment: environment) { gateway, run in
                    _ = try await run.log(containing: "/draft.yaml:")
                    try FileManager.default.createSymbolicLink(
                        atPath: folder.appending(path: ".#nemo.yaml").path,
                        withDestinationPath: "ops@host.1234:1700000000")
                    try FileManager.default.copyItem(
                        at: folder.appending(path: "nemo.yaml"),
                        to: folder.appending(path: "nemo (copy).yaml"))
                    run.hangUp()
                    _ = try await run.log(containing: "configuration reloaded")
                    let log = try await run.log(containing: "/nemo (copy).yaml:")
                    #expect(!log.contains("not reloaded"))
                    _ = try await gateway.get("/v1/sources", until: isFresh)
                }
                let check = try await program("check", "--config", "rollcall.yaml", environment: environment)
                #expect(check.code == 0, "\(check.errors)")
                #expect(check.errors.isEmpty)
                #expect(check.lines.count == 4 && check.lines[2] == "No problems: 1 source")
                for (line, file) in zip(check.lines, ["draft.yaml:2: ", "nemo (copy).yaml:"]) {
                    #expect(line.hasPrefix("warning: \(folder.path)/\(file)"))
                    #expect(line.hasSuffix("; no source uses this file"))
                }
                let list = try await program("list", "--config", "rollcall.yaml", environment: environment)
                #expect(list.code == 0 && list.errors.isEmpty)
            }
        }
    }

    private func anInvalidOneChangesNothing(
        _ gateway: RunningGateway, _ run: Program.Run, _ program: Program, _ head: [String], _ base: String,
        uids: [String]
    ) async throws {
        _ = try program.configuration(
            head + [
                entry("research", "nemoo", at: base), entry("other", "deploy-list", at: base, ", lables: {}"),
            ])
        run.hangUp()
        let refused = try await gateway.get("/v1/sources") {
            $0.json?["configuration"]?["error"]?["problems"]?.int != nil
        }
        #expect(names(refused) == ["research", "ali", "new"])
        let error = try #require(refused.json?["configuration"]?["error"])
        #expect(error["problems"]?.int == 2)
        #expect(
            error["message"]?.string
                == "2 problems in the configuration, the first at rollcall.yaml:7: sources[0].adapter; the log "
                + "has them all")
        #expect(try await gateway.get("/v1/deployments?page_size=1000").uids == uids)
        let log = try await run.log(containing: "rollcall.yaml:8: sources[1].lables")
        #expect(log.contains("configuration not reloaded: it has problems, and nothing has changed"))
        #expect(log.contains("rollcall.yaml:7: sources[0].adapter"))
        #expect(log.contains("there is no adapter `nemoo`; did you mean `nemo`?"))

        let since = error["since"]?.string
        try FileManager.default.removeItem(at: program.folder.appending(path: "rollcall.yaml"))
        run.hangUp()
        let missing = try await gateway.get("/v1/sources") {
            $0.json?["configuration"]?["error"]?["problems"]?.int == 1
        }
        #expect(missing.json?["configuration"]?["error"]?["since"]?.string == since)
        #expect(
            missing.json?["configuration"]?["error"]?["message"]?.string
                == "rollcall.yaml cannot be read: No such file or directory")
    }

    @Test func accessTokensChangeAndWhatNeedsARestartIsNamed() async throws {
        try await Program.inFolder { program in
            func auth(_ name: String) -> String {
                "auth: {tokens: [{name: \(name), token: {env: \(name)}, may: [read]}]}"
            }
            let environment = ["ONE": "first-secret", "TWO": "second-secret"]
            let sources = ["sources:", entry("research", "nemo", at: "http://127.0.0.1:1")]
            try await withServed(program, [auth("ONE")] + sources, environment: environment) { gateway, run in
                func statuses() async throws -> [Int] {
                    var statuses: [Int] = []
                    for secret in ["first-secret", "second-secret"] {
                        let header = UpstreamRequest.Header(
                            "Authorization", "Bearer \(secret)", isSecret: true)
                        statuses.append(
                            try await gateway.get("/v1/sources", headers: [header]).response.status)
                    }
                    return statuses
                }
                #expect(try await statuses() == [200, 401])
                _ = try program.configuration(
                    [auth("TWO"), "store: sqlite:another.sqlite", "log: {level: warning}"] + sources,
                    listen: "listen: {host: 127.0.0.1, port: 1, private_docs: true}")
                run.hangUp()
                let log = try await run.log(containing: "log.level")
                #expect(try await statuses() == [401, 200])
                let restarts = log.split(separator: "\n").filter {
                    $0.contains("takes effect only after a restart")
                }
                for key in ["listen.port", "listen.private_docs", "store", "log.level"] {
                    #expect(restarts.contains { $0.contains("\"key\":\"\(key)\"") }, "\(key)")
                }
                #expect(restarts.count == 4)
                #expect(!log.contains("-secret"))
            }
        }
    }

    @Test(arguments: [(false, false), (true, true)])
    func tokensCannotGoWhileOthersReachTheAddress(_ isAllowed: Bool, _ isTakenOver: Bool) async throws {
        // Nothing listens on it: only the configuration's values matter here.
        var running = gatewayConfig([], ttl: .seconds(30))
        running.listen.host = "0.0.0.0"
        running.tokens = [
            TokenConfig(
                name: "one", location: SettingsLocation(file: "test", line: 1, key: "auth"),
                token: .environment("TOKEN"))
        ]
        var newer = running
        newer.tokens = []
        newer.listen.host = "127.0.0.1"
        newer.listen.allowsUnauthenticated = isAllowed
        let gateway = try await Assembly(config: running, environment: sandboxToken, logger: quietLogger)
            .gateway(problems: SettingsProblems())
        defer { gateway.transport.shutDown() }
        let metrics = TestMetrics()
        let reload = Reload(
            running: running, environment: sandboxToken, logger: quietLogger, gateway: gateway,
            metrics: metrics
        ) { [newer] _ in newer }
        await reload()
        let result = isTakenOver ? "taken_over" : "refused"
        #expect(
            try metrics.expectCounter("rollcall_configuration_reloads_total", [("result", result)]).totalValue
                == 1)
        let refusal = gateway.configuration.value.refusal
        #expect((refusal == nil) == isTakenOver)
        if !isTakenOver {
            #expect(
                refusal?.message
                    == "1 problem in the configuration, the first at running gateway: auth.tokens; "
                    + "the log has them all")
        }
    }

    @Test func aLineOfTheLogDoesNotGrowWithTheConfiguration() async throws {
        let log = LogLines()
        let running = gatewayConfig([], ttl: .seconds(30))
        var newer = running
        newer.sources = try (0..<200).map { number in
            SourceConfig(
                name: "source-\(number)", location: SettingsLocation(file: "test", line: 1, key: "sources"),
                adapter: "deploy-list", baseURL: try BaseURL("http://127.0.0.1:9"))
        }
        for index in newer.sources.indices { newer.sources[index].secrets = ["token": .environment("TOKEN")] }
        let gateway = try await Assembly(config: running, environment: sandboxToken, logger: quietLogger)
            .gateway(problems: SettingsProblems())
        defer { gateway.transport.shutDown() }
        let reload = Reload(
            running: running, environment: sandboxToken, logger: log.logger(), gateway: gateway
        ) { [newer] _ in newer }
        await reload()
        let line = try #require(log.lines.first { $0.contains("configuration reloaded") })
        #expect(line.contains("source-19 and 180 more"), "\(line)")
        #expect(line.utf8.count < 1000)
    }

    @Test func theDemoIgnoresAHangup() async throws {
        try await Program.inFolder { program in
            let run = try program.start([
                "serve", "--demo", "--listen", "127.0.0.1:0", "--adapters", repositoryRoot + "/adapters.d",
            ])
            defer { run.terminate() }
            _ = try await run.output(containing: "Stop with Ctrl-C")
            run.hangUp()
            _ = try await run.log(containing: "SIGHUP is ignored: the demo has no configuration")
            run.terminate()
            #expect(try await run.end().code == 0)
        }
    }
}
