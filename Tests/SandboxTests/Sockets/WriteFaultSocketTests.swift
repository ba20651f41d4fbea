import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Sandbox
import Testing
import Wire

/// Faults that take the connection of a write away.
@Suite(.timeLimit(.minutes(10))) struct WriteFaultSocketTests {
    private static let key = "ml-prod/chat-llama-8b"
    private static let row0 = nemoList + "/ml-prod/deployments/chat-llama-8b"
    private static let body = ByteBuffer(string: #"{"config":"embed-cpu"}"#)

    /// Runs a sandbox on a port of its own.
    private static func serve(
        _ body: @Sendable (SandboxFleet, Int) async throws -> Void
    ) async throws {
        let fleet = SandboxFleet(config: SandboxConfig(), now: { Timestamp(microseconds: 0) })
        let app = Application(
            router: makeSandboxRouter(fleet: fleet),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await app.test(.live) { client -> Void in
            defer { fleet.stop() }
            try await body(fleet, try #require(client.port))
        }
    }

    /// The status of a write, on a new connection or on one that carried a read before; nil without a response.
    private static func write(_ port: Int, onUsedConnection isUsed: Bool = false) async throws -> Int? {
        try await TestClient.withClient(host: "localhost", port: port) { client in
            if isUsed {
                _ = try await client.execute(TestClient.Request(row0, method: .get, authority: "localhost"))
            }
            let response = try? await client.execute(
                TestClient.Request(row0, method: .post, authority: "localhost", body: body))
            return response?.status.code
        }
    }

    @Test(arguments: [
        (Fault.resetBeforeWrite, 0), (.resetAfterWrite, 1), (.hangBeforeWrite, 0), (.endlessHead, 1),
    ])
    func aWriteWithoutAResponseIsDoneOrNot(_ fault: Fault, _ done: Int) async throws {
        try await Self.serve { fleet, port in
            fleet.faults.set(fault, on: .nemo, FaultSetting(count: 2, seconds: 0))
            for isUsed in [false, true] {
                let status = try await Self.write(port, onUsedConnection: isUsed)
                #expect(status == nil)
            }
            let account = fleet.effects.account(.nemo, Self.key)
            #expect(account.received == 2)
            #expect(account.done == 2 * done)
            let status = try await Self.write(port)
            #expect(status == 201)
        }
    }

    /// The client leaves before the fault is lifted.
    @Test(arguments: [(Fault.hangBeforeWrite, 0), (.hangAfterWrite, 1), (.endlessHead, 1)])
    func aWriteThatHangsEndsWhenItsClientGoes(_ fault: Fault, _ done: Int) async throws {
        try await Self.serve { fleet, port in
            fleet.faults.set(fault, on: .nemo)
            try await TestClient.withClient(host: "localhost", port: port) { gone in
                try await gone.executeAndDontWaitForResponse(
                    TestClient.Request(Self.row0, method: .post, authority: "localhost", body: Self.body))
                while fleet.faults.waiting == 0, !Task.isCancelled { await Task.yield() }
                #expect(fleet.effects.account(.nemo, Self.key).done == done)
            }
            while fleet.faults.waiting > 0, !Task.isCancelled { await Task.yield() }
            let account = fleet.effects.account(.nemo, Self.key)
            #expect(account.received == 1)
            #expect(account.done == done)
        }
    }

    @Test func aWriteThatIsHeldBeforeItIsDoneIsNeverDoneOnceTheFaultIsLifted() async throws {
        try await Self.serve { fleet, port in
            fleet.faults.set(.hangBeforeWrite, on: .nemo)
            async let write = Self.write(port)
            while fleet.faults.waiting == 0, !Task.isCancelled { await Task.yield() }
            fleet.faults.clear(.hangBeforeWrite, on: .nemo)
            let status = try await write
            #expect(status == nil)
            #expect(fleet.effects.account(.nemo, Self.key).done == 0)
        }
    }
}
