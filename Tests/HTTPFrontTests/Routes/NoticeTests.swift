import Deployments
import HTTPTypes
import Snapshots
import TestSupport
import Testing
import Wire

/// The notices on answers about rows: fields that could not be read, and rows that are held back.
@Suite struct NoticeTests {
    /// The platform of `ali` sent a status that could not be read on 11 of 36 rows.
    private static func unread(held: SourceStatus.Held? = nil) -> FrontHarness {
        var rows = (0..<25).map { index in
            record("r\(index)", of: .ali) { $0.status = index < 20 ? .ready : .failed }
        }
        rows += (0..<11).map { index in
            record("u\(index)", of: .ali) {
                $0.nativeStatus = "fog"
                $0.markUnread("status")
            }
        }
        var published = examplePublished(ali: .listed(.ali, count: 36))
        published.sources[1].held = held
        published.snapshot = Snapshot(
            id: "s1", publishedAt: time(991),
            lists: [exampleLists()[0], SourceRows(source: .ali, listed: rows)])
        return FrontHarness(published: published)
    }

    private static let heldBack = changed {
        $0.published.sources[0].held = SourceStatus.Held(rows: 97, since: time(960))
    }

    private let front = NoticeTests.unread()

    private static let aboutStatus = """
        {"code":"unread-field","parameter":"status","value":"status","source":"ali","rows":11,\
        "detail":"`status` could not be read on 11 rows of `ali`","did_you_mean":null}
        """
    private static let aboutHeldRows = """
        {"code":"rows-held","parameter":null,"value":null,"source":"research","rows":97,\
        "detail":"the newest list of `research` lacks 97 rows that are served until another list confirms it",\
        "did_you_mean":null}
        """

    @Test func aFilterOnAFieldThatCouldNotBeReadIsAtLeast() async throws {
        let reply = try await front.get("/v1/deployments?status=READY,FAILED")
        #expect(reply.status == 200)
        #expect(reply.json?["pagination"]?["total_results"]?.int == 26)
        #expect(reply.json?["pagination"]?["total_is"]?.string == "at_least")
        #expect(reply.body.contains("\"notices\":[\(Self.aboutStatus)],\"sources\":["))
        #expect(reply["Rollcall-Notices"] == "unread-field")
        // The lists themselves are whole and young.
        #expect(reply["Rollcall-Complete"] == "?1" && reply["Rollcall-Fresh"] == "?1")
        #expect(reply.json?["complete"]?.bool == true && reply.json?["fresh"]?.bool == true)
    }

    @Test(arguments: [
        "/v1/deployments", "/v1/deployments?name.exists=false", "/v1/deployments?fields=status",
        "/v1/deployments?source=research&status=READY", "/v1/deployments/ali/u1",
        "/v1/summary?group_by=platform",
    ])
    func anAnswerThatDoesNotHangOnTheFieldHasNoNotice(_ target: String) async throws {
        let reply = try await front.get(target + (target.contains("?") ? "&" : "?") + "strict=true")
        #expect(reply.status == 200)
        #expect(reply.json?["notices"]?.elements.isEmpty == true)
        #expect(reply["Rollcall-Notices"] == nil)
        let totalIs = reply.json?["pagination"]?["total_is"]?.string ?? reply.json?["total_is"]?.string
        #expect(totalIs == "exact" || target.contains("/ali/"))
    }

