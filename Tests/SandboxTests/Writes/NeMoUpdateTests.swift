import HTTPTypes
import Sandbox
import Testing
import Wire

/// `POST …/deployments/{name}`: a new immutable version.
@Suite struct NeMoUpdateTests {
    private static let row0 = nemoList + "/ml-prod/deployments/chat-llama-8b"
    private static let all =
        nemoList + "/ml-prod/deployments?all_versions=true&filter%5Bname%5D=chat-llama-8b"

    @Test func anUpdateMakesANewVersionThatRollsOut() async throws {
        try await withSandbox { sandbox in
            let old = try await sandbox.get(Self.row0)
            let body = #"{"config":"qwen-vllm-2gpu","config_version":2}"#
            let made = try await sandbox.send(.post, Self.row0, body: body)
            #expect(made.status == 201)
            #expect(made.at("entity_version")?.int == 3)
            #expect(made.at("id")?.string != old.at("id")?.string)
            #expect(made.at("status")?.string == "PENDING")
            #expect(made.at("status_message")?.string == "Deployment update pending")
            #expect(made.at("status_history")?.count == 0)
            #expect(made.at("config")?.string == "qwen-vllm-2gpu")
            #expect(made.at("config_version")?.int == 2)
            let listed = try await sandbox.get(Self.all)
            #expect(listed.strings("data", each: "status") == ["READY", "READY", "PENDING"])
            sandbox.clock.advance(seconds: 16)
            let ready = try await sandbox.get(Self.row0)
            #expect(ready.at("status")?.string == "READY")
            #expect(ready.at("id")?.string == made.at("id")?.string)
            let list = try await sandbox.get(Self.row0 + "/versions")
            #expect(list.json?.count == 3)
        }
    }

