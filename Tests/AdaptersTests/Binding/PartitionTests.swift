import Adapters
import Deployments
import TestSupport
import Testing
import Upstream
import Wire

/// Keys, paths and failures of partitions, and the limit on requests that they share.
@Suite(.timeLimit(.minutes(10))) struct PartitionTests {
    static let file = NimbusFile(
        inputs: "{regions: {type: list, about: The regions.}}", partitions: "{region: inputs.regions}",
        get: "/v1/{partition.region}/endpoints")

    @Test func onePartitionThatFailsLeavesTheOthers() async throws {
        let transport = ScriptedTransport { request in
            request.path.contains("middle")
                ? .text("{}", status: 503)
                : .text(#"{"items": [{"id": "a", "name": "x", "state": "up"}]}"#)
        }
        let source = try Self.file.source(transport) {
            $0.inputs = ["regions": .list(["west", "middle", "east"])]
        }
        let fetch = await source.fetch()
        #expect(fetch.partitions.map(\.partition) == ["west", "middle", "east"])
        #expect(fetch.calls == 3)
        #expect(fetch.errors.map(\.description) == ["server_error: HTTP 503"])
        #expect(fetch.rows.map(\.uid) == ["test/a", "test/a"])
    }

    @Test func aNameIsOneSegmentOfThePathWhateverItHolds() async throws {
        let transport = ScriptedTransport { _ in .text(#"{"items": []}"#) }
        let source = try Self.file.source(transport) { $0.inputs = ["regions": .list(["a/b?c#d é"])] }
        _ = await source.fetch()
        #expect(
            transport.requests.map(\.url)
                == ["https://api.nimbus.example/cloud/v1/a%2Fb%3Fc%23d%20%C3%A9/endpoints"])
    }

    @Test func theCrossProductHasAKeyForEachCombination() async throws {
        let file = NimbusFile(
            inputs: """
                {regions: {type: list, about: "x"}, teams: {type: list, about: "y"}}
                """,
            partitions: "{region: inputs.regions, team: inputs.teams}",
            get: "/v1/{partition.region}/{partition.team}")
        let transport = ScriptedTransport { _ in .text(#"{"items": []}"#) }
        let source = try file.source(transport) {
            $0.inputs = ["regions": .list(["a", "a/b"]), "teams": .list(["b/c", "c"])]
        }
        let fetch = await source.fetch()
        #expect(fetch.partitions.map(\.partition) == ["a/b%2Fc", "a/c", "a%2Fb/b%2Fc", "a%2Fb/c"])
    }

    @Test func tooManyPartitionsAreRefused() throws {
        let regions = (0...1000).map { "r\($0)" }
        let error = #expect(throws: BindingError.self) {
            try Self.file.source(ScriptedTransport { _ in .text("") }) {
                $0.inputs = ["regions": .list(regions), "reigons": .bool(true)]
            }
        }
        #expect(
            error?.description == """
                inputs.regions: results in more than 1000 partitions; spread them over several sources
                inputs.reigons: unknown key; adapter `nimbus` defines regions
                """)
    }

    /// Pages of 2 of a list of 20 in each of 8 regions.
    private static func paged(_ request: UpstreamRequest) -> UpstreamResponse {
        let region = request.path.split(separator: "/").dropLast().last ?? ""
        let page = request.query.compactMap { $0.hasPrefix("p=") ? Int($0.dropFirst(2)) : nil }.first ?? 0
        let items = (0..<2).map { #"{"id": "\#(region)-\#(page * 2 + $0)"}"# }.joined(separator: ",")
        return .text(#"{"total": 20, "items": [\#(items)]}"#)
    }

    @Test(arguments: [1, 3])
    func requestsInFlightNeverExceedTheBindings(_ width: Int) async throws {
        var file = Self.file
        file.pages = "{by: page, parameter: p, first: 0, total: $.total}"
        let crowd = Crowd(meetingOf: width)
        let transport = ScriptedTransport { request in
            await crowd.pass()
            return Self.paged(request)
        }
        let source = try file.source(transport) {
            $0.inputs = ["regions": .list((0..<8).map { "r\($0)" })]
            $0.concurrency = width
        }
        let fetch = await source.fetch()
        #expect(fetch.errors.isEmpty)
        #expect(fetch.rows.count == 160)
        #expect(fetch.calls == 80)
        #expect(crowd.largest == width)
    }

    @Test func aCancelledFetchReportsItsCancellation() async throws {
        let crowd = Crowd(meetingOf: 1)
        let transport = ScriptedTransport { _ in
            await crowd.pass()
            while !Task.isCancelled { await Task.yield() }
            throw CancellationError()
        }
        let source = try Self.file.source(transport) {
            $0.inputs = ["regions": .list(["west", "east"])]
            $0.concurrency = 1
        }
        let fetch = await withTaskGroup(of: SourceFetch.self) { group in
            group.addTask { await source.fetch() }
            await crowd.met()
            group.cancelAll()
            return await group.next()
        }
        #expect(
            fetch?.errors.map(\.description)
                == ["timeout: the fetch was canceled", "timeout: the fetch was canceled"])
        #expect(transport.requests.count == 1)
    }

    @Test func aPartitionIsAsOldAsItsFirstRequest() async throws {
        let ticks = Shared<Int64>(0)
        let transport = ScriptedTransport { _ in
            ticks.withLock { $0 += 1000 }
            return .text(#"{"items": []}"#)
        }
        let source = try NimbusFile().source(
            transport, now: { Timestamp(microseconds: ticks.withLock { $0 }) })
        let first = await source.fetch()
        let second = await source.fetch()
        #expect(first.partitions.map(\.sentAt.microseconds) == [0])
        #expect(second.partitions.map(\.sentAt.microseconds) == [1000])
    }
}

/// Counts the requests in flight.
///
/// The first `meeting` requests wait for one another, and each lingers, so that one too many is counted.
private final class Crowd: Sendable {
    private struct State {
        var inside = 0
        var largest = 0
        var arrived = 0
    }

    private let meeting: Int
    private let state = Shared(State())

    init(meetingOf meeting: Int) { self.meeting = meeting }

    var largest: Int { state.withLock { $0.largest } }

    func met() async {
        while !Task.isCancelled, state.withLock({ $0.arrived }) < meeting { await Task.yield() }
    }

    func pass() async {
        state.withLock { state in
            state.arrived += 1
            state.inside += 1
            state.largest = max(state.largest, state.inside)
        }
        await met()
        for _ in 0..<20 { await Task.yield() }
        state.withLock { $0.inside -= 1 }
    }
}
