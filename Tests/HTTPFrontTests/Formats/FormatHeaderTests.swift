import Deployments
import HTTPFront
import HTTPTypes
import Snapshots
import Testing
import Wire

/// The headers that every answer has, on CSV and NDJSON: tags, 304, HEAD.
@Suite struct FormatHeaderTests {
    private static let csv = "/v1/deployments?format=csv"
    private static let ndjson = "/v1/deployments?format=ndjson"

    @Test func eachFormatHasItsOwnTag() async throws {
        var tags: [String] = []
        for target in [
            Self.csv, Self.ndjson, "/v1/deployments?format=json", "/v1/deployments/ali/qwen-1?format=csv",
            "/v1/deployments/ali/qwen-1?format=ndjson", "/v1/summary?group_by=status&format=csv",
        ] {
            tags.append(try await tag(changed(), target))
        }
        for target in ["/v1/deployments", "/v1/deployments/ali/qwen-1", "/v1/summary?group_by=status"] {
            for accept in ["application/json", "text/csv", "application/x-ndjson"] {
                let reply = try await changed().get(target, ["Accept": accept])
                tags.append(try #require(reply["ETag"]))
            }
        }
        #expect(Set(tags).count == tags.count)
        #expect(tags.allSatisfy { $0.hasPrefix("W/\"") && $0.count == 20 })
    }

    @Test(arguments: [csv, ndjson, "/v1/deployments?format=ndjson&include=history,native"])
    func aTagStaysOverTimeAndARefreshThatBroughtNothingNew(_ target: String) async throws {
        let first = try await tag(changed(), target)
        #expect(try await tag(changed { $0.now = time(1100) }, target) == first)
        // The same rows in new objects, as after a restart.
        let again = changed { front in
            front.published.snapshot = Snapshot(id: "s9", publishedAt: time(999), lists: exampleLists())
            front.published.sources[0].observedAt = time(999)
        }
        #expect(try await tag(again, target) == first)
    }

    @Test(arguments: [csv, ndjson])
    func aTagChangesWithRowsStatesCompletenessAndErrors(_ target: String) async throws {
        let fronts =
            [
                changed(), changed { $0.published.snapshot = Self.snapshot { $0[0].name = "Llama 3.2" } },
                changed { $0.published.snapshot = Self.snapshot { $0.removeLast() } },
            ] + inOtherStates
        var tags: [String] = []
        for front in fronts { tags.append(try await tag(front, target)) }
        for query in ["&page=2", "&fields=uid", "&sort=name", "&status=READY", "&page_size=2"] {
            tags.append(try await tag(fronts[0], target + query))
        }
        #expect(Set(tags).count == tags.count)
    }

    /// The rows of `research` with a change.
    private static func snapshot(_ change: (inout [ModelDeployment]) -> Void) -> Snapshot {
        let lists = exampleLists()
        var rows = lists[0].deployments.sorted { $0.name ?? "" < $1.name ?? "" }
        change(&rows)
        let changed = SourceRows(source: .research, listed: rows)
        return Snapshot(id: "s2", publishedAt: time(991), lists: [changed, lists[1]])
    }

    @Test(arguments: [csv, ndjson])
    func otherSourcesAndFieldsThatAreNotShownLeaveATagAsItIs(_ target: String) async throws {
        let query = target + "&source=research"
        #expect(try await tag(withoutAli, query) == (try await tag(changed(), query)))
        // The native record differs, which only answers that include it show.
        let lists = exampleLists()
        let listed = lists[0].deployments.map {
            $0.replacing(history: $0.history, native: Array("1".utf8))
        }
        let native = changed { front in
            front.published.snapshot = Snapshot(
                id: "s2", publishedAt: time(991),
                lists: [SourceRows(source: .research, listed: listed), lists[1]])
        }
        #expect(try await tag(native, target) == (try await tag(changed(), target)))
        let included = Self.ndjson + "&include=native"
        #expect(try await tag(native, included) != (try await tag(changed(), included)))
    }

    @Test func theRowsOfARelativeTimeAndTheirOrderArePartOfTheTag() async throws {
        let window = Self.csv + "&created_at.gte=-800s&created_at.lt=-750s"
        let moved = changed { $0.now = time(900) }
        #expect(try await tag(changed(), window) != (try await tag(moved, window)))
        #expect(
            try await tag(changed(), Self.csv + "&sort=uid")
                != (try await tag(changed(), Self.csv + "&sort=-uid")))
    }

