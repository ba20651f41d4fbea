import Foundation
import Sandbox
import Testing
import Wire

@testable import rollcall

/// A gateway that starts over a store whose lists were fetched with other credentials.
@Suite(.timeLimit(.minutes(10))) struct AccountRestartTests {
    private static let list = "/v1/deployments?page_size=1000&sort=uid"

    @Test func onlyTheSameCredentialsMakeAStoredListFresh() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "rollcall-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var sandbox = SandboxConfig()
        sandbox.setRows(12)
        sandbox.changesOverTime = false
        sandbox.token = "sandbox-token"
        let fleet = SandboxFleet(config: sandbox, now: Assembly.now)
        try await withServer(makeSandboxRouter(fleet: fleet), beforeEnd: { fleet.stop() }) { base in
            var config = gatewayConfig(try threeSources(base), ttl: .seconds(3600))
            config.store = .sqlite(path: folder.appending(path: "rollcall.sqlite").path)
            let fresh = ["research fresh -", "ali fresh -", "deepinfra fresh -"]
            try await withGateway(config) { gateway in
                _ = try await gateway.get(Self.list) { $0.standings == fresh }
            }
            try await withGateway(config) { gateway in
                // The very first answer, from the store: nothing is fetched for an hour.
                let first = try await gateway.get(Self.list)
                #expect(first.standings == fresh)
            }
            try await withGateway(config, environment: ["TOKEN": "another-canary"]) { gateway in
                let first = try await gateway.get(Self.list)
                #expect(first.uids.count == 36)
                #expect(first.json?["pagination"]?["total_is"]?.string == "as_of")
                // NeMo's tokens expire, and another one reads the same account.
                let refused = ["research fresh -", "ali stale auth", "deepinfra stale auth"]
                let answer = try await gateway.get(Self.list) { $0.standings == refused }
                #expect(answer.uids == first.uids)
            }
            let bytes = try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .reduce(into: Data()) { $0 += try Data(contentsOf: folder.appending(path: $1)) }
            #expect(bytes.count > 10_000)
            for secret in ["another-canary", "sandbox-token"] {
                #expect(bytes.range(of: Data(secret.utf8)) == nil)
            }
        }
    }
}
