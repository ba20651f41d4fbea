import Deployments
import HTTPFront
import HTTPTypes
import Snapshots
import TestSupport
import Testing
import Wire

/// `all_versions=true` in lists, cursors, lines and summaries.
@Suite struct AllVersionsTests {
    private static let list = "/v1/deployments?all_versions=true&"

    private let front = FrontHarness(published: versionedLists())

    /// A reply's rows as `name@version`, without the version `name`.
    private func rows(_ reply: FrontHarness.Reply) -> [String] {
        (reply.json?["data"]?.elements ?? []).map { row in
            (row["name"]?.string ?? "-") + (row["version"]?.int.map { "@\($0)" } ?? "")
        }
    }

    @Test func everyVersionIsARowAndOneOfEachDeploymentIsTheLatest() async throws {
        let reply = try await front.get(Self.list + "sort=uid")
        #expect(
            rows(reply) == ["qwen", "chat@1", "chat@2", "chat@10", "mail@3", "old", "old@1"])
        let latest = try await front.get(Self.list + "sort=uid&latest=true")
        #expect(rows(latest) == ["qwen", "chat@10", "mail@3", "old@1"])
        #expect(try await rows(front.get("/v1/deployments?sort=uid")) == rows(latest))
        #expect(
            try await rows(front.get(Self.list + "sort=uid&latest=false")) == ["chat@1", "chat@2", "old"])
        // Sources count deployments, whatever is listed.
        let counts = reply.json?["sources"]?.elements.compactMap { $0["count"]?.int }
        #expect(counts == [3, 1])
    }

    @Test(arguments: [
        // Versions of a deployment share its creation, so the default order keeps them together.
        ("", ["mail@3", "old", "old@1", "chat@1", "chat@2", "chat@10", "qwen"]),
        ("sort=created_at", ["chat@1", "chat@2", "chat@10", "old", "old@1", "mail@3", "qwen"]),
        ("sort=-name", ["qwen", "old", "old@1", "mail@3", "chat@1", "chat@2", "chat@10"]),
        ("sort=source,-name", ["qwen", "old", "old@1", "mail@3", "chat@1", "chat@2", "chat@10"]),
        ("sort=-version", ["chat@10", "mail@3", "chat@2", "chat@1", "old@1", "qwen", "old"]),
        ("sort=version", ["chat@1", "old@1", "chat@2", "mail@3", "chat@10", "qwen", "old"]),
        ("sort=-version_created_at", ["chat@10", "mail@3", "chat@2", "old@1", "old", "chat@1", "qwen"]),
        ("sort=config", ["chat@1", "chat@2", "chat@10", "mail@3", "old", "old@1", "qwen"]),
        ("sort=-latest,name", ["chat@10", "mail@3", "old@1", "qwen", "chat@1", "chat@2", "old"]),
    ])
    func tiesAreOrderedByVersion(_ query: String, _ expected: [String]) async throws {
        #expect(try await rows(front.get(Self.list + query)) == expected)
    }

    @Test(arguments: ["", "sort=name", "sort=-status", "sort=-version", "sort=latest,-uid"], 1...7)
    func pagesAndCursorsCutTheSameRows(_ sort: String, _ size: Int) async throws {
        let complete = try await rows(front.get(Self.list + sort))
        #expect(Set(complete).count == 7)
        var byNumber: [String] = []
        for page in 1...((7 + size - 1) / size) {
            let reply = try await front.get(Self.list + sort + "&page_size=\(size)&page=\(page)")
            #expect(reply.json?["pagination"]?["total_results"]?.int == 7)
            #expect(reply.json?["pagination"]?["total_pages"]?.int == Int64((7 + size - 1) / size))
            byNumber += rows(reply)
        }
        #expect(byNumber == complete)
        var reply = try await front.get(Self.list + sort + "&page_size=\(size)")
        var byToken = rows(reply)
        while let token = reply.nextPageToken {
            // As pagers do, with the first page's parameters.
            reply = try await front.get(Self.list + sort + "&page_size=\(size)&page_token=\(token)")
            #expect(reply.status == 200)
            byToken += rows(reply)
        }
        #expect(byToken == complete)
    }

    @Test func aCursorStaysWithTheVersionsOfItsFirstPage() async throws {
        let live = Latest(versionedLists())
        let front = FrontHarness(published: live.value, live: live)
        let first = try await front.get(Self.list + "sort=uid&page_size=3")
        let other = try await front.get("/v1/deployments?sort=uid&page_size=3")
        // The latest version goes, and a new one comes.
        var next = versionedLists { rows in
            rows.removeFirst()
            rows.append(version(11, of: "chat", .ready, config: "llama-c", created: 400))
        }
        next.snapshot = Snapshot(id: "s2", publishedAt: time(995), lists: next.snapshot.lists)
        live.replace(with: next)
        let token = try #require(first.nextPageToken)
        let second = try await front.get("/v1/deployments?page_token=\(token)")
        #expect(rows(first) + rows(second) == ["qwen", "chat@1", "chat@2", "chat@10", "mail@3", "old"])
        #expect(second.json?["data"]?.element(at: 0)?["latest"]?.bool == true)
        #expect(token != other.nextPageToken)
        // A page of latest versions is no page of all versions.
        let wrong = try await front.get(Self.list + "page_token=\(try #require(other.nextPageToken))")
        #expect(wrong.status == 400)
        #expect(wrong.json?["errors"]?.elements.compactMap { $0["parameter"]?.string } == ["all_versions"])
    }

    @Test func linesHaveEveryVersion() async throws {
        let csv = try await front.get(
            Self.list + "format=csv&sort=uid&fields=name,version,latest,status,config")
        #expect(
            csv.body
                == "name,version,latest,status,config\r\nqwen,,true,READY,\r\nchat,1,false,READY,llama-a\r\n"
                + "chat,2,false,FAILED,llama-b\r\nchat,10,true,UPDATING,llama-b\r\nmail,3,true,READY,qwen\r\n"
                + "old,,false,STOPPED,qwen\r\nold,1,true,READY,qwen\r\n")
        let ndjson = try await front.get(Self.list + "format=ndjson&sort=uid&fields=name,version")
        #expect(ndjson.body.split(separator: "\n").count == 7)
        #expect(
            ndjson.body.hasPrefix("{\"name\":\"qwen\",\"version\":null}\n{\"name\":\"chat\",\"version\":1}\n")
        )
        let page = try await front.get(Self.list + "format=csv&sort=uid&fields=version&page_size=2&page=2")
        #expect(page.body == "version\r\n2\r\n10\r\n")
    }

    @Test(arguments: [
        "", "status=READY", "latest=false", "version=1", "version.exists=false", "q=chat", "config=llama-b",
        "created_at.lt=1970-01-01T00:02:00Z", "filter=%7B%22$not%22:%7B%22latest%22:true%7D%7D",
        "name=nobody",
    ])
    func aSummaryCountsTheRowsOfTheList(_ filter: String) async throws {
        for versions in ["", "all_versions=true&"] {
            let list = try await front.get("/v1/deployments?\(versions)\(filter)")
            let listed = try #require(list.json?["pagination"]?["total_results"]?.int)
            for grouping in ["", "group_by=latest&", "group_by=status,latest&", "group_by=version&"] {
                let reply = try await front.get(
                    "/v1/summary?\(versions)\(grouping)\(filter)&sum=replicas.ready")
                #expect(reply.status == 200)
                #expect(reply.json?["total"]?["count"]?.int == listed)
                let groups = reply.json?["data"]?.elements.compactMap { $0["count"]?.int } ?? []
                #expect(grouping.isEmpty || groups.reduce(0, +) == listed)
            }
        }
    }

    @Test func aSummaryAddsUpEveryVersion() async throws {
        let query = "group_by=latest&sum=replicas.ready&min=version_created_at&name=chat"
        let reply = try await front.get("/v1/summary?all_versions=true&\(query)")
        #expect(
            reply.body.hasPrefix(
                """
                {"data":[{"latest":false,"count":2,"sums":{"replicas.ready":{"sum":2,"rows":1,"null_rows":1}},\
                "min":{"version_created_at":{"min":"1970-01-01T00:01:40.000000Z","rows":2,"null_rows":0}}},\
                {"latest":true,"count":1,"sums":{"replicas.ready":{"sum":4,"rows":1,"null_rows":0}},\
                "min":{"version_created_at":{"min":"1970-01-01T00:05:00.000000Z","rows":1,"null_rows":0}}}],\
                "total":{"count":3,"sums":{"replicas.ready":{"sum":6,"rows":2,"null_rows":1}},
                """))
        let latest = try await front.get("/v1/summary?\(query)")
        #expect(latest.body.contains(#""total":{"count":1,"sums":{"replicas.ready":{"sum":4,"#))
    }

    @Test(arguments: [
        ("version=1", ["old@1"], ["old@1", "chat@1"]),
        ("version.gte=2", ["mail@3", "chat@10"], ["mail@3", "chat@2", "chat@10"]),
        ("version.exists=false", ["qwen"], ["old", "qwen"]), ("status=FAILED", [], ["chat@2"]),
        ("config=llama-a", [], ["chat@1"]), ("latest=true&name=chat", ["chat@10"], ["chat@10"]),
    ])
    func filtersHoldForTheVersionsThatAreListed(
        _ filter: String, _ latest: [String], _ all: [String]
    ) async throws {
        let reply = try await front.get("/v1/deployments?\(filter)")
        #expect(rows(reply) == latest)
        #expect(reply.json?["pagination"]?["total_is"]?.string == "exact")
        #expect(reply["Rollcall-Notices"] == nil)
        #expect(try await rows(front.get(Self.list + filter)) == all)
    }

    @Test(arguments: [
        ("latest=false", "false"), ("latest.ne=true", "true"), ("latest=false&name=chat", "false"),
        ("filter=%7B%22latest%22:false%7D", "false"),
        ("filter=%7B%22$not%22:%7B%22latest%22:true%7D%7D", nil),
    ])
    func aFilterThatExcludesEveryLatestVersionIsNotedWithoutAllVersions(
        _ filter: String, _ value: String?
    ) async throws {
        for target in ["/v1/deployments?", "/v1/summary?group_by=platform&"] {
            let reply = try await front.get(target + filter)
            #expect(reply.status == 200)
            #expect(reply.json?["data"]?.elements.isEmpty == true)
            let notices = try #require(reply.json?["notices"]?.elements)
            #expect(notices.map { $0["code"]?.string } == ["latest-only"])
            #expect(notices[0]["parameter"]?.string == "latest" && notices[0]["value"]?.string == value)
            #expect(
                notices[0]["detail"]?.string
                    == "the filter on `latest` excludes every latest version, and without `all_versions=true` the "
                    + "answer has no others")
            #expect(reply["Rollcall-Notices"] == "latest-only")
            let strict = try await front.get(target + filter + "&strict=true")
            #expect(strict.status == 400)
            #expect(
                strict.json?["errors"]?.elements.compactMap { $0["parameter"]?.string } == ["latest"])
            let all = try await front.get(target + filter + "&all_versions=true&strict=true")
            #expect(all.status == 200 && all["Rollcall-Notices"] == nil)
        }
    }

    @Test(arguments: [
        "latest=true", "latest=true,false", "latest.exists=true", "latest.exists=false",
        "filter=%7B%22$or%22:%5B%7B%22latest%22:false%7D,%7B%22name%22:%22chat%22%7D%5D%7D",
    ])
    func otherFiltersOnLatestHaveNoNotice(_ filter: String) async throws {
        let reply = try await front.get("/v1/deployments?\(filter)&strict=true")
        #expect(reply.status == 200 && reply["Rollcall-Notices"] == nil)
    }

    @Test func aChangeOfAnEarlierVersionChangesTheTagOfAllVersionsOnly() async throws {
        let changed = FrontHarness(
            published: versionedLists { rows in
                rows[2].statusMessage = "image was pulled at last"
            })
        for target in [
            "/v1/deployments?all_versions=true", "/v1/deployments?all_versions=true&format=csv",
            "/v1/deployments?all_versions=true&format=ndjson&name=chat",
        ] {
            let now = try await tag(changed, target)
            #expect(try await tag(front, target) != now)
            let latest = target.replacing("all_versions=true", with: "all_versions=false")
            #expect(try await tag(front, latest) == tag(changed, latest))
        }
        let summary = "/v1/summary?group_by=status_message&all_versions="
        #expect(try await tag(front, summary + "true") != tag(changed, summary + "true"))
        #expect(try await tag(front, summary + "false") == tag(changed, summary + "false"))
    }
}
