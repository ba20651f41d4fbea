import Deployments
import Snapshots
import TestSupport
import Testing
import Wire

@testable import HTTPFront

/// Cursors, several at once, while lists change, sources fail and go away, and time passes: each gives every row of its
/// list once and in order, or ends with a 410 that a plain model of the cursors allows.
@Suite struct CursorChurnTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let seed: UInt64
        var cursors = 10_000
        var bytes = 512 * 1024 * 1024
        /// Whether the order of uses is to be known, as where a bound is on the number of cursors: then nothing happens
        /// at the same time, and no answer is kept.
        var isInOrder: Bool { cursors < 10_000 }
        var testDescription: String { "seed \(seed), \(cursors) cursors, \(bytes) bytes" }
    }

    static let cases = (1...6).flatMap { seed in
        [Case(seed: seed), Case(seed: seed, cursors: 8), Case(seed: seed, bytes: 500_000)]
    }

    @Test(arguments: cases)
    func aWalkGivesEveryRowOnceOrEndsWhereItMay(_ bounds: Case) async throws {
        var run = ChurnRun(bounds)
        for _ in 0..<250 {
            switch Int.random(in: 0..<12, using: &run.random) {
            case 0..<2: run.publish()
            case 2: run.wait()
            case 3..<7: try await run.start()
            default: try await run.goOn()
            }
        }
        #expect(run.wholeWalks > 10, "\(bounds.testDescription) walks nothing to its end")
        #expect(run.goneWalks > 0, "\(bounds.testDescription) reaches no bound")
    }
}

private struct ChurnRun {
    private struct Walker {
        let oracle: [String]
        let snapshot: String
        var seen: [String] = []
        var token: String
    }

    /// What the model knows of a cursor, which several walkers may share.
    private struct Known {
        var beganAt: Duration
        var lastUse: Duration
        /// A count that no two uses share, where they are in order.
        var use: Int
        var isFollowed = false
        /// Whether too many others were there.
        var isForgotten = false
        /// Whether its rows have been the published ones from its last use on.
        var isPublished = true
    }

    private let bounds: CursorChurnTests.Case
    var random: SeededGenerator
    private let live: Latest<Published>
    private let uptime = Latest(Duration.zero)
    private var front: FrontHarness
    private var walkers: [Walker] = []
    private var known: [CursorID: Known] = [:]
    private var publications = 0
    private var uses = 0
    private(set) var wholeWalks = 0
    private(set) var goneWalks = 0

    init(_ bounds: CursorChurnTests.Case) {
        self.bounds = bounds
        random = SeededGenerator(seed: bounds.seed)
        live = Latest(randomlyPublished(0, &random))
        front = FrontHarness(published: live.value, live: live)
        var limits = CursorStore.Limits()
        (limits.cursors, limits.bytes) = (bounds.cursors, bounds.bytes)
        front.cursors = CursorStore(limits: limits) { [uptime] in uptime.value }
        if !bounds.isInOrder { front.cache = ResponseCache() }
    }

    mutating func publish() {
        publications += 1
        live.replace(with: randomlyPublished(publications, &random))
        for id in known.keys { known[id]?.isPublished = false }
    }

    mutating func wait() {
        let seconds = [1, 1, 5, 20, 60, 300, 301].randomElement(using: &random) ?? 1
        uptime.replace(with: uptime.value + .seconds(seconds))
        front.now = front.now.advanced(by: .seconds(seconds))
    }

    mutating func start() async throws {
        let words =
            [
                "", "sort=name", "sort=-status,uid", "all_versions=true", "status=READY,FAILED", "q=a",
                "source=ali", "name.like=b&sort=-updated_at", "created_at.gte=-500s",
                "filter=%7B%22created_at%22:%7B%22$lt%22:%22%5Cu002d500s%22%7D%7D",
            ].randomElement(using: &random) ?? ""
        let whole = try await front.get("/v1/deployments?\(words)&page_size=1000")
        let size = Int.random(in: 1...30, using: &random)
        let first = try await front.get("/v1/deployments?\(words)&page_size=\(size)")
        #expect(first.status == whole.status)
        guard first.status == 200 else {
            #expect(first.status == 503)
            return
        }
        let oracle = rows(whole)
        #expect(rows(first) == Array(oracle.prefix(size)))
        #expect((first.nextPageToken == nil) == (oracle.count <= size))
        guard let token = first.nextPageToken, let id = PageToken(token)?.cursor else { return }
        walkers.append(
            Walker(oracle: oracle, snapshot: live.value.snapshot.id, seen: rows(first), token: token))
        uses += 1
        let before = known[id].flatMap { isOver($0) || $0.isForgotten ? nil : $0 }
        known[id] = Known(
            beganAt: uptime.value, lastUse: uptime.value, use: uses, isFollowed: before?.isFollowed ?? false)
        forgetBeyondLimit(but: id)
    }

