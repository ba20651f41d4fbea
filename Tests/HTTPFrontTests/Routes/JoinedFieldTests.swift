import Deployments
import HTTPFront
import HTTPTypes
import NIOCore
import Snapshots
import TestSupport
import Testing
import Wire

/// Answers that use fields of deployments which are from the list of providers of the same source.
@Suite struct JoinedFieldTests {
    /// The states that the list of providers may be in.
    enum State: String, CaseIterable, Sendable {
        case fresh, old, failed, unproven, unlisted, held
    }

    /// Two callable rows of `research`, whose list was observed at second 990, ten seconds ago.
    ///
    /// Where they answer, and the label `team`, depends on a list of providers in this state.
    private static func front(_ state: State) -> FrontHarness {
        var published = modelFront([
            callable("a", of: .research, names: ["m"]), callable("b", of: .research, names: ["n"]),
        ]).published
        published.sources[0].joined = [
            "endpoint.base_url", "endpoint.model", "endpoint.models", "labels.team",
        ]
        published.sources[0].providers = .listedProviders { list in
            switch state {
            case .fresh: break
            case .old: list.observedAt = time(500)
            case .failed:
                list.failure = SourceStatus.Failure(error: SourceError(.timeout, "late"), since: time(985))
            case .unproven: list.partitions.proven = 0
            case .unlisted: list = ListStatus()
            case .held: list.held = SourceStatus.Held(rows: 2, since: time(970))
            }
        }
        return FrontHarness(published: published)
    }

    private static let expected: [State: (totalIs: String, flags: String, sources: String, age: String)] = [
        .fresh: ("exact", "?1 ?1", "research;state=fresh", "20"),
        .old: ("as_of", "?1 ?0", "research;state=stale", "500"),
        .failed: ("as_of", "?1 ?0", "research;state=stale;error=timeout", "20"),
        .unproven: ("at_least", "?0 ?1", "research;state=fresh", "20"),
        .unlisted: ("at_least", "?0 ?1", "research;state=fresh", "10"),
        .held: ("as_of", "?1 ?1", "research;state=fresh", "20"),
    ]

    private func totalIs(_ reply: FrontHarness.Reply) -> String? {
        reply.json?["pagination"]?["total_is"]?.string ?? reply.json?["total_is"]?.string
            ?? reply.json?["rollcall"]?["total_is"]?.string
    }

    @Test(arguments: State.allCases)
    func anAnswerThatUsesOneIsAsGoodAsTheWorseOfBothLists(_ state: State) async throws {
        let front = Self.front(state)
        let expected = try #require(Self.expected[state])
        for target in [
            "/v1/deployments?source=research&endpoint.base_url.exists=true",
            "/v1/deployments?source=research&sort=endpoint.model",
            "/v1/deployments?source=research&labels.team=search",
            "/v1/deployments?source=research&filter=%7B%22$not%22:%7B%22endpoint.model%22:%22m%22%7D%7D",
            "/v1/summary?source=research&group_by=endpoint.model",
            "/v1/summary?source=research&group_by=labels.team", "/v1/models?source=research",
        ] {
            let reply = try await front.get(target)
            #expect(reply.status == 200, "\(target)")
            #expect(totalIs(reply) == expected.totalIs, "\(target)")
            let flags = "\(reply["Rollcall-Complete"] ?? "-") \(reply["Rollcall-Fresh"] ?? "-")"
            #expect(flags == expected.flags, "\(target)")
            #expect(reply["Rollcall-Sources"] == expected.sources, "\(target)")
            #expect(reply["Age"] == expected.age, "\(target)")
            #expect(reply["Rollcall-Notices"] == (state == .held ? "rows-held" : nil), "\(target)")
        }
    }

