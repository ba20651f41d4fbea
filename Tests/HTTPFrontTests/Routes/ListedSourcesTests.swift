import Deployments
import HTTPFront
import HTTPTypes
import RawStructuredFieldValues
import Snapshots
import TestSupport
import Testing
import Wire

/// What an answer says of its sources, however many there are.
@Suite struct ListedSourcesTests {
    /// Listed sources, of which the last `failing` have failed.
    private func front(_ count: Int, failing: Int = 0, name: String = "source") -> FrontHarness {
        let sources = (0..<count).map { number in
            let status = SourceStatus.listed(.example("\(name)-\(number)"), count: 0)
            return number < count - failing ? status : status.failing(.badResponse, "not a list")
        }
        return FrontHarness(
            published: Published(
                snapshot: Snapshot(id: "s1", publishedAt: time(991), lists: []), sources: sources))
    }

    @Test(arguments: [
        (1, 0), (30, 30), (40, 10), (100, 0), (100, 100), (200, 1), (1000, 0), (1000, 500), (1000, 1000),
    ])
    func theHeaderHasAtMostTwoKibibytesAndCountsTheRest(_ count: Int, _ failing: Int) async throws {
        for name in ["s", String(repeating: "n", count: 60)] {
            let front = front(count, failing: failing, name: name)
            for target in ["/v1/deployments", "/v1/deployments?format=csv", "/v1/sources"] {
                let reply = try await front.get(target)
                #expect(reply.status == 200)
                #expect(try #require(reply["Rollcall-Sources"]).utf8.count <= 2048)
                var items = try reply.list("Rollcall-Sources")
                var left = 0
                if items.last?.value == .token("*"),
                    case .integer(let more) = items.removeLast().parameters["more"]
                {
                    left = Int(more)
                }
                #expect(items.count + left == count)
                let states = items.map { $0.parameters["state"] == .token("fresh") }
                // Those that are not fresh come first, so no fresh one is shown in the place of another.
                #expect(states == states.sorted { !$0 && $1 })
                #expect(states.count { !$0 } == min(failing, items.count))
                #expect(items.count > 15 || left == 0)
            }
        }
    }

    @Test func sourcesWithAnUnmetDemandComeFirst() async throws {
        let (front, _) = FrontHarness.reading(unmet: ["ali": .budget])
        let reply = try await front.get("/v1/deployments?max_age=0")
        #expect(reply["Rollcall-Sources"] == "ali;state=fresh;demand=budget, research;state=fresh")
    }

    private static let standing = """
        "sources_total":{"fresh":1,"stale":1,"loading":1,"failed":1}
        """

    private let mixed: FrontHarness = {
        var front = FrontHarness(published: examplePublished())
        front.published.sources = [
            .listed(.research, count: 3), SourceStatus.listed(.ali, count: 1).failing(.timeout, "slow"),
            .unlisted(.example("young")), SourceStatus.unlisted(.example("broken")).failing(.tls, "no"),
        ]
        return front
    }()

    @Test(arguments: [
        ("", ["research", "ali", "young", "broken"]), ("sources=", ["research", "ali", "young", "broken"]),
        ("sources=all", ["research", "ali", "young", "broken"]),
        ("sources=problems", ["ali", "young", "broken"]), ("sources=none", []),
    ])
    func theCallerChoosesWhichAreListedAndTheTotalStands(_ query: String, _ names: [String]) async throws {
        for route in ["/v1/deployments?", "/v1/deployments?page_size=1&", "/v1/summary?group_by=status&"] {
            let reply = try await mixed.get(route + query)
            #expect(reply.status == 200)
            #expect(reply.json?["sources"]?.elements.map { $0["name"]?.string } == names, "\(route)")
            #expect(reply.body.contains(Self.standing))
            #expect(reply["Rollcall-Sources"]?.contains("research") == true)
            // Further pages list them as the first one does.
            if let token = reply.nextPageToken {
                let second = try await mixed.get("/v1/deployments?page_token=\(token)")
                #expect(second.json?["sources"]?.elements.map { $0["name"]?.string } == names)
                #expect(second.body.contains(Self.standing))
            }
        }
        let one = try await mixed.get("/v1/deployments/ali/qwen-1?\(query)")
        #expect(
            one.json?["sources"]?.elements.map { $0["name"]?.string }
                == (query == "sources=none" ? [] : ["ali"]))
        #expect(one.body.contains(#""sources_total":{"fresh":0,"stale":1,"loading":0,"failed":0}"#))
    }

    @Test func anIncompleteSourceIsAProblemEvenIfItIsFresh() async throws {
        var front = FrontHarness(published: examplePublished())
        front.published.sources[1].partitions.total = 2
        let reply = try await front.get("/v1/deployments?sources=problems")
        #expect(reply.json?["sources"]?.elements.map { $0["name"]?.string } == ["ali"])
    }

    @Test func aProblemAboutSourcesListsThemInTheSameWay() async throws {
        let front = FrontHarness(
            published: examplePublished(research: .unlisted(.research), ali: .unlisted(.ali)))
        for (query, count) in [("", 2), ("?sources=problems", 2), ("?sources=none", 0)] {
            let reply = try await front.get("/v1/deployments\(query)")
            #expect(reply.status == 503)
            #expect(reply.json?["sources"]?.count == count)
            #expect(reply.body.contains(#""sources_total":{"fresh":0,"stale":0,"loading":2,"failed":0}"#))
        }
    }

    @Test func anUnknownChoiceIsRefused() async throws {
        let reply = try await mixed.get("/v1/deployments?sources=problem")
        #expect(reply.status == 400)
        let error = try #require(reply.json?["errors"]?.element(at: 0))
        #expect(error["detail"]?.string == "must be one of all, problems, none")
        #expect(error["did_you_mean"]?.string == "problems")
        #expect(try await mixed.get("/v1/sources?sources=none").status == 400)
    }

    @Test func whatIsListedIsPartOfTheTag() async throws {
        #expect(
            try await tag(mixed, "/v1/deployments?sources=none") != (try await tag(mixed, "/v1/deployments")))
    }
}
