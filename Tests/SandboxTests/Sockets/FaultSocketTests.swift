import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Sandbox
import Testing
import Wire

/// Answers and faults whose connection matters, over real sockets.
@Suite(.timeLimit(.minutes(10))) struct FaultSocketTests {
    private static let nemoPages = nemoList + "/-/deployments?all_versions=true&page_size=10"

    /// Half a body under the complete body's length, then the end of the connection.
    @Test(arguments: [Fault.reset, .truncated])
    func aDroppedConnectionIsSeenByTheClient(_ fault: Fault) async throws {
        let fleet = SandboxFleet(config: SandboxConfig(), now: { Timestamp(microseconds: 0) })
        fleet.faults.set(fault, on: .deployList)
        let app = Application(
            router: makeSandboxRouter(fleet: fleet),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await app.test(.live) { client -> Void in
            await #expect(throws: (any Error).self) {
                _ = try await client.execute(uri: "/deploy-list/deploy/list", method: .get) { $0.status }
            }
            #expect(fleet.requestCount(.deployList) == 1)
        }
    }

    /// A HEAD answer names the length of a body that it does not have; the connection stays usable.
    @Test func oneConnectionCarriesAHeadAStreamAndARedirect() async throws {
        let fleet = SandboxFleet(config: SandboxConfig(), now: { Timestamp(microseconds: 0) })
        let app = Application(
            router: makeSandboxRouter(fleet: fleet),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await app.test(.live) { client -> Void in
            let head = try await client.execute(uri: Self.nemoPages, method: .head)
            #expect(head.status.code == 405)
            #expect(head.body.readableBytes == 0)
            fleet.faults.set(.large, on: .nemo, FaultSetting(count: 1, megabytes: 3))
            let large = try await client.execute(uri: Self.nemoPages, method: .get)
            #expect(large.body.readableBytes == 3 * 1_048_576 + 14)
            let redirect = try await client.execute(uri: nemoList + "/-/deployments/", method: .get)
            #expect(redirect.status.code == 307)
            #expect(
                redirect.headers[.location]?.hasSuffix("/nemo/apis/models/v2/workspaces/-/deployments")
                    == true)
            let list = try await client.execute(uri: Self.nemoPages, method: .get)
            #expect(list.status.code == 200)
        }
    }

    @Test func aHangingRequestEndsWhenItsClientGoes() async throws {
        let fleet = SandboxFleet(config: SandboxConfig(), now: { Timestamp(microseconds: 0) })
        fleet.faults.set(.hang, on: .nemo)
        let app = Application(
            router: makeSandboxRouter(fleet: fleet),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await app.test(.live) { client -> Void in
            let port = try #require(client.port)
            try await TestClient.withClient(host: "localhost", port: port) { gone in
                try await gone.executeAndDontWaitForResponse(
                    TestClient.Request(Self.nemoPages, method: .get, authority: "localhost"))
                while fleet.faults.waiting == 0, !Task.isCancelled { await Task.yield() }
            }
            while fleet.faults.waiting > 0, !Task.isCancelled { await Task.yield() }
            #expect(fleet.requestCount(.nemo) == 1)
        }
    }
}
