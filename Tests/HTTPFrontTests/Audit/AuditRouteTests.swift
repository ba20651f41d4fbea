import Deployments
import HTTPFront
import HTTPTypes
import Snapshots
import TestSupport
import Testing
import Wire

/// `/v1/audit` and `/v1/audit/{id}` (Sources/HTTPFront/README.md, Audit).
@Suite struct AuditRouteTests {
    private let front = auditFront()

    @Test func theNewestAttemptComesFirstWithAllThatIsKnown() async throws {
        let reply = try await front.get("/v1/audit")
        #expect(reply.status == 200)
        #expect(
            reply.json?["data"]?.elements.map { $0["id"]?.string } == [id(3), id(2), id(1)])
        #expect(
            reply.body.hasPrefix(
                """
                {"data":[{"id":"\(id(3))","source":"ali","at":"1970-01-01T00:08:20.000000Z",\
                "actor":{"token":null,"address":null},"action":"dry_run","uid":"ali/qwen-1",\
                "outcome":"not_applied","problem":null,"idempotency_key":null,"request_id":"req-3",\
                "shown_at":null,"before":null,"after":{"uid":"ali/qwen-1","kind":"mu"}},
                """), "\(reply.body)")
        #expect(
            reply.body.contains(
                """
                "problem":{"type":"upstream-refused","class":"rejected","detail":"refused: 400",\
                "errors":[{"member":"config","detail":"was refused","did_you_mean":null}]}
                """))
    }

    @Test func noSourceIsReachedAndTheAnswerIsWhole() async throws {
        let freshness = ScriptedFreshness()
        var front = front
        front.freshness = freshness
        let reply = try await front.get("/v1/audit?max_age=0&strict=true", ["Cache-Control": "no-cache"])
        #expect(reply.status == 200 && freshness.calls.isEmpty)
        #expect(
            reply.body.hasSuffix(
                """
                "total_is":"exact","next_page_token":null},\
                "snapshot":{"id":"log-1","published_at":"1970-01-01T00:16:30.000000Z"},"complete":true,"fresh":true,\
                "oldest_observed_at":null,"notices":[],"sources":[],\
                "sources_total":{"fresh":0,"stale":0,"loading":0,"failed":0}}
                """), "\(reply.body)")
        #expect(reply["Rollcall-Complete"] == "?1" && reply["Rollcall-Fresh"] == "?1")
        #expect(reply["Rollcall-Sources"] == nil && reply["Age"] == nil)
        #expect(reply["Cache-Control"] == "private, no-cache" && reply["Cache-Status"] == "rollcall; hit")
    }

    @Test(
        arguments: [
            ("outcome=refused", [2]), ("outcome=applied,not_applied", [3, 1]), ("action=dry_run", [3]),
            ("uid=research/ml-prod/llama", [2, 1]), ("source=ali", [3]), ("source=gone", []),
            ("actor.token=ci", [1]), ("actor.token.exists=false", [3, 2]),
            ("problem.type=upstream-refused", [2]),
            ("problem.class=rejected", [2]), ("at.gte=1970-01-01T00:06:00Z", [3, 2]), ("q=llama", [2, 1]),
            ("id=00000000000000000000000000000002", [2]), ("request_id.like=req-1", [1]),
            ("idempotency_key=k-1", [1]), ("sort=at", [1, 2, 3]), ("sort=-outcome,id", [2, 3, 1]),
            ("filter={\"$or\":[{\"outcome\":\"refused\"},{\"source\":\"ali\"}]}", [3, 2]),
            ("page_size=1&page=2", [2]), ("source=ali&source.ne=ali", []),
        ] as [(String, [Int])])
    func itHasTheGrammarOfLists(_ query: String, _ numbers: [Int]) async throws {
        let reply = try await front.get("/v1/audit?\(query)")
        #expect(reply.status == 200, "\(reply.body)")
        #expect(reply.json?["data"]?.elements.map { $0["id"]?.string } == numbers.map(id))
        // A source that is configured no more may still be named by a record.
        #expect(reply.json?["notices"]?.count == 0)
    }

    @Test(
        arguments: [
            ("outcom=refused", "outcom", "outcome"), ("outcome=refusd", "outcome", "refused"),
            ("labels.team=search", "labels.team", nil), ("status=READY", "status", nil),
            ("all_versions=true", "all_versions", nil), ("include=history", "include", nil),
            ("version=1", "version", nil),
        ] as [(String, String, String?)])
    func aMistakeIsToldAsInAnyList(_ query: String, _ name: String, _ didYouMean: String?) async throws {
        let reply = try await front.get("/v1/audit?\(query)")
        #expect(reply.status == 400)
        let error = reply.json?["errors"]?.element(at: 0)
        #expect(error?["parameter"]?.string == name)
        if let didYouMean { #expect(error?["did_you_mean"]?.string == didYouMean) }
    }

    @Test func itComesInLinesToo() async throws {
        let csv = try await front.get("/v1/audit?format=csv&fields=id,uid,outcome,problem.type")
        #expect(
            csv.body == """
                id,uid,outcome,problem.type\r
                \(id(3)),ali/qwen-1,not_applied,\r
                \(id(2)),research/ml-prod/llama,refused,upstream-refused\r
                \(id(1)),research/ml-prod/llama,applied,\r\n
                """)
        #expect(csv["Content-Disposition"]?.hasPrefix("attachment; filename=\"rollcall-audit-") == true)
        let lines = try await front.get("/v1/audit?format=ndjson&fields=id")
        #expect(lines.body == [3, 2, 1].map { "{\"id\":\"\(id($0))\"}\n" }.joined())
    }

    @Test func oneAttemptIsFoundByItsId() async throws {
        let reply = try await front.get("/v1/audit/\(id(1))")
        #expect(reply.status == 200)
        #expect(reply.json?["data"]?["idempotency_key"]?.string == "k-1")
        #expect(reply.json?["data"]?["shown_at"]?.string == "1970-01-01T00:05:07.000000Z")
        #expect(reply["Allow"] == nil)
        let none = try await front.get("/v1/audit/\(id(9))")
        #expect(none.status == 404)
        #expect(none.json?["detail"]?.string == "no audit record has this id")
        #expect(try await front.get("/v1/audit/").uids.count == 3)
    }

    @Test func whatWasDroppedIsTold() async throws {
        for (dropped, detail) in [
            (1, "1 record until 1970-01-01T00:01:40.000000Z was dropped for age or for room"),
            (7, "7 records until 1970-01-01T00:01:40.000000Z were dropped for age or for room"),
        ] {
            let front = auditFront { audit in
                audit.dropped = dropped
                audit.droppedUntil = time(100)
            }
            let first = try await front.get("/v1/audit?page_size=2&strict=true")
            let token = try #require(first.nextPageToken)
            for reply in [first, try await front.get("/v1/audit?page_token=\(token)")] {
                #expect(reply.status == 200 && reply["Rollcall-Notices"] == "audit-dropped")
                let notice = try #require(reply.json?["notices"]?.element(at: 0))
                #expect(notice["code"]?.string == "audit-dropped")
                #expect(notice["rows"]?.int == Int64(dropped) && notice["detail"]?.string == detail)
                #expect(reply.json?["pagination"]?["total_is"]?.string == "exact")
            }
        }
    }

    @Test(arguments: ["/v1/audit", "/v1/audit?format=csv", "/v1/audit/x"])
    func aLogThatCannotBeReadIsAnError(_ path: String) async throws {
        let broken = changed {
            $0.audit = { () throws(AuditLogError) in throw AuditLogError("the file is damaged") }
        }
        let without = FrontHarness(published: examplePublished())
        for (front, detail) in [
            (broken, "the file is damaged"), (without, "this gateway keeps no audit log"),
        ] {
            let reply = try await front.get(path)
            #expect(reply.status == 503 && reply["Retry-After"] == "5")
            #expect(reply.json?["type"]?.string == "urn:rollcall:problem:store-unavailable")
            #expect(reply.json?["detail"]?.string == "the audit log cannot be read: \(detail)")
        }
    }

    @Test func theRightToReadTheLogIsNeeded() async throws {
        var front = front
        front.config.access = AccessPolicy(tokens: [
            AccessToken(name: "a", secret: Secret("canary-a"), permissions: [.audit]),
            AccessToken(name: "r", secret: Secret("canary-r"), permissions: [.read, .refresh, .write]),
        ])
        for path in ["/v1/audit", "/v1/audit/\(id(1))"] {
            #expect(try await front.get(path).status == 401)
            let reader = try await front.get(path, ["Authorization": "Bearer canary-r"])
            #expect(reader.status == 403)
            #expect(
                reader.json?["detail"]?.string
                    == "this access token lacks the right `audit`; add it to the token's `may`")
            #expect(try await front.get(path, ["Authorization": "Bearer canary-a"]).status == 200)
        }
        #expect(try await front.get("/v1/deployments", ["Authorization": "Bearer canary-a"]).status == 403)
    }

    @Test func itCanOnlyBeRead() async throws {
        for path in ["/v1/audit", "/v1/audit/\(id(1))"] {
            for method in [HTTPRequest.Method.post, .put, .patch, .delete] {
                let reply = try await front.get(path, method: method)
                #expect(reply.status == 405 && reply["Allow"] == "GET, HEAD")
            }
        }
    }

    @Test func sourcesDoNotListIt() async throws {
        let reply = try await front.get("/v1/sources/ali")
        #expect(
            reply.json?["data"]?["lists"]?.members.map(\.key) == ["deployments", "providers"])
    }
}

