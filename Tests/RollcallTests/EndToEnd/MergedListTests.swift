import Deployments
import Sandbox
import Testing
import Upstream
import Wire

@testable import rollcall

@Suite(.timeLimit(.minutes(10))) struct MergedListTests {
    static let environment = ["TOKEN": "sandbox-token"]

    private func still(_ nemo: Int, _ dashscope: Int, _ deployList: Int) -> SandboxConfig {
        var config = SandboxConfig()
        config.nemoRows = nemo
        config.dashscopeRows = dashscope
        config.deployListRows = deployList
        config.changesOverTime = false
        config.token = "sandbox-token"
        return config
    }

    @Test func threePlatformsAreOneList() async throws {
        try await withGateway(
            sandbox: still(40, 25, 20), environment: Self.environment, sources: threeSources
        ) { gateway in
            let answer = try await gateway.get("/v1/deployments?page_size=1000") {
                $0.json?["complete"]?.bool == true
            }
            let expected =
                gateway.fleet.keys(.nemo).map { "research/\($0)" }
                + gateway.fleet.keys(.dashscope).map { "ali/\($0)" }
                + gateway.fleet.keys(.deployList).map { "deepinfra/\($0)" }
            let uids = answer.json?["data"]?.elements.compactMap { $0["uid"]?.string } ?? []
            #expect(Set(uids) == Set(expected))
            #expect(uids.count == expected.count)
            #expect(answer.json?["pagination"]?["total_is"]?.string == "exact")
        }
    }

    @Test func twoThousandSevenHundredRowsAreComplete() async throws {
        try await withGateway(
            sandbox: still(1700, 600, 400), environment: Self.environment, sources: threeSources
        ) { gateway in
            let first = try await gateway.get("/v1/deployments?page_size=1000") {
                $0.json?["complete"]?.bool == true
            }
            #expect(first.json?["pagination"]?["total_results"]?.int == 2700)
            #expect(first.json?["pagination"]?["total_pages"]?.int == 3)
            var uids: Set<String> = []
            for page in 1...3 {
                let answer = try await gateway.get("/v1/deployments?page_size=1000&page=\(page)")
                uids.formUnion(answer.json?["data"]?.elements.compactMap { $0["uid"]?.string } ?? [])
            }
            #expect(uids.count == 2700)
            #expect(uids.count { $0.hasPrefix("research/") } == 1700)
        }
    }
}
