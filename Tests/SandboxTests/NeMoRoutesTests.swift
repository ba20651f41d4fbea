import HTTPTypes
import Sandbox
import Testing
import Wire

@Suite struct NeMoRoutesTests {
    private static let row0 = nemoList + "/ml-prod/deployments/chat-llama-8b"

    @Test func listsLeaveNullsOutAndSingleReadsWriteThem() async throws {
        try await withSandbox { sandbox in
            let list = try await sandbox.get(nemoList + "/-/deployments?all_versions=true")
            #expect(!list.text.contains("null"))
            let single = try await sandbox.get(Self.row0)
            #expect(single.status == 200)
            #expect(
                single.json?.members.map(\.key) == [
                    "id", "name", "workspace", "project", "created_at", "updated_at", "entity_version",
                    "config",
                    "config_version", "status", "status_message", "status_history", "model_provider_id",
                    "auth_context",
                ])
            #expect(single.at("auth_context", "principal_on_behalf_of")?.isNull == true)
        }
    }

    @Test func timesAreNaiveBesideAHistoryInZulu() async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get(Self.row0)
            let created = try #require(reply.at("created_at")?.string)
            #expect(created.utf8.count == "2026-11-21T02:32:13.843101".utf8.count)
            #expect(Timestamp(created) == nil)
            let stamp = try #require(reply.at("status_history", "0", "timestamp")?.string)
            #expect(stamp.last == "Z")
            #expect(Timestamp(stamp) != nil)
            #expect(reply.strings("status_history", each: "status") == ["CREATED", "PENDING", "READY"])
        }
    }

    @Test func everyRecordCarriesAnEmailCanary() async throws {
        try await withSandbox { sandbox in
            let list = try await sandbox.get(nemoList + "/-/deployments?all_versions=true")
            let records = try #require(list.at("data")?.elements)
            #expect(
                records.allSatisfy {
                    $0["auth_context"]?["principal_email"]?.string?.hasPrefix("canary-principal") == true
                })
            #expect(Canary.marks.contains("canary-principal"))
        }
    }

    @Test func idsChangeWithTheVersionAndTheNameDoesNot() async throws {
        try await withSandbox { sandbox in
            let versions = try await sandbox.get(Self.row0 + "/versions")
            #expect(versions.json?.elements.map { $0["entity_version"]?.int ?? 0 } == [2, 1])
            let ids = versions.json?.elements.map { $0["id"]?.string ?? "" } ?? []
            #expect(Set(ids).count == 2)
            #expect(ids.allSatisfy { $0.hasPrefix("model-deployment-") && $0.utf8.count == 39 })
            let one = try await sandbox.get(Self.row0 + "/versions/1")
            #expect(one.at("id")?.string == ids[1])
            let other = try await sandbox.get(Self.row0 + "/versions/7")
            #expect(other.status == 404)
        }
    }

    @Test func aTrailingSlashRedirectsToTheAbsoluteURL() async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get(nemoList + "/ml-prod/deployments/?page=2&filter%5Bname%5D=a")
            #expect(reply.status == 307)
            #expect(
                reply.headers[.location]
                    == "http://localhost/nemo/apis/models/v2/workspaces/ml-prod/deployments?page=2&filter%5Bname%5D=a"
            )
            #expect(reply.bytes.isEmpty)
        }
    }

    @Test func headIsNotAllowed() async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.send(.head, nemoList + "/ml-prod/deployments")
            #expect(reply.status == 405)
            #expect(reply.headers[.allow] == "GET, POST")
            #expect(reply.bytes.isEmpty)
        }
    }

    @Test(arguments: [
        "/nemo", "/nemo/", "/nemo/nope", nemoList, "/nemo/apis/models/v2/workspaces/ml-prod/bogus",
        "/nemo/apis/entities/v2/workspaces/a/b", "/nemo/nope/",
    ])
    func unknownPathsAreTheServices404(_ path: String) async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get(path)
            #expect(reply.status == 404)
            #expect(reply.text == #"{"detail":"Not Found"}"#)
        }
    }

    @Test func anUnknownDeploymentIsNamed() async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get(nemoList + "/ml-prod/deployments/absent")
            #expect(reply.status == 404)
            #expect(reply.text == #"{"detail":"Deployment 'ml-prod/absent' not found"}"#)
        }
    }

    @Test func workspacesAreListedNewestFirst() async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get("/nemo/apis/entities/v2/workspaces")
            #expect(reply.strings("data", each: "name") == ["system", "default", "research", "ml-prod"])
            #expect(reply.at("sort")?.string == "-created_at")
            #expect(reply.at("filter")?.isNull == true)
            #expect(reply.at("data", "0", "description")?.isNull == true)
            let page = try await sandbox.get("/nemo/apis/entities/v2/workspaces?page=2&page_size=3")
            #expect(page.strings("data", each: "name") == ["ml-prod"])
            #expect(page.at("pagination", "total_pages")?.int == 2)
            let other = try await sandbox.get("/nemo/apis/entities/v2/workspaces?page_size=1001")
            #expect(other.status == 422)
            let another = try await sandbox.get("/nemo/apis/entities/v2/workspaces?page=0")
            #expect(another.status == 422)
        }
    }

    @Test func providersFollowTheReadyDeploymentsAndLeakAHeader() async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get(nemoList + "/ml-prod/providers?sort=name")
            let names = reply.strings("data", each: "name")
            #expect(names.contains("chat-llama-8b"))
            #expect(Set(names).isSuperset(of: ["external-openai", "external-claude", "nvidia-build"]))
            #expect(names == names.sorted())
            #expect(reply.text.contains("CANARY-HEADER-SECRET"))
            let empty = try await sandbox.get(nemoList + "/default/providers")
            #expect(empty.at("pagination", "total_pages")?.int == 0)
            let other = try await sandbox.get(nemoList + "/ml-prod/providers?sort=bogus")
            #expect(other.status == 422)
            let unknown = try await sandbox.get(nemoList + "/nope/providers")
            #expect(unknown.status == 500)
            #expect(
                unknown.at("detail")?.string
                    == "Error code: 404 - {'detail': \"Workspace 'nope' not found\"}")
        }
    }

    @Test func configurationsCarryTheGPUCount() async throws {
        try await withSandbox { sandbox in
            let list = try await sandbox.get(nemoList + "/ml-prod/deployment-configs")
            #expect(
                list.strings("data", each: "name") == [
                    "llama-8b-1gpu", "llama-70b-4gpu", "qwen-vllm-2gpu", "embed-cpu",
                ])
            let one = try await sandbox.get(
                nemoList + "/research/deployment-configs/llama-70b-4gpu/versions/1")
            #expect(one.at("executor_config", "gpu")?.int == 4)
            #expect(one.at("model_spec", "model_name")?.string == "llama-3.1-70b-instruct")
            #expect(list.json?["data"]?.elements.map { $0["entity_version"]?.int ?? 0 } == [3, 2, 2, 1])
        }
    }

    @Test func theTokenIsRequiredInTheServicesWords() async throws {
        try await withSandbox({ $0.token = "right" }) { sandbox in
            let path = nemoList + "/-/deployments"
            let none = try await sandbox.get(path)
            #expect(none.status == 401)
            #expect(none.text == #"{"detail":"Unauthorized"}"#)
            let wrong = try await sandbox.get(path, token: "wrong")
            #expect(wrong.status == 401)
            #expect(wrong.text == #"{"detail":"Invalid or expired token"}"#)
            let other = try await sandbox.get(path, token: "right")
            #expect(other.status == 200)
        }
    }

    @Test func aDeploymentIsMadeAndGoesInSteps() async throws {
        try await withSandbox { sandbox in
            let path = nemoList + "/default/deployments"
            let made = try await sandbox.send(.post, path, body: #"{"name":"new","config":"embed-cpu"}"#)
            #expect(made.status == 201)
            #expect(made.at("status")?.string == "CREATED")
            sandbox.clock.advance(seconds: 6)
            let other = try await sandbox.get(path + "/new")
            #expect(other.at("status")?.string == "PENDING")
            sandbox.clock.advance(seconds: 10)
            let another = try await sandbox.get(path + "/new")
            #expect(another.at("status")?.string == "READY")
            let gone = try await sandbox.send(.delete, path + "/new")
            #expect(gone.status == 202)
            #expect(gone.text == "null")
            let third = try await sandbox.get(path)
            #expect(third.strings("data", each: "status") == ["DELETING"])
            sandbox.clock.advance(seconds: 16)
            let fourth = try await sandbox.get(path)
            #expect(fourth.strings("data", each: "status") == ["DELETED"])
            sandbox.clock.advance(seconds: 16)
            let fifth = try await sandbox.get(path)
            #expect(fifth.at("data")?.count == 0)
        }
    }
}
