import Adapters
import ArgumentParser
import Deployments
import Logging
import Settings
import Testing

@testable import rollcall

@Suite struct CommandTests {
    private func environment(_ variables: [String: String] = [:]) -> CommandEnvironment {
        CommandEnvironment(
            variables: variables, workingDirectory: "/home/ops",
            terminal: Terminal(
                isInteractive: false, isErrorInteractive: false, columns: nil, environment: variables),
            output: OutputMemory().output)
    }

    @Test(arguments: [
        ["serve", "--demo", "--config", "x"], ["list", "READY"], ["list", "page=2"],
        ["list", "--output", "xml"],
        ["list", "--gateway", "http://a", "--config", "b"], ["list", "--adapters", "a"],
        ["sandbox", "--port", "x"],
        ["sandbox", "--port", "65536"], ["sandbox", "--rows", "-1"], ["sandbox", "--token", "a b"],
        ["nonsense"],
        ["adapters", "test", "a.yaml", "--adapters", "b"], ["serve", "extra"], ["--nonsense"],
    ])
    func wrongUsageIs64(_ arguments: [String]) {
        #expect(exitCode(arguments) == 64)
    }

    @Test func theVersionIsPrinted() {
        #expect(exitCode(["--version"]) == 0)
        #expect(message(["--version"]) == "rollcall \(Version.current)")
    }