    @Test func theLabelColumnsArePartOfTheTag() async throws {
        let labelled = changed { $0.published.sources[1].source.labels = ["owner": "x"] }
        let empty = Self.csv + "&name=nobody"
        #expect(try await tag(labelled, empty) != (try await tag(changed(), empty)))
    }

    @Test(arguments: [csv, ndjson, csv + "&page_size=2", "/v1/summary?group_by=status&format=csv"])
    func aMatchingTagIsAnsweredWithoutABody(_ target: String) async throws {
        let front = changed { $0.streams = Self.streamingAll() }
        let complete = try await front.get(target, ["X-Request-Id": "r"])
        let tag = try #require(complete["ETag"])
        let reply = try await front.get(target, ["If-None-Match": tag, "X-Request-Id": "r"])
        #expect(reply.status == 304)
        #expect(reply.bytes == [])
        for name in [
            "ETag", "Age", "Cache-Control", "Vary", "Cache-Status", "Rollcall-Complete", "Rollcall-Fresh",
            "Rollcall-Sources", "X-Request-Id",
        ] {
            #expect(reply[name] == complete[name] && reply[name] != nil, "\(name)")
        }
        #expect(reply["Link"] == complete["Link"])
        #expect(
            reply["Content-Length"] == nil && reply["Content-Type"] == nil && reply["Content-Encoding"] == nil
        )
        // No stream begins for it: there is no room for any.
        var full = front
        full.streams = Self.streamingAll(atOnce: 0)
        #expect(try await full.get(target).status == 429)
        #expect(try await full.get(target, ["If-None-Match": tag]).status == 304)
        let other = try await front.get("/v1/deployments", ["If-None-Match": tag])
        #expect(other.status == 200)
    }

    /// Every list is a stream.
    private static func streamingAll(atOnce count: Int = 32) -> ResponseStreams {
        ResponseStreams {
            $0.pieceBytes = 1
            $0.completeRows = 0
            $0.streams = count
        }
    }

    @Test(arguments: [csv, ndjson, csv + "&page_size=1", "/v1/summary?group_by=status&format=ndjson"])
    func headIsGetWithoutTheBody(_ target: String) async throws {
        for headers in [["X-Request-Id": "r"], ["X-Request-Id": "r", "Accept-Encoding": "gzip"]] {
            let front = changed()
            let get = try await front.get(target, headers)
            let head = try await front.get(target, headers, method: .head)
            #expect(head.status == 200)
            #expect(head.headers == get.headers)
            #expect(head["Content-Length"] == "\(get.bytes.count)")
            #expect(head.bytes == [])
        }
    }

    @Test func aStreamStatesNoLengthAndItsHeadIsNoStream() async throws {
        let front = changed { $0.streams = Self.streamingAll(atOnce: 0) }
        let head = try await front.get(Self.csv, method: .head)
        #expect(head.status == 200)
        #expect(head["Content-Length"] == nil)
        #expect(head["Content-Disposition"] != nil)
        let get = try await changed { $0.streams = Self.streamingAll() }.get(Self.csv)
        #expect(get["Content-Length"] == nil)
        #expect(get.bytes == (try await changed().get(Self.csv)).bytes)
    }

    @Test func anIncompleteListSaysSo() async throws {
        var front = changed()
        front.published = examplePublished(ali: .unlisted(.ali).failing(.timeout, "x"))
        let reply = try await front.get(Self.csv)
        #expect(reply.status == 200)
        #expect(reply["Rollcall-Complete"] == "?0")
        #expect(reply["Rollcall-Sources"] == "ali;state=failed;error=timeout, research;state=fresh")
        #expect(reply["Cache-Control"] == "private, no-cache")
        let strict = try await front.get(Self.csv + "&strict=true")
        #expect(strict.status == 503)
        #expect(strict["Content-Type"] == "application/problem+json")
    }
}