    @Test(
        arguments: State.allCases,
        [
            "/v1/deployments?source=research", "/v1/deployments?source=research&name.exists=false",
            "/v1/deployments?source=research&fields=endpoint",
            "/v1/summary?source=research&group_by=platform",
            "/v1/deployments/research/a",
        ])
    func anAnswerThatUsesNoneIsAsGoodAsTheDeployments(_ state: State, _ target: String) async throws {
        let reply = try await Self.front(state).get(target)
        #expect(totalIs(reply) ?? "exact" == "exact")
        #expect(reply["Rollcall-Sources"] == "research;state=fresh" && reply["Age"] == "10")
        #expect(reply["Rollcall-Complete"] == "?1" && reply["Rollcall-Fresh"] == "?1")
    }

    @Test func theSourceSaysWhatIsWrongWithItsListOfProviders() async throws {
        let target = "/v1/deployments?source=research&endpoint.model=m"
        let failed = try await Self.front(.failed).get(target)
        let source = failed.json?["sources"]?.element(at: 0)
        #expect(source?["error"]?["message"]?.string == "providers: late")
        #expect(source?["observed_at"]?.string == "1970-01-01T00:16:20.000000Z")
        #expect(source?["count"]?.int == 2 && source?["partitions"]?["total"]?.int == 2)
        #expect(try await Self.front(.failed).get(target + "&strict=true").status == 200)
        #expect(try await Self.front(.unproven).get(target + "&strict=true").status == 503)
        let own = try await Self.front(.failed).get("/v1/sources/research")
        #expect(own.json?["data"]?["state"]?.string == "fresh")
    }

    @Test(arguments: State.allCases)
    func aModelIsMarkedAndItsAbsenceNeedsBothLists(_ state: State) async throws {
        let front = Self.front(state)
        let reply = try await front.get("/v1/models/m?source=research")
        let place = reply.json?["rollcall"]?["endpoints"]?.element(at: 0)
        #expect(place?["stale"]?.bool == (state == .old || state == .failed))
        let isComplete = state != .unproven && state != .unlisted
        #expect(reply.json?["rollcall"]?["complete"]?.bool == isComplete)
        #expect(try await front.get("/v1/models/none?source=research").status == (isComplete ? 404 : 503))
        let refused = try await front.get(
            "/v1/chat/completions", method: .post, body: ByteBuffer(string: #"{"model":"m"}"#))
        #expect(
            refused.json?["endpoints"]?.element(at: 0)?["stale"]?.bool
                == (state == .old || state == .failed))
    }

    @Test func namesThatAreStillToBeLookedUpAreToldOfTheListOfModels() async throws {
        for name in ["endpoint.model", "endpoint.models"] {
            var row = callable("a", of: .research, names: [])
            row.lookups = [LookupState(name: "provider", state: .pending, fields: [name])]
            let reply = try await modelFront([row]).get("/v1/models")
            #expect(reply["Rollcall-Notices"] == "lookup-pending")
            #expect(totalIs(reply) == "at_least")
            let value = reply.json?["rollcall"]?["notices"]?.element(at: 0)?["value"]?.string
            #expect(value == name)
        }
    }

    @Test(
        arguments: [
            ("/v1/deployments?max_age=5", [:]),
            ("/v1/deployments?max_age=5&endpoint.model=m", ["research": [.deployments, .providers]]),
            ("/v1/models?max_age=5", ["research": [.deployments, .providers]]),
            ("/v1/models/m?max_age=5", ["research": [.deployments, .providers]]),
            ("/v1/models?source=ali&max_age=5", [:]),
            ("/v1/summary?max_age=5&group_by=endpoint.model", ["research": [.deployments, .providers]]),
            ("/v1/providers?max_age=5", ["research": .providers]),
            ("/v1/providers/research/p?max_age=5", ["research": .providers]),
        ] as [(String, [String: ListsRead])])
    func aDemandNamesTheListsThatTheAnswerIsReadFrom(
        _ target: String, _ lists: [String: ListsRead]
    ) async throws {
        var published = Self.front(.fresh).published
        published.providers = PublishedList(
            snapshot: Snapshot(id: "p1", publishedAt: time(981), lists: []),
            sources: published.sources.compactMap(\.asSeenByProviders))
        let (front, freshness) = FrontHarness.reading(published)
        _ = try await front.get(target)
        #expect(freshness.demands == [Demand(maxAge: .seconds(5), lists: lists)])
    }
}