    @Test func serveTakesFlagsOverTheEnvironment() throws {
        let command = try #require(
            try Rollcall.parseAsRoot(["serve", "--demo", "--listen", "[::1]:0", "--adapters", "a:/b"])
                as? ServeCommand)
        let plan = try command.plan(
            // The store of a real gateway is none of the demo's.
            environment([
                "ROLLCALL_LISTEN": "127.0.0.1:9", "ROLLCALL_LOG_LEVEL": "error", "ROLLCALL_STORE": "sqlite:x",
            ]),
            problems: SettingsProblems())
        var expected = GatewayConfig(adapterFolders: ["/home/ops/a", "/b"])
        expected.listen = ListenConfig(host: "::1", port: 0)
        expected.log.level = .error
        #expect(plan == .demo(expected))
    }

    @Test func theDemoStaysOnThisMachine() throws {
        let command = try #require(
            try Rollcall.parseAsRoot(["serve", "--demo", "--listen", "0.0.0.0:80", "--adapters", "a"])
                as? ServeCommand)
        let problems = SettingsProblems()
        _ = try command.plan(environment(), problems: problems)
        #expect(
            problems.all.map(\.description) == [
                "command line: --listen: the demo listens on loopback only: use an address such as 127.0.0.1:8080"
            ])
    }

    @Test(
        arguments: [
            ([], [:], "http://127.0.0.1:8080", false),
            (
                [], ["ROLLCALL_GATEWAY": "https://g.example.com/", "ROLLCALL_TOKEN": "t"],
                "https://g.example.com", true
            ),
            (
                ["--gateway", "http://[::1]:9"],
                ["ROLLCALL_GATEWAY": "https://g.example.com", "ROLLCALL_TOKEN": ""],
                "http://[::1]:9", false
            ),
            (["--gateway", "http://g", "--allow-plaintext"], ["ROLLCALL_TOKEN": " t\n"], "http://g", true),
        ] as [([String], [String: String], String, Bool)])
    func theGatewayIsFoundInOrder(
        _ flags: [String], _ variables: [String: String], _ url: String, _ hasToken: Bool
    ) throws {
        let command = try #require(try Rollcall.parseAsRoot(["list"] + flags) as? ListCommand)
        let origin = try command.origin(environment(variables), problems: SettingsProblems())
        #expect(origin == .gateway(try BaseURL(url), hasToken ? Secret("t") : nil))
    }

    @Test(
        arguments: [
            (
                ["--gateway", "gateway:8080"], [:],
                "--gateway must be a URL that begins with https:// or http://"
            ),
            (
                [], ["ROLLCALL_GATEWAY": "x"],
                "$ROLLCALL_GATEWAY must be a URL that begins with https:// or http://"
            ),
            (
                ["--gateway", "http://g"], ["ROLLCALL_TOKEN": "t"],
                "plain http would send $ROLLCALL_TOKEN in the clear: use https, or add --allow-plaintext"
            ),
            (
                [], ["ROLLCALL_TOKEN": "a\nb"],
                "$ROLLCALL_TOKEN has a line break at position 2; it must be visible ASCII characters only"
            ),
            (
                [], ["ROLLCALL_TOKEN": "Bearer abc"],
                "$ROLLCALL_TOKEN begins with `Bearer `: it must be the token alone, without that word"
            ),
        ] as [([String], [String: String], String)])
    func aGatewayThatCannotBeIsWrongUsage(
        _ flags: [String], _ variables: [String: String], _ message: String
    ) throws {
        let command = try #require(try Rollcall.parseAsRoot(["list"] + flags) as? ListCommand)
        #expect(throws: CommandFailure(.usage, message)) {
            try command.origin(self.environment(variables), problems: SettingsProblems())
        }
    }

    @Test func termsKeepTheirOrder() throws {
        let command = try #require(
            try Rollcall.parseAsRoot([
                "list", "status=READY,STOPPED", "--output", "csv", "sort=-name", "--strict",
            ])
                as? ListCommand)
        #expect(command.output == .csv)
        #expect(command.strict)
        #expect(
            try command.parsedTerms() == [
                ListTerm(name: "status", value: "READY,STOPPED"), ListTerm(name: "sort", value: "-name"),
            ])
    }

    @Test func aListIsFlawlessWhenNothingFailed() {
        let fine = SourceSummary(name: "a", platform: "p", state: "stale", count: 0)
        var failed = fine
        failed.failure = .init(errorClass: "auth", message: "")
        var loading = fine
        loading.state = "loading"
        func isFlawless(_ source: SourceSummary, complete: Bool = true) -> Bool {
            ListAnswer(rows: [], sources: [source], isComplete: complete, isFresh: false).isFlawless
        }
        #expect(isFlawless(fine))
        #expect(!isFlawless(fine, complete: false))
        #expect(!isFlawless(failed))
        #expect(!isFlawless(loading))
    }

    @Test func aSourcesOnlyPartitionIsNotNamed() {
        let answers = [
            PartitionProbe(partition: "-", result: .success(1)),
            PartitionProbe(partition: "b", result: .failure(SourceError(.timeout, "x"))),
        ]
        #expect(
            CheckFinding(of: "a", Array(answers.prefix(1))).remarks
                == ["a: reachable, 1 record on the first page"])
        let both = CheckFinding(of: "a", answers)
        #expect(both.remarks == ["a, partition `-`: reachable, 1 record on the first page"])
        #expect(both.problems == ["a, partition `b`: timeout: x"])
    }

    @Test func everyErrorHasItsExitCode() {
        let location = SettingsLocation(file: "a.yaml", line: 3, key: "b\u{1B}")
        let settings = SettingsError(problems: [SettingsProblem(location: location, message: "is wrong")])
        #expect(
            CommandFailure(ending: settings)
                == CommandFailure(.usage, "1 problem in the configuration\na.yaml:3: b\u{FFFD}: is wrong"))
        #expect(CommandFailure(ending: ConfigMissing())?.code == .usage)
        #expect(CommandFailure(ending: FileError(path: "x", reason: "y"))?.code == .usage)
        #expect(CommandFailure(ending: CommandFailure(.no, "x"))?.code == .no)
        #expect(CommandFailure(ending: SourceError(.timeout, "x")) == CommandFailure(.fault, "timeout: x"))
        #expect(CommandFailure(ending: ExitCode(1)) == nil)
    }

    private func exitCode(_ arguments: [String]) -> Int32? {
        do {
            _ = try Rollcall.parseAsRoot(arguments)
            return nil
        } catch { return Rollcall.exitCode(for: error).rawValue }
    }

    private func message(_ arguments: [String]) -> String? {
        do {
            _ = try Rollcall.parseAsRoot(arguments)
            return nil
        } catch { return Rollcall.message(for: error) }
    }
}
