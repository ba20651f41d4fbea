import Deployments
import HTTPFront
import HTTPTypes
import Snapshots
import Testing
import Wire

/// Pagers of the field: those that send the first page's parameters with every page, those that count pages, and those
/// that follow links behind a path prefix.
@Suite struct PagerTests {
    private let live = Latest(examplePublished())
    private let front: FrontHarness

    init() { front = FrontHarness(published: examplePublished(), live: live) }

    private func first(_ query: String) async throws -> FrontHarness.Reply {
        let reply = try await front.get("/v1/deployments?\(query)")
        #expect(reply.status == 200, "\(reply.body)")
        return reply
    }

    @Test(arguments: [
        "sort=name&page_size=1", "page=1&page_size=1", "page_size=1&status=&name.exists=true",
        "page_size=1&source=research,ali&strict=true&max_age=3600",
        "page_size=1&fields=uid,name&include=history",
        "page_size=1&filter=%7B%22name%22:%7B%22$exists%22:true%7D%7D&all_versions=true",
        "page_size=1&q=a&name.ne=x&name.ne=y&format=json&sources=none", "page_size=1&filter[name][$ne]=%2B+x",
    ])
    func aPagerMaySendTheFirstParametersWithEveryPage(_ query: String) async throws {
        let complete = try await front.get(
            "/v1/deployments?\(query)&page_size=".replacing("page_size=1&", with: ""))
        var reply = try await first(query)
        var uids = reply.uids
        while let token = reply.nextPageToken {
            reply = try await front.get("/v1/deployments?\(query)&page_token=\(token)")
            #expect(reply.status == 200, "\(reply.body)")
            uids += reply.uids
        }
        #expect(uids == complete.uids || uids.count == 4)
        #expect(uids.count > 1)
    }

    @Test func aParameterThatDiffersFromTheFirstPagesIsRefused() async throws {
        let token = try #require(try await first("source=research&sort=name&page_size=1").nextPageToken)
        for (query, name) in [
            ("source=ali", "source"), ("source=research&source=ali", "source"), ("sort=-name", "sort"),
            ("source.eq=research", "source.eq"), ("strict=true", "strict"), ("sources=none", "sources"),
        ] {
            let reply = try await front.get("/v1/deployments?\(query)&page_token=\(token)")
            #expect(reply.status == 400, "\(query)")
            #expect(reply.json?["errors"]?.elements.map { $0["parameter"]?.string } == [name])
        }
    }

    @Test func anotherPageIsThatPageOfTheSameSnapshot() async throws {
        let token = try #require(try await first("sort=name&page_size=1").nextPageToken)
        live.replace(
            with: Published(
                snapshot: Snapshot(id: "s2", publishedAt: time(999), lists: []),
                sources: examplePublished().sources))
        let all = ["research/ml-prod/llama", "research/ml-prod/chat%2Fx", "research/lab/plain", "ali/qwen-1"]
        for (index, uid) in all.enumerated() {
            let reply = try await front.get(
                "/v1/deployments?sort=name&page_size=1&page=\(index + 1)&page_token=\(token)")
            #expect(reply.uids == [uid])
            #expect(reply.json?["pagination"]?["page"]?.int == Int64(index + 1))
            #expect(reply.json?["snapshot"]?["id"]?.string == "s1")
            #expect((reply.nextPageToken == nil) == (index == 3))
        }
        let wide = try await front.get("/v1/deployments?page=2&page_size=3&page_token=\(token)")
        #expect(wide.uids == [all[3]])
        let past = try await front.get("/v1/deployments?page=9&page_token=\(token)")
        #expect(past.status == 200 && past.uids.isEmpty && past.nextPageToken == nil)
        #expect(past.json?["pagination"]?["page"]?.int == 9)
        #expect(try await front.get("/v1/deployments?page=0&page_token=\(token)").status == 400)
    }