    /// The request of the platform's documentation names no version.
    @Test(arguments: [
        (#"{"config":"llama-8b-1gpu"}"#, 3), (#"{"config":"llama-70b-4gpu","config_version":null}"#, 2),
        (#"{"config":"embed-cpu"}"#, 1), (#"{"config":"llama-8b-1gpu","config_version":1}"#, 1),
        (#"{"config":"llama-8b-1gpu","config_version":"2","unknown":[]}"#, 2),
    ])
    func withoutAVersionTheLatestOneOfTheConfigurationIsTaken(_ body: String, _ version: Int64) async throws {
        try await withSandbox { sandbox in
            let made = try await sandbox.send(.post, Self.row0, body: body)
            #expect(made.status == 201)
            #expect(made.at("config_version")?.int == version)
        }
    }

    @Test func whatAnUpdateMayNameIsWhatLookupsFetch() async throws {
        try await withSandbox { sandbox in
            var found: [String] = []
            for name in ["llama-8b-1gpu", "llama-70b-4gpu", "qwen-vllm-2gpu", "embed-cpu"] {
                for version in 1...4 {
                    let path = nemoList + "/research/deployment-configs/\(name)/versions/\(version)"
                    let config = try await sandbox.get(path)
                    let body = #"{"config":"\#(name)","config_version":\#(version)}"#
                    let made = try await sandbox.send(.post, Self.row0, body: body)
                    #expect(made.status == (config.status == 200 ? 201 : 400))
                    guard config.status == 200 else { continue }
                    #expect(config.at("entity_version")?.int == Int64(version))
                    let tag = config.at("executor_config", "image_tag")?.string ?? "-"
                    found.append("\(name) \(config.at("model_spec", "model_name")?.string ?? "-") \(tag)")
                }
            }
            #expect(
                found == [
                    "llama-8b-1gpu llama-3.1-8b-instruct 1.8.5", "llama-8b-1gpu llama-3.1-8b-instruct 1.10.1",
                    "llama-8b-1gpu llama-3.1-8b-instruct 1.12.0", "llama-70b-4gpu llama-3.1-70b-instruct -",
                    "llama-70b-4gpu llama-3.3-70b-instruct -", "qwen-vllm-2gpu Qwen2.5-32B-Instruct -",
                    "qwen-vllm-2gpu Qwen3-32B -", "embed-cpu - 1.8.5",
                ])
        }
    }

    @Test func theProviderServesTheModelOfTheNewConfigurationOnceItIsReady() async throws {
        try await withSandbox { sandbox in
            let provider = nemoList + "/ml-prod/providers/chat-llama-8b"
            _ = try await sandbox.send(.post, Self.row0, body: #"{"config":"qwen-vllm-2gpu"}"#)
            let pending = try await sandbox.get(provider)
            #expect(pending.status == 404)
            sandbox.clock.advance(seconds: 15)
            let ready = try await sandbox.get(provider)
            #expect(ready.at("served_models", "0", "served_model_name")?.string == "Qwen/Qwen3-32B")
        }
    }

    @Test(arguments: [
        ("", "missing", ["body"], "Field required", "null"),
        ("{", "json_invalid", ["body"], "JSON decode error", "{}"),
        (
            "[1]", "model_attributes_type", ["body"],
            "Input should be a valid dictionary or object to extract fields from", "[1]"
        ),
        (#"{"a":1}"#, "missing", ["body", "config"], "Field required", #"{"a":1}"#),
        (#"{"config":7}"#, "string_type", ["body", "config"], "Input should be a valid string", "7"),
        (#"{"config":null}"#, "string_type", ["body", "config"], "Input should be a valid string", "null"),
        (
            #"{"config":"embed-cpu","config_version":"x"}"#, "int_parsing", ["body", "config_version"],
            "Input should be a valid integer, unable to parse string as an integer", #""x""#
        ),
        (
            #"{"config":"embed-cpu","config_version":1.5}"#, "int_from_float", ["body", "config_version"],
            "Input should be a valid integer, got a number with a fractional part", "1.5"
        ),
        (
            #"{"config":"embed-cpu","config_version":{}}"#, "int_type", ["body", "config_version"],
            "Input should be a valid integer", "{}"
        ),
    ])
    func aBadBodyIsA422ThatNamesTheMember(
        _ body: String, _ type: String, _ location: [String], _ message: String, _ input: String
    ) async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.send(.post, Self.row0, body: body)
            #expect(reply.status == 422)
            let detail = try #require(reply.at("detail", "0"))
            #expect(detail.members.map(\.key) == ["type", "loc", "msg", "input"])
            #expect(detail["type"]?.string == type)
            #expect(detail["loc"]?.elements.map { $0.string ?? "" } == location)
            #expect(detail["msg"]?.string == message)
            #expect(detail["input"]?.written == input)
        }
    }

    @Test func everyProblemOfABodyIsToldAtOnce() async throws {
        try await withSandbox { sandbox in
            let body = #"{"config":1,"config_version":[]}"#
            let reply = try await sandbox.send(.post, Self.row0, body: body)
            #expect(reply.strings("detail", each: "type") == ["string_type", "int_type"])
        }
    }

    @Test(arguments: [
        ("application/json; charset=utf-8", 201), ("application/merge-patch+json", 201), ("text/plain", 422),
        ("application/x-www-form-urlencoded", 422),
    ])
    func onlyAMediaTypeOfJSONIsRead(_ type: String, _ status: Int) async throws {
        try await withSandbox { sandbox in
            let body = #"{"config":"embed-cpu"}"#
            let reply = try await sandbox.send(
                .post, Self.row0, body: body, headers: [.contentType: type])
            #expect(reply.status == status)
        }
    }

    @Test(arguments: [
        ("absent", #"{"config":"embed-cpu"}"#, "Deployment 'ml-prod/absent' not found"),
        ("chat-llama-8b", #"{"config":"bogus"}"#, "Deployment config 'bogus' not found"),
        (
            "chat-llama-8b", #"{"config":"embed-cpu","config_version":2}"#,
            "Deployment config 'embed-cpu' version 2 not found"
        ),
    ])
    func whatDoesNotExistIsA400(_ name: String, _ body: String, _ detail: String) async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.send(.post, nemoList + "/ml-prod/deployments/\(name)", body: body)
            #expect(reply.status == 400)
            #expect(reply.at("detail")?.string == detail)
        }
    }

    @Test(arguments: [
        ("/ml-prod/deployments", #"{"name":"chat-llama-8b","config":"embed-cpu"}"#, 409),
        ("/ml-prod/deployments", #"{"name":"a b","config":"embed-cpu"}"#, 422),
        ("/nope/deployments", #"{"name":"a","config":"embed-cpu"}"#, 400),
    ])
    func badCreationsAreRefused(_ path: String, _ body: String, _ status: Int) async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.send(.post, nemoList + path, body: body)
            #expect(reply.status == status)
        }
    }

    @Test func whatIsBeingDeletedIsNotUpdated() async throws {
        try await withSandbox { sandbox in
            _ = try await sandbox.send(.delete, Self.row0)
            for seconds in [0, 15] as [Int64] {
                sandbox.clock.advance(seconds: seconds)
                let reply = try await sandbox.send(.post, Self.row0, body: #"{"config":"embed-cpu"}"#)
                #expect(reply.status == 409)
                #expect(reply.at("detail")?.string == "Deployment 'ml-prod/chat-llama-8b' is being deleted")
            }
            sandbox.clock.advance(seconds: 15)
            let gone = try await sandbox.send(.post, Self.row0, body: #"{"config":"embed-cpu"}"#)
            #expect(gone.status == 400)
        }
    }

    @Test func theTokenIsRequiredOfWritesToo() async throws {
        try await withSandbox({ $0.token = "right" }) { sandbox in
            let body = #"{"config":"embed-cpu"}"#
            let none = try await sandbox.send(.post, Self.row0, body: body)
            #expect(none.text == #"{"detail":"Unauthorized"}"#)
            let wrong = try await sandbox.send(.post, Self.row0, token: "wrong", body: body)
            #expect(wrong.status == 401)
            #expect(sandbox.fleet.effects.account(.nemo, "ml-prod/chat-llama-8b").done == 0)
            let right = try await sandbox.send(.post, Self.row0, token: "right", body: body)
            #expect(right.status == 201)
        }
    }

    @Test func versionsGoOnPastThoseThatAreListed() async throws {
        try await withSandbox { sandbox in
            var versions: [Int64] = []
            var ids: Set<String> = []
            for _ in 1...104 {
                let made = try await sandbox.send(.post, Self.row0, body: #"{"config":"embed-cpu"}"#)
                versions.append(made.at("entity_version")?.int ?? 0)
                ids.insert(made.at("id")?.string ?? "")
                sandbox.clock.advance(seconds: 1)
            }
            #expect(versions == Array(3...106))
            #expect(ids.count == 104)
            let list = try await sandbox.get(Self.row0 + "/versions")
            #expect(list.json?.count == 102)
        }
    }

    /// The scripts of the generated fleet make versions, and delete deployments, of their own.
    @Test func noScriptTouchesADeploymentThatWasUpdated() async throws {
        try await withSandbox({ $0.changesOverTime = true }) { sandbox in
            var made: [String: Int64] = [:]
            for key in sandbox.fleet.keys(.nemo) {
                let parts = key.split(separator: "/")
                let path = nemoList + "/\(parts[0])/deployments/\(parts[1])"
                let reply = try await sandbox.send(.post, path, body: #"{"config":"embed-cpu"}"#)
                if reply.status == 201 { made[path] = reply.at("entity_version")?.int }
            }
            #expect(made.count > 25)
            for seconds in [60, 3_600, 86_400] as [Int64] {
                sandbox.clock.advance(seconds: seconds)
                for (path, version) in made {
                    let now = try await sandbox.get(path)
                    #expect(now.at("entity_version")?.int == version)
                    #expect(now.at("config")?.string == "embed-cpu")
                    #expect(now.at("status")?.string == "READY")
                }
            }
        }
    }

    @Test func recordedDeploymentsCannotBeUpdated() async throws {
        try await withSandbox { sandbox in
            let path = "/samples" + nemoList + "/ml-prod/deployments/chat-llama8b"
            let reply = try await sandbox.send(.post, path, body: #"{"config":"llama-8b-1gpu"}"#)
            #expect(reply.status == 405)
            #expect(reply.headers[.allow] == "GET")
        }
    }
}
