import Deployments
import Foundation
import Sandbox
import Storage
import TestSupport
import Testing
import Upstream
import Wire

@testable import rollcall

/// The operator's rules in the whole program, over a sandbox.
@Suite(.timeLimit(.minutes(10)), .serialized) struct ProgramRuleTests {
    private static func lines(_ base: String, rules: [String]) -> [String] {
        ["cache: {ttl: 1h}", "store: sqlite:kept.sqlite", "rules:"] + rules.map { "  - \($0)" }
            + Program.sources(base)
    }

    /// The workspaces of the sandbox's rows of NeMo, sorted.
    private static func workspaces(_ fleet: SandboxFleet) -> [String] {
        Set(fleet.keys(.nemo).map { String($0.prefix { $0 != "/" }) }).sorted()
    }

    @Test func aReloadAppliesRulesWithoutAskingAnyPlatform() async throws {
        try await withRunningSandbox { base, fleet in
            try await Program.inFolder { program in
                let workspace = try #require(Self.workspaces(fleet).first)
                let plain = ["store: sqlite:kept.sqlite", "cache: {ttl: 1h}"] + Program.sources(base)
                let name = try program.configuration(plain)
                let run = try program.start(["serve", "--config", name], environment: sandboxToken)
                defer { run.terminate() }
                let client = CurlTransport()
                defer { client.shutDown() }
                let gateway = RunningGateway(
                    fleet: fleet, base: try await run.servedURL(), sandboxBase: base, client: client)
                let path = "/v1/deployments?page_size=1000&sort=uid&sources=none"
                let before = try await gateway.get(path) { $0.uids.count == 36 && !$0.hasPendingLookups }
                let requests = Self.requests(fleet)

                _ = try program.configuration(
                    Self.lines(
                        base,
                        rules: [
                            "{where: {workspace: \(workspace)}, set: {labels.team: search, region: eu}}",
                            "{where: {source: ali}, set: {labels.team: cloud, engine: vllm}}",
                        ]))
                run.hangUp()
                let search = try await gateway.get(path + "&labels.team=search") { !$0.uids.isEmpty }
                #expect(search.uids.allSatisfy { $0.hasPrefix("research/\(workspace)/") })
                let stated = (search.json?["data"]?.elements ?? []).map {
                    $0["stated_by_operator"]?.elements.compactMap(\.string) ?? []
                }
                #expect(stated.allSatisfy { $0 == ["region", "labels.team"] })
                let summary = try await gateway.get("/v1/summary?group_by=labels.team,region&sources=none")
                let groups = (summary.json?["data"]?.elements ?? []).map { group in
                    "\(group["labels.team"]?.string ?? "-") \(group["region"]?.string ?? "-")"
                }
                #expect(Set(groups) == ["search eu", "cloud -", "- -"])

                _ = try program.configuration(plain)
                run.hangUp()
                let after = try await gateway.get(path) {
                    $0.json?["data"]?.written == before.json?["data"]?.written
                }
                #expect(after.uids.count == 36)
                #expect(Self.requests(fleet) == requests)
                run.terminate()
                #expect(try await run.end().code == 0)
            }
        }
    }

    private static func requests(_ fleet: SandboxFleet) -> [Int] {
        [fleet.requestCount(.nemo), fleet.requestCount(.dashscope), fleet.requestCount(.deployList)]
    }

    @Test func aListFromThePlatformsAndACheckKnowTheRules() async throws {
        try await withRunningSandbox { base, fleet in
            try await Program.inFolder { program in
                let workspace = try #require(Self.workspaces(fleet).first)
                let name = try program.configuration(
                    Self.lines(
                        base,
                        rules: [
                            "{where: {workspace: \(workspace)}, set: {labels.team: search}}",
                            "{where: {workspace: nobody}, set: {labels.team: x}}",
                            "{where: {source: reserch}, set: {labels.team: x}}",
                        ]))
                let list = try await program(
                    "list", "labels.team=search", "--output", "ndjson", "--config", name,
                    environment: sandboxToken)
                #expect(list.code == 0, "\(list.errors)")
                #expect(list.lines.count > 1)
                #expect(
                    list.lines.dropLast().allSatisfy {
                        $0.hasPrefix(#"{"uid":"research/\#(workspace)/"#)
                            && $0.contains(#""stated_by_operator":["labels.team"]"#)
                    })
                let none = try await program(
                    "list", "labels.team=serch", "--output", "ndjson", "--config", name,
                    environment: sandboxToken)
                #expect(none.errors.contains("did you mean `search`?") || none.errors.contains("search"))

                let check = try await program("check", "--config", name, environment: sandboxToken)
                let never =
                    "warning: rollcall.yaml:9: rules[2]: the rule applies to no row: no source has rows with "
                    + "`source` = `reserch`; did you mean `research`?"
                #expect(check.code == 0 && check.lines == [never, "No problems: 3 sources", ""])
                let connected = try await program(
                    "check", "--connect", "--config", name, environment: sandboxToken)
                #expect(connected.code == 0)
                let unmatched = connected.lines.filter { $0.contains("matched no row") }
                #expect(
                    unmatched == [
                        "warning: rollcall.yaml:8: rules[1]: the rule matched no row of the first page of each list; "
                            + "further pages were not requested"
                    ])
            }
        }
    }
}
