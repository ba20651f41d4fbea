import Deployments
import HTTPTypes
import Snapshots
import Testing
import Wire

/// ETags, 304 and HEAD.
@Suite struct ConditionalRequestTests {
    @Test func aTagIsWeakAndTheSameInEveryProcess() async throws {
        // FNV-1a over fixed bytes: a change here forgets every client's cache once.
        let tag = try await tag(changed())
        #expect(tag == "W/\"6b317d24b75b2115\"")
    }

    @Test func aTagNeverChangesWithTime() async throws {
        let first = try await tag(changed())
        #expect(try await tag(changed { $0.now = time(1100) }) == first)
        #expect(
            try await tag(
                changed {
                    $0.now = time(1100)
                    $0.published.sources[0].observedAt = time(1090)
                    $0.published.sources[0].lastAttemptAt = time(1090)
                }) == first)
        let sources = "/v1/sources"
        #expect(
            try await tag(changed { $0.now = time(1100) }, sources)
                == (try await tag(changed(), sources)))
    }

    @Test func aTagChangesWithRowsStatesCompletenessAndErrors() async throws {
        let fronts = [changed(), withoutAli] + inOtherStates
        var tags: [String] = []
        for front in fronts { tags.append(try await tag(front)) }
        for target in [
            "/v1/deployments?page=2", "/v1/deployments?fields=uid", "/v1/sources", "/v1/sources/ali",
        ] {
            tags.append(try await tag(fronts[0], target))
        }
        #expect(Set(tags).count == tags.count)
    }

    @Test func theTagOfASourceChangesWithItsDescription() async throws {
        let target = "/v1/sources/ali"
        let changes: [(inout SourceDescription) -> Void] = [
            { $0.platform = "p" }, { $0.adapter = "a" }, { $0.region = "r" }, { $0.labels = ["team": "a"] },
            { $0.labels = ["team": "b"] },
        ]
        var tags = [try await tag(changed(), target)]
        for change in changes {
            tags.append(try await tag(changed { change(&$0.published.sources[1].source) }, target))
        }
        #expect(Set(tags).count == tags.count)
    }

    @Test func whatChangesInOtherSourcesLeavesTheTagOfAnAnswerAsItIs() async throws {
        let target = "/v1/deployments?source=research"
        #expect(try await tag(withoutAli, target) == (try await tag(changed(), target)))
    }

    @Test func theRowsOfARelativeTimeArePartOfTheTag() async throws {
        let target = "/v1/deployments?updated_at.gt=-1m"
        let front = changed()
        let later = changed { $0.now = time(1011) }
        #expect(try await front.get(target).uids == ["research/lab/plain"])
        #expect(try await later.get(target).uids == [])
        #expect(try await tag(front, target) != (try await tag(later, target)))
        // One row leaves the window as another enters: the total alone would not tell.
        let window = "/v1/deployments?created_at.gte=-800s&created_at.lt=-750s"
        let moved = changed { $0.now = time(900) }
        #expect(try await front.get(window).uids == ["ali/qwen-1"])
        #expect(try await moved.get(window).uids == ["research/ml-prod/llama"])
        #expect(try await tag(front, window) != (try await tag(moved, window)))
    }

    @Test func aMatchingTagIsAnsweredWithoutABody() async throws {
        let front = changed()
        let complete = try await front.get("/v1/deployments?page_size=1", ["X-Request-Id": "r"])
        let tag = try #require(complete["ETag"])
        for header in [tag, String(tag.dropFirst(2)), "\"x\", \(tag)", "W/\"a,b\",\(tag) , \"y\"", "*"] {
            let reply = try await front.get(
                "/v1/deployments?page_size=1", ["If-None-Match": header, "X-Request-Id": "r"])
            #expect(reply.status == 304, "\(header)")
            #expect(reply.body == "")
            for name in [
                "ETag", "Age", "Cache-Control", "Vary", "Cache-Status", "Rollcall-Complete", "Rollcall-Fresh",
                "Rollcall-Sources", "X-Request-Id", "Link",
            ] {
                #expect(reply[name] == complete[name] && reply[name] != nil, "\(name)")
            }
            #expect(reply["Content-Length"] == nil)
        }
        for header in ["\"x\"", "W/\"", tag.replacing("W/\"", with: "W/\"0", maxReplacements: 1), ""] {
            let reply = try await front.get("/v1/deployments?page_size=1", ["If-None-Match": header])
            #expect(reply.status == 200, "\(header)")
        }
    }

    @Test(arguments: [
        "/v1/deployments", "/v1/deployments?page=0", "/v1/deployments/ali/qwen-1", "/v1/sources",
        "/v1/sources/ali", "/v1/sources/nope", "/v1/summary?group_by=status", "/v1/summary", "/healthz",
        "/readyz", "/nowhere",
    ])
    func headIsGetWithoutTheBody(_ target: String) async throws {
        let front = changed()
        let get = try await front.get(target, ["X-Request-Id": "r"])
        let head = try await front.get(target, ["X-Request-Id": "r"], method: .head)
        #expect(head.status == get.status)
        #expect(head.headers == get.headers)
        #expect(head["Content-Length"] == "\(get.body.utf8.count)")
        #expect(head.body == "")
    }
}