    @Test(arguments: [
        ("/v1/deployments?status=READY", "status"), ("/v1/deployments?serving.ne=full", "serving"),
        ("/v1/deployments?sort=-status", "sort"),
        ("/v1/deployments?filter=%7B%22$not%22:%7B%22status%22:%22READY%22%7D%7D", "status"),
        ("/v1/summary?group_by=status", "group_by"), ("/v1/summary?group_by=platform&status=READY", "status"),
    ])
    func theNoticeNamesTheParameterThatUsesTheField(_ target: String, _ parameter: String) async throws {
        let reply = try await front.get(target)
        let notices = reply.json?["notices"]?.elements ?? []
        #expect(notices.map { $0["parameter"]?.string } == [parameter])
        #expect(notices.map { $0["rows"]?.int } == [11])
        let totalIs = reply.json?["pagination"]?["total_is"]?.string ?? reply.json?["total_is"]?.string
        #expect(totalIs == "at_least")
        let strict = try await front.get(target + "&strict=true")
        #expect(strict.status == 503)
        #expect(strict.json?["type"]?.string == "urn:rollcall:problem:incomplete")
        let field = parameter == "serving" ? "serving" : "status"
        #expect(
            strict.json?["detail"]?.string
                == "`\(field)` could not be read on 11 rows of `ali`, and `strict=true` refuses that")
        #expect(strict["Retry-After"] == "20")
    }

    @Test(arguments: [
        ("model=null", "model"), ("model.in=x,NULL", "model"), ("native_status.ne=null", "native_status"),
        ("filter=%7B%22model%22:%22null%22%7D", "model"),
    ])
    func theTextNullIsToldFromNoValue(_ query: String, _ field: String) async throws {
        let front = FrontHarness(published: examplePublished())
        let reply = try await front.get("/v1/deployments?\(query)")
        let notice = try #require(reply.json?["notices"]?.elements.first)
        #expect(notice["code"]?.string == "null-literal" && notice["parameter"]?.string == field)
        #expect(notice["did_you_mean"]?.string == "\(field).exists=false")
        #expect(reply["Rollcall-Notices"] == "null-literal")
        #expect(reply.json?["pagination"]?["total_is"]?.string == "exact")
        let without = try await front.get(
            "/v1/deployments?model=x&uid.ne=null&filter=%7B%22region%22:null%7D")
        #expect(without.json?["notices"]?.elements.isEmpty ?? true)
    }

    @Test(arguments: ["csv", "ndjson"])
    func linesHaveTheNoticesInAHeader(_ format: String) async throws {
        for method in [HTTPRequest.Method.get, .head] {
            for target in ["/v1/deployments?status=READY", "/v1/summary?group_by=status"] {
                let reply = try await front.get("\(target)&format=\(format)", method: method)
                #expect(reply.status == 200)
                #expect(reply["Rollcall-Notices"] == "unread-field")
            }
        }
    }

    @Test func furtherPagesHaveTheNoticesOfTheirOwnSnapshot() async throws {
        var front = front
        let first = try await front.get("/v1/deployments?status=READY,FAILED&page_size=20")
        let token = try #require(first.nextPageToken)
        front.published = examplePublished()
        let second = try await front.get("/v1/deployments?page_token=\(token)")
        #expect(second.json?["pagination"]?["total_is"]?.string == "at_least")
        #expect(second.body.contains("\"notices\":[\(Self.aboutStatus)]"))
    }

    @Test func rowsThatAreHeldBackMakeATotalAsOf() async throws {
        for target in ["/v1/deployments", "/v1/summary?group_by=status"] {
            let reply = try await Self.heldBack.get(target)
            let totalIs = reply.json?["pagination"]?["total_is"]?.string ?? reply.json?["total_is"]?.string
            #expect(totalIs == "as_of")
            #expect(reply.body.contains("\"notices\":[\(Self.aboutHeldRows)],\"sources\":["))
            #expect(reply["Rollcall-Notices"] == "rows-held")
            #expect(reply.json?["complete"]?.bool == true && reply.json?["fresh"]?.bool == true)
        }
        let other = try await Self.heldBack.get("/v1/deployments?source=ali")
        #expect(other.json?["pagination"]?["total_is"]?.string == "exact")
        #expect(other.json?["notices"]?.elements.isEmpty == true)
    }

    @Test(arguments: [
        "/v1/deployments?strict=true", "/v1/deployments/research/ml-prod/llama?strict=true",
        "/v1/summary?group_by=status&strict=true", "/v1/deployments?strict=true&format=csv",
    ])
    func strictRefusesRowsThatAreHeldBack(_ target: String) async throws {
        let reply = try await Self.heldBack.get(target)
        #expect(reply.status == 503)
        #expect(reply.json?["type"]?.string == "urn:rollcall:problem:incomplete")
        #expect(
            reply.json?["detail"]?.string
                == "the newest list of `research` lacks 97 rows that are served until another list confirms it, "
                + "and `strict=true` refuses that")
        #expect(reply.json?["sources"]?.elements.isEmpty == false)
    }

    @Test func oneDeploymentOfASourceThatHoldsRowsBackSaysSo() async throws {
        let reply = try await Self.heldBack.get("/v1/deployments/research/ml-prod/llama")
        #expect(reply.status == 200)
        #expect(reply.body.contains("\"notices\":[\(Self.aboutHeldRows)]"))
        #expect(reply["Rollcall-Notices"] == "rows-held")
    }

    @Test func bothKindsTogetherAreAtLeastAndNamedOnce() async throws {
        let both = Self.unread(held: .init(rows: 1, since: time(960)))
        let reply = try await both.get("/v1/deployments?status=READY&sort=serving")
        #expect(reply.json?["pagination"]?["total_is"]?.string == "at_least")
        let codes = reply.json?["notices"]?.elements.compactMap { $0["code"]?.string }
        #expect(codes == ["unread-field", "unread-field", "rows-held"])
        #expect(reply["Rollcall-Notices"] == "unread-field, rows-held")
        let details = reply.json?["notices"]?.elements.compactMap { $0["detail"]?.string } ?? []
        #expect(
            details.last
                == "the newest list of `ali` lacks 1 row that is served until another list confirms it")
        let strict = try await both.get("/v1/deployments?status=READY&sort=serving&strict=true")
        #expect(strict.json?["detail"]?.string?.hasSuffix("refuses that; there are 3 such notices") == true)
    }

    @Test func theTagChangesWithTheNotices() async throws {
        let base = changed()
        #expect(try await tag(base) != tag(Self.heldBack))
        let fewer = changed { $0.published.sources[0].held = SourceStatus.Held(rows: 96, since: time(960)) }
        #expect(try await tag(fewer) != tag(Self.heldBack))
        // Since when is no part of a list's answer.
        let later = changed { $0.published.sources[0].held = SourceStatus.Held(rows: 97, since: time(980)) }
        #expect(try await tag(later) == tag(Self.heldBack))
        #expect(
            try await tag(later, "/v1/sources") != tag(Self.heldBack, "/v1/sources"))
    }

    @Test func theAnswersAreAsTheDocumentSays() async throws {
        let document = try #require(try await front.get("/openapi.json").json)
        let checker = SchemaChecker(document: document)
        for (target, name) in [
            ("/v1/deployments?status=READY", "DeploymentList"), ("/v1/summary?group_by=status", "Summary"),
            ("/v1/sources", "SourceList"),
        ] {
            for harness in [front, Self.heldBack] {
                let json = try #require(try await harness.get(target).json)
                let schema = try #require(document["components"]?["schemas"]?[name])
                #expect(checker.faults(of: json, against: schema) == [])
            }
        }
    }
}
