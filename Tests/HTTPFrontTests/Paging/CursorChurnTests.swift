import Deployments
import Snapshots
import TestSupport
import Testing
import Wire

@testable import HTTPFront

/// Cursors, several at once, while lists change, sources fail and go away, and time passes: each gives every row of its
/// list once and in order, or ends with a 410 that a simple model of the cursors allows.
@Suite struct CursorChurnTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let seed: UInt64
        var cursors = 10_000
        var bytes = 512 * 1024 * 1024
        /// True if the order of uses has to be known, since the number of cursors is limited: then nothing happens at the
        /// same time, and no response is cached.
        var isInOrder: Bool { cursors < 10_000 }
        var testDescription: String { "seed \(seed), \(cursors) cursors, \(bytes) bytes" }
    }

    static let cases = (1...6).flatMap { seed in
        [Case(seed: seed), Case(seed: seed, cursors: 8), Case(seed: seed, bytes: 500_000)]
    }

    @Test(arguments: cases)
    func aCursorGivesEveryRowOnceOrEndsWhenItMay(_ bounds: Case) async throws {
        var run = ChurnRun(bounds)
        for _ in 0..<250 {
            switch Int.random(in: 0..<12, using: &run.random) {
            case 0..<2: run.publish()
            case 2: run.wait()
            case 3..<7: try await run.start()
            default: try await run.goOn()
            }
        }
        #expect(run.completed > 10, "\(bounds.testDescription) reads nothing to its end")
        #expect(run.ended > 0, "\(bounds.testDescription) reaches no bound")
    }
}

private struct ChurnRun {
    private struct Reader {
        let oracle: [String]
        let snapshot: String
        var seen: [String] = []
        var token: String
    }

    /// The model of a cursor, which several readers may share.
    private struct Known {
        var firstPageAt: Duration
        var lastUse: Duration
        /// A count that no two uses share, if they are in order.
        var use: Int
        var isInUse = false
        /// True if there were too many others.
        var isEvicted = false
        /// True if its rows have been the published ones since its last use.
        var isPublished = true
    }

    private let bounds: CursorChurnTests.Case
    var random: SeededGenerator
    private let live: Latest<Published>
    private let uptime = Latest(Duration.zero)
    private var front: FrontHarness
    private var readers: [Reader] = []
    private var known: [CursorID: Known] = [:]
    private var publications = 0
    private var uses = 0
    private(set) var completed = 0
    private(set) var ended = 0

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
        let query =
            [
                "", "sort=name", "sort=-status,uid", "all_versions=true", "status=READY,FAILED", "q=a",
                "source=ali", "name.like=b&sort=-updated_at", "created_at.gte=-500s",
                "filter=%7B%22created_at%22:%7B%22$lt%22:%22%5Cu002d500s%22%7D%7D",
            ].randomElement(using: &random) ?? ""
        let complete = try await front.get("/v1/deployments?\(query)&page_size=1000")
        let size = Int.random(in: 1...30, using: &random)
        let first = try await front.get("/v1/deployments?\(query)&page_size=\(size)")
        #expect(first.status == complete.status)
        guard first.status == 200 else {
            #expect(first.status == 503)
            return
        }
        let oracle = rows(complete)
        #expect(rows(first) == Array(oracle.prefix(size)))
        #expect((first.nextPageToken == nil) == (oracle.count <= size))
        guard let token = first.nextPageToken, let id = PageToken(token)?.cursor else { return }
        readers.append(
            Reader(oracle: oracle, snapshot: live.value.snapshot.id, seen: rows(first), token: token))
        uses += 1
        let before = known[id].flatMap { isOver($0) || $0.isEvicted ? nil : $0 }
        known[id] = Known(
            firstPageAt: uptime.value, lastUse: uptime.value, use: uses, isInUse: before?.isInUse ?? false)
        evictBeyondLimit(but: id)
    }

    /// Cursors whose second page nobody requested go first, then the others, each in LRU order.
    private mutating func evictBeyondLimit(but newest: CursorID) {
        let stored = known.filter { !isOver($0.value) && !$0.value.isEvicted }
        let order = stored.filter { $0.key != newest }.sorted {
            ($0.value.isInUse ? 1 : 0, $0.value.use) < ($1.value.isInUse ? 1 : 0, $1.value.use)
        }
        for (id, _) in order.prefix(max(0, stored.count - bounds.cursors)) { known[id]?.isEvicted = true }
    }

    /// Some readers request their next pages, at the same time if the order of uses does not matter.
    mutating func goOn() async throws {
        readers.shuffle(using: &random)
        let front = front
        let chosen = readers.suffix(bounds.isInOrder ? 1 : 3)
        let targets = chosen.map { reader in
            let size = Int.random(in: 1...30, using: &random)
            let isSized = Bool.random(using: &random)
            return "/v1/deployments?page_token=\(reader.token)" + (isSized ? "&page_size=\(size)" : "")
        }
        readers.removeLast(chosen.count)
        let replies = try await withThrowingTaskGroup { group in
            for (index, target) in targets.enumerated() {
                group.addTask { (index, try await front.get(target)) }
            }
            return try await group.reduce(into: [Int: FrontHarness.Reply]()) { $0[$1.0] = $1.1 }
        }
        let before = known
        for (index, reader) in chosen.enumerated() {
            try note(try #require(replies[index]), reader, before)
        }
    }

    private mutating func note(
        _ reply: FrontHarness.Reply, _ reader: Reader, _ before: [CursorID: Known]
    ) throws {
        let step: Comment = "\(bounds.testDescription), publication \(publications)"
        let id = try #require(PageToken(reader.token)?.cursor)
        let cursor = try #require(before[id])
        let isOver = isOver(cursor)
        guard reply.status == 200 else {
            ended += 1
            #expect(reply.status == 410, step)
            // Only rows that are published no more take room.
            let isFreed = bounds.bytes < 1_000_000 && !cursor.isPublished
            #expect(isOver || cursor.isEvicted || isFreed, step)
            return
        }
        #expect(!isOver && !cursor.isEvicted, step)
        #expect(reply.json?["snapshot"]?["id"]?.string == reader.snapshot, step)
        #expect(reply.json?["pagination"]?["total_results"]?.int == Int64(reader.oracle.count), step)
        uses += 1
        known[id] = Known(
            firstPageAt: cursor.firstPageAt, lastUse: uptime.value, use: uses, isInUse: true,
            isPublished: live.value.snapshot.id == reader.snapshot)
        var reader = reader
        reader.seen += rows(reply)
        if let next = reply.nextPageToken {
            reader.token = next
            readers.append(reader)
        } else {
            #expect(reader.seen == reader.oracle, step)
            completed += 1
        }
    }

    /// True if a cursor's time is over.
    private func isOver(_ cursor: Known) -> Bool {
        uptime.value - cursor.lastUse > .seconds(300) || uptime.value - cursor.firstPageAt > .seconds(3600)
    }
}

/// One string per row, which no two rows share, nor the same row before and after a refresh.
private func rows(_ reply: FrontHarness.Reply) -> [String] {
    (reply.json?["data"]?.elements ?? []).map { row in
        "\(row["uid"]?.string ?? "") \(row["version"]?.int ?? -1) \(row["name"]?.string ?? "")"
    }
}

/// Random rows of two sources, whose names state the generation; either source may fail, or have no list.
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
