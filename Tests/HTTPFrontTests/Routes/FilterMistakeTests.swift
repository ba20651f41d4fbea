import Deployments
import HTTPFront
import HTTPTypes
import Snapshots
import Testing
import Wire

/// Queries whose filters name what no source has: `research` (label `team`) and `ali` (region `eu`) are configured.
@Suite struct FilterMistakeTests {
    private let front = FrontHarness(published: examplePublished())

    /// A notice as `code parameter=value did_you_mean`.
    private func summaries(_ reply: FrontHarness.Reply) -> [String] {
        (reply.json?["notices"]?.elements ?? []).map { notice in
            func text(_ key: String) -> String { notice[key]?.string ?? "-" }
            return "\(text("code")) \(text("parameter"))=\(text("value")) \(text("did_you_mean"))"
        }
    }

    private func encoded(_ query: String) -> String {
        query.replacing("\"", with: "%22").replacing("{", with: "%7B").replacing("}", with: "%7D")
    }

    @Test func aQueryThatExcludesEverySourceIsEmptyCompleteAndExact() async throws {
        let reply = try await front.get("/v1/deployments?region=ue2&fields=uid")
        #expect(reply.status == 200)
        #expect(
            reply.body == """
                {"data":[],"pagination":{"page":1,"page_size":100,"current_page_size":0,"total_pages":0,\
                "total_results":0,"total_is":"exact","next_page_token":null},\
                "snapshot":{"id":"s1","published_at":"1970-01-01T00:16:31.000000Z"},\
                "complete":true,"fresh":true,"oldest_observed_at":null,\
                "notices":[{"code":"no-such-value","parameter":"region","value":"ue2","source":null,"rows":null,\
                "detail":"no source has rows with `region` = `ue2`","did_you_mean":null}],"sources":[],\
                "sources_total":{"fresh":0,"stale":0,"loading":0,"failed":0}}
                """)
        #expect(reply["Rollcall-Complete"] == "?1" && reply["Rollcall-Fresh"] == "?1")
        #expect(reply["Rollcall-Notices"] == "no-such-value")
        #expect(reply["Rollcall-Sources"] == nil && reply["Retry-After"] == nil && reply["Age"] == nil)
        // Another configuration, which nobody announces, may give the query a source.
        #expect(reply["Cache-Control"] == "private, no-cache")
        #expect(reply["Cache-Status"] == "rollcall; hit")
    }

    @Test func noPlatformIsAskedForAQueryThatExcludesIt() async throws {
        let (front, freshness) = FrontHarness.reading(unmet: [:])
        #expect(try await front.get("/v1/deployments?platform=x&max_age=1").status == 200)
        #expect(try await front.get("/v1/summary?group_by=status&labels.nosuch=x&strict=true").status == 400)
        #expect(freshness.calls.isEmpty)
    }

    /// Queries that exclude every source, with their notices.
    static let excluding: [(String, [String])] = [
        ("region=nowhere", ["no-such-value region=nowhere -"]),
        ("region=EU", ["no-such-value region=EU eu"]),
        ("platform=Nimbas", ["no-such-value platform=Nimbas nimbus"]),
        ("adapter=x", ["no-such-value adapter=x -"]),
        ("source=resarch", ["no-such-value source=resarch research"]),
        (
            "source=nobody,resarch",
            ["no-such-value source=nobody -", "no-such-value source=resarch research"]
        ),
        ("status=READY&source=al", ["no-such-value source=al ali"]),
        ("labels.team=nosuch", ["no-such-value labels.team=nosuch -"]),
        ("labels.team=serch", ["no-such-value labels.team=serch search"]),
        ("labels.nosuch=x", ["no-such-label labels.nosuch=x -"]),
        ("labels.taem=search", ["no-such-label labels.taem=search labels.team"]),
        ("labels.taem.exists=true", ["no-such-label labels.taem=true labels.team"]),
        ("filter[labels][team][$eq]=nosuch", ["no-such-value labels.team=nosuch -"]),
        ("region.in=ue,eo", ["no-such-value region=ue -", "no-such-value region=eo eu"]),
        ("source.like=%25x%25", ["no-such-value source=%x% -"]),
        ("region.ne=eu", ["no-such-value region=eu -"]),
        ("platform.nin=nimbus,cumulus", ["no-such-value platform=nimbus,cumulus -"]),
        ("region.gt=x", ["no-such-value region=x -"]),
        ("uid=resarch/ml-prod/llama", ["no-such-value uid=resarch/ml-prod/llama -"]),
        ("source=research&region=eu", ["no-such-value region=eu -"]),
        (#"filter={"$not":{"source":["research","ali"]}}"#, ["no-such-value source=- -"]),
        (
            #"filter={"$or":[{"source":"resarch"},{"source":"al"}]}"#,
            ["no-such-value source=resarch research", "no-such-value source=al ali"]
        ),
    ]

    @Test(arguments: excluding)
    func theNoticesNameWhatNoSourceHas(_ query: String, _ expected: [String]) async throws {
        for target in ["/v1/deployments?", "/v1/summary?group_by=status,platform&"] {
            let reply = try await front.get(target + encoded(query))
            #expect(reply.status == 200)
            #expect(summaries(reply) == expected)
            let totalIs = reply.json?["pagination"]?["total_is"] ?? reply.json?["total_is"]
            #expect(totalIs?.string == "exact")
            #expect(reply.json?["data"]?.elements.isEmpty == true)
            #expect(reply.json?["complete"]?.bool == true && reply.json?["fresh"]?.bool == true)
        }
    }

    @Test(arguments: excluding)
    func strictRefusesThemNamingTheParameter(_ query: String, _ expected: [String]) async throws {
        for target in ["/v1/deployments?", "/v1/summary?group_by=status&", "/v1/deployments?format=csv&"] {
            let reply = try await front.get(target + encoded(query) + "&strict=true")
            #expect(reply.status == 400)
            #expect(reply.json?["type"]?.string == "urn:rollcall:problem:invalid-parameter")
            let errors = (reply.json?["errors"]?.elements ?? []).map { error in
                "\(error["parameter"]?.string ?? "-") \(error["did_you_mean"]?.string ?? "-")"
            }
            let named = expected.map { notice in
                let parameter = notice.split(separator: " ")[1].prefix { $0 != "=" }
                return "\(parameter) \(notice.split(separator: " ").last ?? "-")"
            }
            #expect(errors == named)
        }
    }

    @Test func theRefusalSaysWhatIsWrong() async throws {
        let one = try await front.get("/v1/deployments?status=FAILED&labels.team=serch&strict=true")
        #expect(
            one.json?["detail"]?.string
                == "no source has rows with `labels.team` = `serch`, and `strict=true` refuses that; did you mean `search`?"
        )
        let both = try await front.get("/v1/deployments?source=research&region=eu&strict=true")
        #expect(
            both.json?["detail"]?.string
                == "the filters on `source`, `region` together exclude every source, and `strict=true` refuses that"
        )
    }

    @Test func aValueThatNoSourceHasIsNamedBesideOthers() async throws {
        let target = "/v1/deployments?source=research,alli"
        let reply = try await front.get(target)
        #expect(reply.json?["pagination"]?["total_results"]?.int == 3)
        #expect(reply.json?["pagination"]?["total_is"]?.string == "exact")
        #expect(summaries(reply) == ["no-such-value source=alli ali"])
        #expect(reply["Rollcall-Sources"] == "research;state=fresh")
        #expect(try await front.get(target + "&strict=true").status == 400)
        // Also if the sources that remain have no list.
        let unlisted = FrontHarness(published: examplePublished(research: .unlisted(.research)))
        #expect(try await unlisted.get(target + "&strict=true").status == 400)
        #expect(try await unlisted.get(target).status == 503)
    }

    @Test(arguments: [
        "region=eu", "labels.team=search", "labels.nosuch.exists=false", "region.ne=us", "source.nin=old",
        "uid=research/ml-prod/none", "name=nosuch", "region.exists=true", #"filter={"region":null}"#,
        #"filter={"$not":{"source":"old"}}"#, "sort=labels.nosuch", "status=LOST",
    ])
    func whatASourceMaySatisfyHasNoNotice(_ query: String) async throws {
        let reply = try await front.get("/v1/deployments?\(encoded(query))&strict=true")
        #expect(reply.status == 200)
        #expect(summaries(reply) == [])
    }

    @Test(arguments: ["csv", "ndjson"])
    func linesAreEmptyWithTheNoticeInAHeader(_ format: String) async throws {
        for method in [HTTPRequest.Method.get, .head] {
            for target in ["/v1/deployments?region=x", "/v1/summary?group_by=platform&labels.nosuch=x"] {
                let reply = try await front.get("\(target)&format=\(format)", method: method)
                #expect(reply.status == 200)
                let code = target.hasSuffix("region=x") ? "no-such-value" : "no-such-label"
                #expect(reply["Rollcall-Notices"] == code)
                #expect(reply["Rollcall-Complete"] == "?1")
                let lines = reply.body.split(separator: "\r\n").count
                #expect(lines == (format == "csv" && method == .get ? 1 : 0))
            }
        }
    }

    @Test func furtherPagesHaveTheNoticeOfTheFirst() async throws {
        var front = front
        let first = try await front.get("/v1/deployments?source=research,alli&page_size=2")
        front.published.sources.removeLast()
        let token = try #require(first.nextPageToken)
        let second = try await front.get("/v1/deployments?page_token=\(token)")
        #expect(summaries(second) == ["no-such-value source=alli ali"])
        #expect(second["Rollcall-Notices"] == "no-such-value")
    }

    @Test func thereAreAtMostTwentyNotices() async throws {
        let many = (0..<199).map { "x\($0)" }.joined(separator: ",")
        let reply = try await front.get("/v1/deployments?source=\(many)")
        #expect(summaries(reply).count == 20)
    }

    @Test func anAccessTokenIsNotEchoed() async throws {
        var front = front
        front.config = FrontConfig(
            access: AccessPolicy(tokens: [
                AccessToken(name: "a", secret: Secret("hidden-0123456789"), permissions: [.read])
            ]))
        for query in ["region=hidden-0123456789", "labels.hidden-0123456789=x"] {
            for strict in ["", "&strict=true"] {
                let reply = try await front.get(
                    "/v1/deployments?\(query)\(strict)", ["Authorization": "Bearer hidden-0123456789"])
                #expect(!reply.body.contains("hidden"))
                #expect(reply.body.contains("<redacted>"))
            }
        }
    }
}
