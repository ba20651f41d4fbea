import Sandbox
import Testing

/// Faults that strike some of a platform's paths, and those that only single records can show.
@Suite(.timeLimit(.minutes(10))) struct FaultPathTests {
    static let deployments = nemoList + "/-/deployments"
    static let providers = nemoList + "/-/providers"
    static let workspaces = "/nemo/apis/entities/v2/workspaces"
    /// The configurations of the sandbox, in each of two workspaces.
    static let configs = ["llama-8b-1gpu", "llama-70b-4gpu", "qwen-vllm-2gpu", "embed-cpu"].flatMap { name in
        ["ml-prod", "research"].map { "\(nemoList)/\($0)/deployment-configs/\(name)/versions/1" }
    }

    @Test(arguments: [
        ("*", [deployments, providers, workspaces, configs[0]]),
        ("*/deployments", [deployments]),
        ("*/providers*", [providers]),
        ("/apis/models/*", [deployments, providers, configs[0]]),
        ("*/deployment-configs/*", [configs[0]]),
        ("/apis/entities/v2/workspaces", [workspaces]),
        ("*/ml-prod/*/llama-*/1", [configs[0]]),
        ("*/deployments/*", []),
        ("/apis/models", []),
    ])
    func aFaultStrikesThePathsThatItNames(_ path: String, _ struck: [String]) async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.status500, on: .nemo, FaultSetting(path: path))
            var failed: [String] = []
            for target in [Self.deployments, Self.providers, Self.workspaces, Self.configs[0]] {
                // A query is no part of a path.
                let reply = try await sandbox.get(target + "?page_size=10")
                if reply.status == 500 { failed.append(target) }
            }
            #expect(failed == struck)
        }
    }

    @Test func requestsForOtherPathsUseUpNoCount() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.status500, on: .nemo, FaultSetting(count: 1, path: "*/providers"))
            var statuses: [Int] = []
            for target in [Self.deployments, Self.providers, Self.providers] {
                statuses.append(try await sandbox.get(target).status)
            }
            #expect(statuses == [200, 500, 200])
        }
    }

    @Test func halfOfTheConfigurationsFailAndAlwaysTheSame() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(
                .status500, on: .nemo,
                FaultSetting(share: 50, of: .paths, path: "*/deployment-configs/*"))
            var rounds: [[String]] = []
            for order in [Self.configs, Self.configs.reversed()] {
                var failed: [String] = []
                for target in order {
                    let reply = try await sandbox.get(target)
                    if reply.status == 500 { failed.append(target) }
                }
                rounds.append(failed)
            }
            #expect(rounds[0].count == 4)
            #expect(rounds[1] == Array(rounds[0].reversed()))
            let list = try await sandbox.get(Self.deployments)
            #expect(list.status == 200)
        }
    }

    @Test(arguments: [
        (Dialect.nemo, nemoList + "/-/deployments", #"{"detail":"Not Found"}"#),
        (.deployList, "/deploy-list/deploy/list", #"{"error":"Not found"}"#),
    ])
    func whatVanishesIsA404(_ dialect: Dialect, _ path: String, _ body: String) async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.status404, on: dialect)
            let reply = try await sandbox.get(path)
            #expect(reply.status == 404)
            #expect(reply.text == body)
        }
    }

    @Test func aConfigurationVanishesAndTheOthersStay() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(
                .status404, on: .nemo, FaultSetting(path: "*/deployment-configs/embed-cpu/*"))
            var missing: [String] = []
            for target in Self.configs {
                let reply = try await sandbox.get(target)
                if reply.status == 404 { missing.append(target) }
            }
            #expect(missing == Array(Self.configs.suffix(2)))
        }
    }

    @Test func theListOfProvidersLagsBehindThatOfDeployments() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.lagging, on: .nemo, FaultSetting(seconds: 30, path: "*/providers"))
            sandbox.fleet.add(.nemo, "research/new")
            func names(_ list: String) async throws -> [String] {
                let reply = try await sandbox.get(list + "?page_size=1000")
                return reply.strings("data", each: "name")
            }
            let deployments = try await names(Self.deployments)
            let early = try await names(Self.providers)
            sandbox.clock.advance(seconds: 31)
            let late = try await names(Self.providers)
            #expect(deployments.contains("new"))
            #expect(!early.contains("new") && late.contains("new"))
        }
    }

    @Test(arguments: [Dialect.dashscope, .deployList])
    func everyDialectCanLag(_ dialect: Dialect) async throws {
        try await withSandbox { sandbox in
            let path =
                dialect == .dashscope ? "/dashscope/api/v1/deployments/new" : "/deploy-list/deploy/new"
            sandbox.fleet.faults.set(.lagging, on: dialect)
            sandbox.fleet.add(dialect, "new")
            let early = try await sandbox.get(path)
            #expect(early.status == 404)
            sandbox.clock.advance(seconds: 60)
            let late = try await sandbox.get(path)
            #expect(late.status == 200)
        }
    }
}