/// The pages of the audit log, and the responses that requests share.
@Suite struct AuditPublicationTests {
    @Test func aCursorKeepsItsRecordsWhateverIsWrittenMeanwhile() async throws {
        let log = Latest(Result<AuditView, AuditLogError>.success(exampleAudit()))
        var front = auditFront()
        front.audit = { () throws(AuditLogError) in try log.value.get() }
        let first = try await front.get("/v1/audit?page_size=1")
        var token = try #require(first.nextPageToken)
        #expect(first["Link"] == "<?page_token=\(token)>; rel=\"next\"")
        log.replace(
            with: .success(exampleAudit(number: 2, [attempt(4, of: "research", at: 600)] + exampleAttempts()))
        )
        var seen = first.json?["data"]?.elements.map { $0["id"]?.string } ?? []
        for _ in 1...2 {
            let page = try await front.get("/v1/audit?page_token=\(token)")
            #expect(page.json?["snapshot"]?["id"]?.string == "log-1")
            seen += page.json?["data"]?.elements.map { $0["id"]?.string } ?? []
            token = page.nextPageToken ?? token
        }
        #expect(seen == [3, 2, 1].map(id))
        // A token belongs to one list.
        #expect(try await front.get("/v1/deployments?page_token=\(token)").status == 400)
    }