    @Test func theFirstRequestsOwnPageMeansThePageOfTheToken() async throws {
        let reply = try await first("sort=name&page=2&page_size=1")
        let token = try #require(reply.nextPageToken)
        let third = try await front.get("/v1/deployments?sort=name&page=2&page_size=1&page_token=\(token)")
        #expect(third.uids == ["research/lab/plain"])
        #expect(third.json?["pagination"]?["page"]?.int == 3)
        let back = try await front.get("/v1/deployments?sort=name&page=1&page_size=1&page_token=\(token)")
        #expect(back.uids == ["research/ml-prod/llama"])
    }

    @Test func theLinkIsAQueryAndRepeatsOnlyWhatWasChanged() async throws {
        let reply = try await first("sort=name&page_size=1&fields=uid,name&format=json")
        let token = try #require(reply.nextPageToken)
        #expect(reply["Link"] == "<?page_token=\(token)&format=json>; rel=\"next\"")
        let same = try await front.get(
            "/v1/deployments?sort=name&page_size=1&fields=uid,name&page_token=\(token)")
        #expect(same["Link"] == "<?page_token=\(try #require(same.nextPageToken))>; rel=\"next\"")
        let other = try await front.get("/v1/deployments?page_size=2&fields=uid&page_token=\(token)")
        #expect(
            other["Link"]
                == "<?page_token=\(try #require(other.nextPageToken))&page_size=2&fields=uid>; rel=\"next\"")
    }

    @Test func aLinkRepeatsNumbersAndFormatsInTheirShortForm() async throws {
        let token = try #require(try await first("page_size=1").nextPageToken)
        let zeros = String(repeating: "0", count: 2000)
        let reply = try await front.get(
            "/v1/deployments?page_size=\(zeros)2&f%6Frmat=%6Aso%6E&page_token=\(token)")
        #expect(reply.status == 200)
        let next = try #require(reply.nextPageToken)
        #expect(reply["Link"] == "<?page_token=\(next)&page_size=2&format=json>; rel=\"next\"")
    }

    @Test func aLinkStaysShortWhateverAClientAsksFor() async throws {
        let fields = (0..<100).map { "labels.key-\($0)" }.joined(separator: ",")
        let reply = try await first("page_size=1&fields=\(fields)")
        #expect(try #require(reply["Link"]).utf8.count < 80)
        let token = try #require(reply.nextPageToken)
        let same = try await front.get("/v1/deployments?page_token=\(token)&fields=\(fields)")
        #expect(same.status == 200)
        #expect(try #require(same["Link"]).utf8.count < 80)
        let other = try await front.get("/v1/deployments?page_token=\(token)&fields=\(fields),uid")
        #expect(other.status == 400)
        #expect(other.json?["errors"]?.elements.map { $0["parameter"]?.string } == ["fields"])
    }

    @Test func aCursorThatHasEndedSaysSoWhateverStandsBesideIt() async throws {
        let token = try #require(try await first("sort=name&page_size=1").nextPageToken)
        var restarted = front
        restarted.cursors = CursorStore()
        let reply = try await restarted.get("/v1/deployments?sort=name&page_size=1&page_token=\(token)")
        #expect(reply.status == 410)
    }

    @Test func noPageShowsWhatItsSourceMayNoLongerShow() async throws {
        var record = SourceDescription.ali.record(uid: "ali/a")
        record.owner = "canary@example.com"
        let other = SourceDescription.ali.record(uid: "ali/b")
        live.replace(with: published([record, other], of: .ali))
        let token = try #require(try await first("sort=-uid&page_size=1").nextPageToken)
        let target = "/v1/deployments?page_token=\(token)"
        #expect(try await front.get(target).body.contains("canary@example.com"))
        // Other changes of its source do not end the cursor.
        var newer = published([other], of: .ali, id: "s2")
        live.replace(with: newer)
        #expect(try await front.get(target).status == 200)
        // The operator has taken `expose` back.
        newer.sources[0].exposure = 1
        live.replace(with: newer)
        let gone = try await front.get(target)
        #expect(gone.status == 410)
        #expect(gone["Link"] == "<?sort=-uid&page_size=1>; rel=\"first\"")
        #expect(!gone.body.contains("canary"))
    }
}