    /// What is unused for longest goes first, but before it what nobody went on with.
    private mutating func forgetBeyondLimit(but newest: CursorID) {
        let kept = known.filter { !isOver($0.value) && !$0.value.isForgotten }
        let order = kept.filter { $0.key != newest }.sorted {
            ($0.value.isFollowed ? 1 : 0, $0.value.use) < ($1.value.isFollowed ? 1 : 0, $1.value.use)
        }
        for (id, _) in order.prefix(max(0, kept.count - bounds.cursors)) { known[id]?.isForgotten = true }
    }

    /// Some walkers ask for their next pages, at the same time where the order of uses does not matter.
    mutating func goOn() async throws {
        walkers.shuffle(using: &random)
        let front = front
        let asked = walkers.suffix(bounds.isInOrder ? 1 : 3)
        let targets = asked.map { walker in
            let size = Int.random(in: 1...30, using: &random)
            let isSized = Bool.random(using: &random)
            return "/v1/deployments?page_token=\(walker.token)" + (isSized ? "&page_size=\(size)" : "")
        }
        walkers.removeLast(asked.count)
        let replies = try await withThrowingTaskGroup { group in
            for (index, target) in targets.enumerated() {
                group.addTask { (index, try await front.get(target)) }
            }
            return try await group.reduce(into: [Int: FrontHarness.Reply]()) { $0[$1.0] = $1.1 }
        }
        let before = known
        for (index, walker) in asked.enumerated() {
            try note(try #require(replies[index]), walker, before)
        }
    }

    private mutating func note(
        _ reply: FrontHarness.Reply, _ walker: Walker, _ before: [CursorID: Known]
    ) throws {
        let place: Comment = "\(bounds.testDescription), publication \(publications)"
        let id = try #require(PageToken(walker.token)?.cursor)
        let cursor = try #require(before[id])
        let isOver = isOver(cursor)
        guard reply.status == 200 else {
            goneWalks += 1
            #expect(reply.status == 410, place)
            // Only rows that are published no more take room.
            let isFreed = bounds.bytes < 1_000_000 && !cursor.isPublished
            #expect(isOver || cursor.isForgotten || isFreed, place)
            return
        }
        #expect(!isOver && !cursor.isForgotten, place)
        #expect(reply.json?["snapshot"]?["id"]?.string == walker.snapshot, place)
        #expect(reply.json?["pagination"]?["total_results"]?.int == Int64(walker.oracle.count), place)
        uses += 1
        known[id] = Known(
            beganAt: cursor.beganAt, lastUse: uptime.value, use: uses, isFollowed: true,
            isPublished: live.value.snapshot.id == walker.snapshot)
        var walker = walker
        walker.seen += rows(reply)
        if let next = reply.nextPageToken {
            walker.token = next
            walkers.append(walker)
        } else {
            #expect(walker.seen == walker.oracle, place)
            wholeWalks += 1
        }
    }

    /// Whether time has ended a cursor.
    private func isOver(_ cursor: Known) -> Bool {
        uptime.value - cursor.lastUse > .seconds(300) || uptime.value - cursor.beganAt > .seconds(3600)
    }
}

/// What tells a row from every other, and from itself after a refresh.
private func rows(_ reply: FrontHarness.Reply) -> [String] {
    (reply.json?["data"]?.elements ?? []).map { row in
        "\(row["uid"]?.string ?? "") \(row["version"]?.int ?? -1) \(row["name"]?.string ?? "")"
    }
}

/// Random rows of two sources, whose names tell the generation; either source may fail, or have no list.
private func randomlyPublished(_ generation: Int, _ random: inout SeededGenerator) -> Published {
    var lists: [SourceRows] = []
    var statuses: [SourceStatus] = []
    for source in [SourceDescription.research, .ali] {
        let fate = Int.random(in: 0..<10, using: &random)
        guard fate > 0 else {
            statuses.append(SourceStatus.unlisted(source).failing(.tls, "no"))
            continue
        }
        let status = SourceStatus.listed(source, count: 1)
        statuses.append(fate < 4 ? status.failing(.timeout, "late") : status)
        let listed = (0..<Int.random(in: 0...60, using: &random)).map { _ in
            var record = source.record(uid: "\(source.name)/\(Int.random(in: 0...80, using: &random))")
            record.name = (["a", "b", "ab"].randomElement(using: &random) ?? "") + "-\(generation)"
            record.version = [nil, 1, 2].randomElement(using: &random) ?? nil
            record.status = [.ready, .failed, .pending].randomElement(using: &random) ?? .ready
            record.createdAt = [nil, time(1), time(700), time(1500)].randomElement(using: &random) ?? nil
            record.updatedAt = [nil, time(1), time(2)].randomElement(using: &random) ?? nil
            return record
        }
        lists.append(SourceRows(source: source, listed: listed))
    }
    var published = Published(
        snapshot: Snapshot(id: "s\(generation)", publishedAt: time(991), lists: lists), sources: statuses)
    published.number = generation + 1
    return published
}