    @Test func aSharedResponseIsNeverOlderThanTheLog() async throws {
        let log = Latest(Result<AuditView, AuditLogError>.success(exampleAudit()))
        var front = auditFront()
        front.audit = { () throws(AuditLogError) in try log.value.get() }
        front.cache = ResponseCache()
        front.published.number = 1
        let paths = ["/v1/audit", "/v1/audit/\(id(1))", "/v1/audit?format=ndjson"]
        var before: [FrontHarness.Reply] = []
        for path in paths {
            before.append(try await front.get(path))
            // Shared: the same buffer again.
            let again = try await front.get(path)
            #expect(again.body == before.last?.body && again["ETag"] == before.last?["ETag"])
        }
        var changed = exampleAttempts()
        changed[0].outcome = .unknown
        log.replace(with: .success(exampleAudit(number: 2, changed)))
        for (path, old) in zip(paths, before) {
            let reply = try await front.get(path, ["If-None-Match": old["ETag"] ?? ""])
            #expect(reply.status == 200 && reply.body.contains(#""outcome":"unknown""#), "\(path)")
        }
        log.replace(with: .failure(AuditLogError("gone")))
        for path in paths { #expect(try await front.get(path).status == 503, "\(path)") }
    }

    @Test func aLogThatIsWrittenEndsNoCursorOfAList() async throws {
        let log = Latest(Result<AuditView, AuditLogError>.success(exampleAudit()))
        var front = auditFront()
        front.audit = { () throws(AuditLogError) in try log.value.get() }
        let token = try #require(try await front.get("/v1/deployments?page_size=1").nextPageToken)
        log.replace(with: .success(exampleAudit(number: 2, [])))
        #expect(try await front.get("/v1/deployments?page_token=\(token)").status == 200)
    }
}

/// A front over the example's lists and an audit log with three attempts, which a test may change.
private func auditFront(_ change: (inout AuditView) -> Void = { _ in }) -> FrontHarness {
    var audit = exampleAudit()
    change(&audit)
    return changed { [audit] front in front.audit = { audit } }
}

private func id(_ number: Int) -> String { String(repeating: "0", count: 31) + "\(number)" }

private func attempt(
    _ number: Int, of source: String, at seconds: Int64, _ change: (inout AuditRecord) -> Void = { _ in }
) -> AuditRecord {
    let origin = SourceDescription(name: source, platform: "", adapter: "")
    var record = AuditRecord(
        id: id(number), at: time(seconds), actor: AuditRecord.Actor(), action: .update,
        deployment: source == "ali" ? "ali/qwen-1" : "research/ml-prod/llama", origin: SharedSource(origin),
        outcome: .applied, requestID: "req-\(number)")
    change(&record)
    return record
}

private func exampleAttempts() -> [AuditRecord] {
    [
        attempt(1, of: "research", at: 300) { record in
            record.actor = AuditRecord.Actor(token: "ci", address: "192.0.2.7")
            record.idempotencyKey = "k-1"
            record.shownAt = time(307)
        },
        attempt(2, of: "research", at: 400) { record in
            record.outcome = .refused
            record.problem = UpdateProblem(
                .upstreamRefused, "refused: 400", mistakes: [UpdateMistake("config", "was refused")],
                errorClass: .rejected)
        },
        attempt(3, of: "ali", at: 500) { record in
            record.action = .dryRun
            record.outcome = .notApplied
            record.after = Array(#"{"uid":"ali/qwen-1","kind":"mu"}"#.utf8)
        },
    ]
}

private func exampleAudit(number: Int = 1, _ records: [AuditRecord] = exampleAttempts()) -> AuditView {
    let lists = SourceRows.lists(ofAudit: records)
    return AuditView(
        list: PublishedList(
            snapshot: Snapshot(id: "log-\(number)", publishedAt: time(990), lists: lists), sources: []))
}
