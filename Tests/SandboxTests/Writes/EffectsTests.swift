import HTTPTypes
import Sandbox
import Testing
import Wire

/// What the sandbox counts of writes.
@Suite struct EffectsTests {
    private static let row0 = nemoList + "/ml-prod/deployments/chat-llama-8b"

    @Test func everyWriteIsToldWithItsBodyInItsOrder() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.add(.dashscope, "new")
            _ = try await sandbox.send(.post, Self.row0, body: #"{"config":"embed-cpu"}"#)
            _ = try await sandbox.send(
                .put, "/dashscope/api/v1/deployments/new/scale", body: #"{"capacity":2}"#)
            _ = try await sandbox.send(.post, Self.row0, body: "{")
            _ = try await sandbox.send(
                .post, Self.row0, body: #"{"config":"qwen-vllm-2gpu", "config_version":1}"#)
            let page = try await sandbox.get("/_effects")
            #expect(
                page.text == """
                    {"received":4,"done":3,"deployments":[{"dialect":"nemo","key":"ml-prod/chat-llama-8b",\
                    "received":3,"done":2,"effects":[{"request":1,"method":"POST","body":{"config":"embed-cpu"}},\
                    {"request":3,"method":"POST","body":{"config":"qwen-vllm-2gpu","config_version":1}}]},\
                    {"dialect":"dashscope","key":"new","received":1,"done":1,"effects":[{"request":1,\
                    "method":"PUT","body":{"capacity":2}}]}]}
                    """)
            let account = sandbox.fleet.effects.account(.nemo, "ml-prod/chat-llama-8b")
            #expect(account.received == 3)
            #expect(account.done == 2)
            #expect(account.effects.map(\.request) == [1, 3])
            #expect(account.effects[0].body == Array(#"{"config":"embed-cpu"}"#.utf8))
        }
    }

    @Test func oneDeploymentHasAPageOfItsOwn() async throws {
        try await withSandbox { sandbox in
            let none = try await sandbox.get("/_effects/nemo/ml-prod/chat-llama-8b")
            #expect(
                none.text == """
                    {"dialect":"nemo","key":"ml-prod/chat-llama-8b","received":0,"done":0,"effects":[]}
                    """)
            _ = try await sandbox.send(.delete, Self.row0)
            let one = try await sandbox.get("/_effects/nemo/ml-prod/chat-llama-8b")
            #expect(one.at("effects")?.written == #"[{"request":1,"method":"DELETE","body":null}]"#)
            _ = try await sandbox.send(
                .post, nemoList + "/default/deployments", body: #"{"name":"made","config":"embed-cpu"}"#)
            let made = try await sandbox.get("/_effects/nemo/default/made")
            #expect(made.at("done")?.int == 1)
        }
    }

    @Test func effectsAreForgottenAndStayDone() async throws {
        try await withSandbox { sandbox in
            _ = try await sandbox.send(.post, Self.row0, body: #"{"config":"embed-cpu"}"#)
            let faults = try await sandbox.send(.delete, "/_faults")
            #expect(faults.status == 200)
            #expect(try await sandbox.get("/_effects").at("done")?.int == 1)
            let page = try await sandbox.send(.delete, "/_effects")
            #expect(page.text == #"{"received":0,"done":0,"deployments":[]}"#)
            #expect(try await sandbox.get(Self.row0).at("entity_version")?.int == 3)
        }
    }

    @Test(arguments: [
        (HTTPRequest.Method.get, "/_effects/nope/a", 404), (.get, "/_effects/nemo", 404),
        (.put, "/_effects", 405), (.delete, "/_effects/nemo/a", 405),
    ])
    func whatIsWrongIsReported(_ method: HTTPRequest.Method, _ path: String, _ status: Int) async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.send(method, path)
            #expect(reply.status == status)
            #expect(reply.at("error")?.string?.isEmpty == false)
        }
    }
}
