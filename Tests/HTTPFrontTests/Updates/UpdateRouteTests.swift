import Deployments
import HTTPFront
import HTTPTypes
import TestSupport
import Testing
import Wire

/// `PATCH /v1/deployments/{uid}`: what is ordered, and what comes back (Sources/HTTPFront/README.md, Updates).
@Suite struct UpdateRouteTests {
    @Test func anOrderHasAllThatTheRequestSays() async throws {
        let updates = ScriptedUpdates()
        let reply = try await FrontHarness.updating(updates).patch(
            llamaPath + "?dry_run=true", #"{"config":"x","capacity":{"desired":2}}"#,
            ["Idempotency-Key": "k-1", "If-Match": #""9f3c""#])
        #expect(reply.status == 200)
        let order = try #require(updates.orders.first)
        #expect(order.uid == "research/ml-prod/llama")
        #expect(order.body["capacity"]?["desired"]?.int == 2)
        #expect(order.actor == AuditRecord.Actor(token: "writer", address: order.actor.address))
        #expect(order.idempotencyKey == "k-1" && order.revisions == ["9f3c"])
        #expect(order.isDryRun && order.requestID == "req-1")
        #expect(updates.refusals.isEmpty)
    }

    @Test(arguments: [
        ("research/ml-prod/chat%2Fx", "research/ml-prod/chat%2Fx"),
        ("research%2Fml-prod%2Fllama", "research/ml-prod/llama"), ("research/.", "research/%252E"),
        ("nobody/x", "nobody/x"),
    ])
    func theUidIsTheOneThatARouteOfReadingTakes(_ path: String, _ uid: String) async throws {
        let updates = ScriptedUpdates()
        _ = try await FrontHarness.updating(updates).patch("/v1/deployments/\(path)")
        #expect(updates.orders.map(\.uid) == [uid])
    }

    @Test func afterSuccessTheRowComesAsAReadShowsIt() async throws {
        let updates = ScriptedUpdates()
        let front = FrontHarness.updating(updates)
        let reply = try await front.patch()
        #expect(reply.status == 200)
        let read = try await front.get(llamaPath, ["Authorization": "Bearer canary-reader"])
        #expect(reply.body == read.body.dropLast() + #","audit":"a1"}"#)
        #expect(reply.body.contains(#""history":[{"#))
        #expect(reply["Cache-Control"] == "no-store" && reply["ETag"] == nil && reply["Location"] == nil)
        #expect(reply["Rollcall-Audit"] == "a1" && reply["Idempotency-Replayed"] == nil)
        #expect(reply["Rollcall-Sources"] == "research;state=fresh" && reply["Rollcall-Complete"] == "?1")
        #expect(reply["Cache-Status"] == "rollcall; fwd=method; stored; ttl=20")
    }

    @Test func theRowIsThatOfTheNewestList() async throws {
        let live = Latest(examplePublished())
        let updates = ScriptedUpdates { _ in
            var changed = SourceDescription.research.record(uid: "research/ml-prod/llama")
            changed.config = "x"
            live.replace(with: published([changed], of: .research, id: "s2"))
            return UpdateAnswer(.shown, auditID: "a1")
        }
        var front = FrontHarness.updating(updates)
        front.live = live
        let reply = try await front.patch()
        #expect(reply.json?["data"]?["config"]?.string == "x")
        #expect(reply.json?["snapshot"]?["id"]?.string == "s2")
    }

    @Test func whatNoListShowsYetIsAccepted() async throws {
        var row = SourceDescription.research.record(uid: "research/ml-prod/llama")
        row.version = 7
        for (sent, version) in [(row as ModelDeployment?, 7 as Int64?), (nil, nil)] {
            let updates = ScriptedUpdates { _ in UpdateAnswer(.accepted(sent), auditID: "a2") }
            let reply = try await FrontHarness.updating(updates).patch()
            #expect(reply.status == 202)
            #expect(reply.json?.members.map(\.key) == ["data", "audit"])
            #expect(reply.json?["data"]?["version"]?.int == version)
            #expect(reply.json?["audit"]?.string == "a2")
            #expect(reply["Location"] == "/v1/audit/a2" && reply["Rollcall-Audit"] == "a2")
            #expect(reply["Cache-Control"] == "no-store")
        }
    }

    /// A first outcome may be of a deployment that is gone since.
    @Test func aRowThatIsGoneIsNull() async throws {
        let reply = try await FrontHarness.updating(ScriptedUpdates()).patch("/v1/deployments/research/none")
        #expect(reply.status == 202)
        #expect(reply.body == #"{"data":null,"audit":"a1"}"#)
    }

    @Test func aDryRunShowsBothRowsAndTheRequest() async throws {
        var row = SourceDescription.research.record(uid: "research/ml-prod/llama")
        row.config = "old"
        let planned = PlannedUpdate(
            before: row, patch: UpdatePatch([.init("config", .text("new"))]),
            request: ShownRequest(
                method: "POST", url: "https://n.example/v2/x", body: Array(#"{"config":"new"}"#.utf8)))
        let updates = ScriptedUpdates { _ in UpdateAnswer(.planned(planned), auditID: "a3") }
        let reply = try await FrontHarness.updating(updates).patch(llamaPath + "?dry_run=true")
        #expect(reply.status == 200)
        let data = try #require(reply.json?["data"])
        #expect(data.members.map(\.key) == ["before", "after", "request"])
        #expect(data["before"]?["config"]?.string == "old" && data["after"]?["config"]?.string == "new")
        #expect(
            reply.body.hasSuffix(
                #""request":{"method":"POST","url":"https://n.example/v2/x","body":{"config":"new"}}},"audit":"a3"}"#
            ))
        #expect(reply["Location"] == nil && reply["Rollcall-Audit"] == "a3")
    }

    @Test func aReplayIsTold() async throws {
        for form in [
            UpdateAnswer.Form.shown, .accepted(nil), .problem(UpdateProblem(.outcomeUnknown, "x")),
        ] {
            let updates = ScriptedUpdates { _ in UpdateAnswer(form, auditID: "a1", isReplayed: true) }
            let reply = try await FrontHarness.updating(updates).patch(
                llamaPath, #"{"config":"x"}"#, ["Idempotency-Key": "k-1"])
            #expect(reply["Idempotency-Replayed"] == "true" && reply["Idempotency-Key"] == "k-1")
            #expect(reply["Rollcall-Audit"] == "a1")
        }
    }

    @Test func aRequestWithoutAKeyGetsANewOneEachTime() async throws {
        let updates = ScriptedUpdates()
        let front = FrontHarness.updating(updates)
        let keys = [try await front.patch()["Idempotency-Key"], try await front.patch()["Idempotency-Key"]]
        #expect(keys == updates.orders.map(\.idempotencyKey))
        #expect(Set(keys).count == 2)
        for key in keys {
            #expect(key?.utf8.count == 32)
            #expect(key?.allSatisfy { $0.isHexDigit && !$0.isUppercase } == true)
        }
    }

    @Test(arguments: [
        ("k", "k"), (#""k-1""#, "k-1"), (#""a\"b\\c""#, #"a"b\c"#),
        ("8e03978e-40d5-43dd", "8e03978e-40d5-43dd"),
        (String(repeating: "k", count: 255), String(repeating: "k", count: 255)),
    ])
    func aKeyIsPlainOrInQuotes(_ sent: String, _ key: String) async throws {
        let updates = ScriptedUpdates()
        let reply = try await FrontHarness.updating(updates).patch(
            llamaPath, #"{"config":"x"}"#, ["Idempotency-Key": sent])
        #expect(updates.orders.map(\.idempotencyKey) == [key] && reply["Idempotency-Key"] == key)
    }

    @Test(
        arguments: [
            (["*"], []), ([#""9f3c""#], ["9f3c"]), ([#""a", "b""#], ["a", "b"]),
            ([#""a""#, #""b""#], ["a", "b"]),
            ([#" "a" ,, "b" "#], ["a", "b"]), ([], []),
        ] as [([String], [String])])
    func anIfMatchNamesRevisions(_ lines: [String], _ revisions: [String]) async throws {
        let updates = ScriptedUpdates()
        let reply = try await FrontHarness.updating(updates).patch(
            lines: lines.map { HTTPField(name: .ifMatch, value: $0) })
        #expect(reply.status == 200)
        #expect(updates.orders.map(\.revisions) == [revisions])
    }

    @Test func anAnswerIsNeverShared() async throws {
        let updates = ScriptedUpdates()
        var front = FrontHarness.updating(updates)
        front.cache = ResponseCache()
        for _ in 1...3 { #expect(try await front.patch().status == 200) }
        #expect(updates.orders.count == 3)
    }
}

/// The methods of one deployment, and the members that `/v1/sources` says can be changed.
@Suite struct WritableTests {
    private let front = FrontHarness.updating(ScriptedUpdates())
    private let reader = ["Authorization": "Bearer canary-reader"]

    @Test(arguments: [
        (llamaPath, "GET, HEAD, PATCH", "application/merge-patch+json" as String?),
        (llamaPath + "?format=csv", "GET, HEAD, PATCH", "application/merge-patch+json"),
        ("/v1/deployments/ali/qwen-1", "GET, HEAD", nil),
    ])
    func aRowSaysWhetherItCanBeChanged(_ path: String, _ allow: String, _ type: String?) async throws {
        for method in [HTTPRequest.Method.get, .head] {
            let reply = try await front.get(path, reader, method: method)
            #expect(reply.status == 200 && reply["Allow"] == allow && reply["Accept-Patch"] == type)
            let same = try await front.get(
                path, reader.merging(["If-None-Match": reply["ETag"] ?? ""]) { $1 }, method: method)
            #expect(same.status == 304 && same["Allow"] == allow && same["Accept-Patch"] == type)
        }
    }

    @Test(arguments: [
        (llamaPath, "GET, HEAD, PATCH", "application/merge-patch+json" as String?),
        ("/v1/deployments/ali/qwen-1", "GET, HEAD", nil),
    ])
    func anotherMethodIsToldTheSame(_ path: String, _ allow: String, _ type: String?) async throws {
        for method in [HTTPRequest.Method.delete, .put, .post, .options] {
            let reply = try await front.get(path, reader, method: method)
            #expect(reply.status == 405 && reply["Allow"] == allow && reply["Accept-Patch"] == type)
        }
    }

    @Test func withoutUpdatesThereIsNoPatch() async throws {
        let front = FrontHarness(published: examplePublished())
        let reply = try await front.patch()
        #expect(reply.status == 405 && reply["Allow"] == "GET, HEAD" && reply["Rollcall-Audit"] == nil)
        #expect(try await front.get(llamaPath)["Allow"] == "GET, HEAD")
        #expect(try await front.get("/v1/sources/research").body.contains(#""writes":null"#))
    }

    @Test func otherRoutesHaveNoPatch() async throws {
        for path in ["/v1/deployments", "/v1/providers/research/x", "/v1/sources/research", "/v1/summary"] {
            let reply = try await front.get(path, reader, method: .patch)
            #expect(reply.status == 405 && reply["Allow"] == "GET, HEAD" && reply["Accept-Patch"] == nil)
        }
    }

    @Test func aSourceSaysWhatCanBeChangedAndWithinWhichLimits() async throws {
        let writes = """
            "writes":{"members":[{"field":"config","type":"text","required":true,"least":null,"greatest":null,\
            "multiple_of":null,"about":"the name of a configuration"},\
            {"field":"latest","type":"boolean","required":false,"least":null,"greatest":null,\
            "multiple_of":null,"about":null},\
            {"field":"capacity.desired","type":"number","required":false,"least":0.5,"greatest":64,\
            "multiple_of":"capacity.base","about":null}]}
            """
        let one = try await front.get("/v1/sources/research", reader)
        #expect(one.body.contains(writes))
        let all = try await front.get("/v1/sources", reader)
        #expect(all.body.contains(writes) && all.body.contains(#""writes":null"#))
        var without = front
        without.updates = nil
        #expect(try await without.get("/v1/sources/research", reader)["ETag"] != one["ETag"])
    }
}
