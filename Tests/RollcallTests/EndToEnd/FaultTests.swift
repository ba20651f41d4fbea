import Deployments
import Sandbox
import Testing
import Upstream
import Wire

@testable import rollcall

/// An upstream's misbehavior never costs a row, and each response says how its sources stand.
@Suite(.timeLimit(.minutes(10)), .serialized) struct FaultTests {
    static let environment = ["TOKEN": "sandbox-token"]

    static func still() -> SandboxConfig {
        var config = SandboxConfig()
        config.setRows(12)
        config.dashscopePageClamp = 5
        config.changesOverTime = false
        config.token = "sandbox-token"
        return config
    }

    /// The state of one source and the class of its error.
    struct Standing: Equatable {
        var state: String?
        var errorClass: String?
    }

    static func standing(of name: String, in answer: RunningGateway.Answer) -> Standing {
        let source = answer.json?["sources"]?.elements.first { $0["name"]?.string == name }
        return Standing(state: source?["state"]?.string, errorClass: source?["error"]?["class"]?.string)
    }

    static let failing: [(Fault, Dialect, String)] = [
        (.status500, .nemo, "server_error"), (.status429, .dashscope, "rate_limited"),
        (.status401, .deployList, "auth"), (.billing, .dashscope, "billing"),
        (.reset, .nemo, "bad_response"), (.hang, .deployList, "timeout"), (.slow, .nemo, "timeout"),
        (.truncated, .dashscope, "bad_response"), (.cutJSON, .nemo, "bad_response"),
        (.html, .deployList, "bad_response"), (.empty, .dashscope, "bad_response"),
        (.wrongTypes, .nemo, "bad_response"), (.wrongTypes, .deployList, "bad_response"),
        (.code200, .dashscope, "rejected"), (.large, .nemo, "too_large"),
        (.deepNesting, .deployList, "bad_response"), (.shortPage, .nemo, "bad_response"),
        (.repeatedPage, .dashscope, "bad_response"), (.movingTotal, .dashscope, "bad_response"),
    ]

    @Test func everyFailureKeepsTheLastListAndSaysWhatItIs() async throws {
        try await withGateway(
            sandbox: Self.still(), environment: Self.environment,
            sources: { base in
                try threeSources(base).map { source in
                    var source = source
                    source.upstream.totalTimeout = .milliseconds(800)
                    return source
                }
            }
        ) { gateway in
            let list = "/v1/deployments?page_size=1000"
            let names: [Dialect: String] = [.nemo: "research", .dashscope: "ali", .deployList: "deepinfra"]
            // Lookups that come in make another snapshot.
            let healthy = try await gateway.get(list) { answer in
                answer.json?["complete"]?.bool == true && !answer.hasPendingLookups
            }
            let rows = healthy.json?["data"]?.elements.compactMap { $0["uid"]?.string } ?? []
            for (fault, dialect, errorClass) in Self.failing {
                let name = try #require(names[dialect])
                gateway.fleet.faults.set(fault, on: dialect)
                let failed = try await gateway.get(list) {
                    Self.standing(of: name, in: $0).errorClass == errorClass
                }
                #expect(Self.standing(of: name, in: failed).state == "stale", "\(fault) on \(dialect)")
                #expect(failed.json?["data"]?.elements.compactMap { $0["uid"]?.string } == rows)
                #expect(failed.json?["complete"]?.bool == true)
                #expect(failed.json?["fresh"]?.bool == false)
                #expect(failed.json?["pagination"]?["total_is"]?.string == "as_of")
                gateway.fleet.faults.clearAll()
                let after = try await gateway.get(list) { $0.json?["fresh"]?.bool == true }
                #expect(after.json?["data"]?.elements.compactMap { $0["uid"]?.string } == rows)
                #expect(after.json?["snapshot"]?["id"]?.string == healthy.json?["snapshot"]?["id"]?.string)
            }
        }
    }

    @Test func oddFieldsLoseNoRowAndAreCounted() async throws {
        try await withGateway(
            sandbox: Self.still(), environment: Self.environment, sources: threeSources
        ) { gateway in
            let list = "/v1/deployments?page_size=1000"
            let healthy = try await gateway.get(list) { $0.json?["complete"]?.bool == true }
            let count = healthy.json?["pagination"]?["total_results"]?.int
            for fault in [Fault.unknownStatus, .oddTypes, .unreadableTimes] {
                for dialect in Dialect.allCases { gateway.fleet.faults.set(fault, on: dialect) }
                let sources = try await gateway.get("/v1/sources") { answer in
                    answer.json?["data"]?.elements.allSatisfy { ($0["drift"]?.count ?? 0) > 0 } ?? false
                }
                #expect(sources.response.status == 200)
                let drifting = try await gateway.get(list)
                #expect(drifting.json?["pagination"]?["total_results"]?.int == count)
                // An odd version is half an identity: no row goes, but the list is not proven.
                #expect(drifting.json?["complete"]?.bool == (fault != .oddTypes))
                gateway.fleet.faults.clearAll()
                _ = try await gateway.get("/v1/sources") { answer in
                    answer.json?["data"]?.elements.allSatisfy { $0["drift"]?.count == 0 } ?? false
                }
            }
        }
    }

    @Test(arguments: [
        (Fault.noIdentity, "records have no readable identity"), (.twins, "share their identity"),
        (.partialContent, "HTTP 206"), (.acceptedEmpty, "HTTP 202"),
    ])
    func aListThatIsNotProvenMakesTheAnswerIncompleteAndDropsNothing(
        _ fault: Fault, _ reason: String
    ) async throws {
        try await withGateway(
            sandbox: Self.still(), environment: Self.environment, sources: threeSources
        ) { gateway in
            let list = "/v1/deployments?page_size=1000"
            let healthy = try await gateway.get(list) { $0.json?["complete"]?.bool == true }
            for dialect in Dialect.allCases { gateway.fleet.faults.set(fault, on: dialect) }
            _ = try await gateway.get("/v1/sources") { answer in
                answer.json?["data"]?.elements.allSatisfy { source in
                    source["unproven"]?.string?.contains(reason) ?? false
                } ?? false
            }
            let partial = try await gateway.get(list) { $0.json?["complete"]?.bool == false }
            #expect(partial.json?["pagination"]?["total_is"]?.string == "at_least")
            #expect(
                partial.json?["pagination"]?["total_results"]?.int
                    == healthy.json?["pagination"]?["total_results"]?.int)
        }
    }

    @Test func aCopyFromACacheOnTheWayIsAsOldAsItIsAndMeetsNoDemand() async throws {
        let fleet = SandboxFleet(config: Self.still(), now: Assembly.now)
        // Before the first list: a copy that is older than the list that is served changes nothing.
        fleet.faults.set(.staleCache, on: .dashscope)
        try await withServer(makeSandboxRouter(fleet: fleet), beforeEnd: { fleet.stop() }) { base in
            let config = gatewayConfig(try threeSources(base), ttl: .milliseconds(100))
            try await withGateway(config, environment: Self.environment, over: fleet, at: base) { gateway in
                let list = "/v1/deployments?source=ali"
                let old = try await gateway.get(list) { $0.json?["complete"]?.bool == true }
                #expect(Self.standing(of: "ali", in: old).state == "stale")
                #expect((Int(old.response.header("Age") ?? "") ?? 0) >= 3600)
                #expect(old.json?["pagination"]?["total_is"]?.string == "as_of")
                let demanded = try await gateway.get(list + "&max_age=60")
                #expect(demanded.json?["sources"]?.elements.first?["demand"]?.string == "upstream_cache")
                let strict = try await gateway.get(list + "&max_age=60&strict=true")
                #expect(strict.response.status == 504)
            }
        }
    }

    @Test func aDeploymentThatIsGoneGoesAndAnEmptyListNeedsASecondOne() async throws {
        try await withGateway(
            sandbox: Self.still(), environment: Self.environment, sources: threeSources
        ) { gateway in
            let list = "/v1/deployments?page_size=1000&source=deepinfra"
            _ = try await gateway.get(list) { $0.json?["complete"]?.bool == true }
            let key = try #require(gateway.fleet.keys(.deployList).first)
            gateway.fleet.remove(.deployList, key)
            let fewer = try await gateway.get(list) { $0.json?["pagination"]?["total_results"]?.int == 11 }
            #expect(!(fewer.json?["data"]?.elements.contains { $0["native_id"]?.string == key } ?? true))
            gateway.fleet.faults.set(.emptyList, on: .deployList, FaultSetting(count: 1))
            let before = gateway.fleet.requestCount(.deployList)
            while gateway.fleet.requestCount(.deployList) < before + 3 {
                let answer = try await gateway.get(list)
                #expect(answer.json?["pagination"]?["total_results"]?.int == 11)
            }
        }
    }

    @Test func aFailingWorkspaceDoesNotTakeTheOtherWithIt() async throws {
        try await withGateway(
            sandbox: Self.still(), environment: Self.environment,
            sources: { base in
                var source = try source("research", "nemo", base + "/nemo")
                let location = source.location
                source.inputs["workspaces"] = InputValue(
                    location: location,
                    value: .list(
                        ["ml-prod", "research"].map { InputValue(location: location, value: .text($0)) }))
                return [source]
            }
        ) { gateway in
            let list = "/v1/deployments?page_size=1000"
            let healthy = try await gateway.get(list) { $0.json?["complete"]?.bool == true }
            gateway.fleet.faults.set(.hiddenWorkspace, on: .nemo)
            let one = try await gateway.get(list) {
                Self.standing(of: "research", in: $0).errorClass == "server_error"
            }
            #expect(
                one.json?["pagination"]?["total_results"]?.int
                    == healthy.json?["pagination"]?["total_results"]?.int)
            let message = one.json?["sources"]?.elements.first?["error"]?["message"]?.string ?? ""
            #expect(message.contains("check that workspace \"research\" exists"), "\(message)")
            let added = "ml-prod/made-meanwhile"
            gateway.fleet.add(.nemo, added)
            _ = try await gateway.get("/v1/deployments/research/\(added)") { $0.response.status == 200 }
        }
    }
}
