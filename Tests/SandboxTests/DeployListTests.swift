import HTTPTypes
import Sandbox
import Testing
import Wire

@Suite struct DeployListTests {
    @Test(arguments: [
        (DeployListPaths.both, 200, 200), (.slashless, 200, 404), (.slashed, 404, 200),
    ])
    func theListIsAtOneOrBothPaths(_ paths: DeployListPaths, _ slashless: Int, _ slashed: Int) async throws {
        try await withSandbox({ $0.deployListPaths = paths }) { sandbox in
            let other = try await sandbox.get("/deploy-list/deploy/list")
            #expect(other.status == slashless)
            let another = try await sandbox.get("/deploy-list/deploy/list/")
            #expect(another.status == slashed)
        }
    }

    @Test func theListIsABareArrayOfEverything() async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get("/deploy-list/deploy/list")
            #expect(reply.json?.kind == .array)
            #expect(reply.strings(each: "deploy_id") == sandbox.fleet.keys(.deployList))
            #expect(sandbox.fleet.keys(.deployList).count == 20)
        }
    }

    @Test func theRecordsComeInAllTheirForms() async throws {
        try await withSandbox { sandbox in
            let records = try #require(try await sandbox.get("/deploy-list/deploy/list").json?.elements)
            #expect(
                records[0]["config"]?["weights"]?["token"]?.string?.hasPrefix("hf_CANARY_WEIGHTS_TOKEN")
                    == true)
            #expect(records[0]["created_at"]?.string?.hasSuffix("+00:00") == true)
            #expect(
                records[1].members.map(\.key) == ["deploy_id", "model_name", "task", "status", "type"])
            #expect(records[1]["type"]?.string == "legacy")
            #expect(records[2]["status"]?.string == "deployed")
            #expect(records[3]["version"] == nil)
            #expect(records[3]["type"] == nil)
            #expect(records[3]["created_at"]?.string?.utf8.count == "2023-01-26T19:33:23".utf8.count)
            #expect(records[4]["instances"]?.isNull == true)
            #expect(records[5]["type"]?.string == "tts")
            #expect(records[5]["instances"] == nil)
        }
    }

    @Test func statusIsACommaListOfSevenWords() async throws {
        try await withSandbox({ $0.deployListRows = 200 }) { sandbox in
            let reply = try await sandbox.get("/deploy-list/deploy/list?status=stopped,failed")
            #expect(Set(reply.strings(each: "status")) == ["stopped", "failed"])
            let bad = try await sandbox.get("/deploy-list/deploy/list?status=running,bogus")
            #expect(bad.status == 400)
            #expect(bad.text == #"{"error":"invalid status: bogus"}"#)
            let other = try await sandbox.get("/deploy-list/deploy/list?status=deployed")
            #expect(other.status == 400)
            let another = try await sandbox.get("/deploy-list/deploy/list?status=")
            #expect(another.json?.count == 200)
        }
    }

    @Test func aMissingCredentialIsA403AndAWrongOneA401() async throws {
        try await withSandbox({ $0.tokens[.deployList] = "right" }) { sandbox in
            let none = try await sandbox.get("/deploy-list/deploy/list")
            #expect(none.status == 403)
            #expect(none.text == #"{"detail":{"error":"Not authenticated"}}"#)
            let wrong = try await sandbox.get("/deploy-list/deploy/list", token: "wrong")
            #expect(wrong.status == 401)
            #expect(wrong.text == #"{"error":"Not authenticated"}"#)
            let other = try await sandbox.get("/deploy-list/deploy/list", token: "right")
            #expect(other.status == 200)
            let name = try #require(HTTPField.Name("xi-api-key"))
            let header = try await sandbox.send(
                .get, "/deploy-list/deploy/list", headers: [name: "right"])
            #expect(header.status == 200)
            // The others stay open.
            let another = try await sandbox.get("/dashscope/api/v1/deployments")
            #expect(another.status == 200)
        }
    }

    @Test func oneDeploymentIsReadByItsID() async throws {
        try await withSandbox { sandbox in
            let id = sandbox.fleet.keys(.deployList)[0]
            let one = try await sandbox.get("/deploy-list/deploy/\(id)")
            #expect(one.at("deploy_id")?.string == id)
            let absent = try await sandbox.get("/deploy-list/deploy/absent")
            #expect(absent.status == 404)
            #expect(absent.text == #"{"error":"Deploy not found"}"#)
            let other = try await sandbox.get("/deploy-list/nope/x/y")
            #expect(other.text == #"{"error":"Not found"}"#)
        }
    }
}
