import Adapters
import TestSupport
import Testing

/// Properties of walks over thousands of random lists and servers.
@Suite(.timeLimit(.minutes(10))) struct WalkPropertyTests {
    @Test(arguments: 0..<60)
    func aListThatStandsStillIsReadExactly(_ seed: Int) async throws {
        var random = SeededGenerator(seed: UInt64(truncatingIfNeeded: seed))
        for round in 0..<40 {
            let manner = PagedListManner.random(&random)
            var list = Array(0..<randomCount(&random)).shuffled(using: &random)
            let size = min(manner.plan.requestedSize ?? manner.standardSize, manner.cut)
            for index in list.indices where random.once(in: 20) {
                // On the same page, so that it is a repetition within one page.
                if index % size > 0 { list[index] = list[index - 1] }
            }
            for index in list.indices where random.once(in: 20) { list[index] = -1 - index }
            let server = PagedServer(manner, list: list)
            let comment: Comment = "seed \(seed), round \(round): \(manner), \(list.count) records"

            let result = try await server.walk()

            var known: Set<Int> = []
            let expected = list.filter { $0 >= 0 && known.insert($0).inserted }
            let unidentified = list.count { $0 < 0 }
            #expect(result.rows == expected, comment)
            #expect(result.unidentified == unidentified, comment)
            #expect(result.repeated == list.count - unidentified - expected.count, comment)
            #expect(result.restarts == 0, comment)
            #expect(result.pages == server.seen.calls, comment)
            #expect(server.seen.mostInFlight <= manner.plan.concurrency, comment)
        }
    }

    @Test(arguments: 0..<60)
    func aListThatChangesIsReadAsItIsOrRefused(_ seed: Int) async throws {
        var random = SeededGenerator(seed: UInt64(truncatingIfNeeded: seed))
        for round in 0..<40 {
            let manner = PagedListManner.random(&random)
            let changes = RandomChanges(seed: random.whole(0...Int.max), oneIn: random.whole(1...12))
            let server = PagedServer(
                manner, list: Array(0..<randomCount(&random)),
                before: { state, _ in changes.change(&state.list) })
            let comment: Comment = "seed \(seed), round \(round): \(manner)"

            let result: WalkResult<Int>
            do {
                result = try await server.walk()
            } catch let error as WalkError {
                #expect(!server.seen.isUnchanged, "\(comment): \(error)")
                continue
            }

            let seen = server.seen
            let rows = Set(result.rows)
            #expect(rows.count == result.rows.count, comment)
            #expect(rows.isSubset(of: seen.added.union(seen.listAtStart)), comment)
            #expect(result.restarts <= 1, comment)
            if seen.isUnchanged { #expect(result.rows == seen.listAtStart, comment) }
            if manner.statesTotal {
                // As many rows as there are, none twice: so a row that was there all the time can be missing
                // only where a new one took its place.
                #expect(rows.count == seen.listAtStart.count, comment)
                #expect(seen.wasAlwaysThere.subtracting(rows).count <= seen.added.count, comment)
            }
        }
    }

    @Test(arguments: 0..<30)
    func theFirstFailureInPageOrderPassesUnchanged(_ seed: Int) async throws {
        struct PageFailure: Error, Equatable { var position: PagePosition }
        var random = SeededGenerator(seed: UInt64(truncatingIfNeeded: seed))
        for round in 0..<40 {
            let manner = PagedListManner.random(&random)
            let list = Array(0..<random.whole(1...150))
            let complete = PagedServer(manner, list: list)
            _ = try await complete.walk()
            let failing = Set(complete.seen.positions.filter { _ in random.once(in: 4) })
            let server = PagedServer(
                manner, list: list,
                before: { _, position in
                    if failing.contains(position) { throw PageFailure(position: position) }
                })

            var failure: PageFailure?
            do { _ = try await server.walk() } catch { failure = try #require(error as? PageFailure) }

            let first = complete.seen.positions.filter(failing.contains).min { $0.order < $1.order }
            #expect(failure?.position == first, "seed \(seed), round \(round): \(manner)")
        }
    }

    @Test(arguments: 0..<30)
    func aServerThatAnswersAnythingNeitherTrapsNorHoldsTheWalk(_ seed: Int) async throws {
        var random = SeededGenerator(seed: UInt64(truncatingIfNeeded: seed))
        for round in 0..<40 {
            var manner = PagedListManner.random(&random)
            manner.plan.maximumPages = random.whole(0...12)
            manner.plan.maximumRows = [0, 50, 1_000_000, .max].randomElement(using: &random) ?? 0
            manner.plan.concurrency = [-1, 0, 1, 3, .max].randomElement(using: &random) ?? 1
            let noise = random.whole(0...Int.max)
            let server = PagedServer(
                manner, list: Array(0..<random.whole(0...80)),
                alter: { page, _, state in
                    var random = SeededGenerator(seed: UInt64(truncatingIfNeeded: noise &+ state.calls))
                    page.spoil(&random)
                })
            let comment: Comment = "seed \(seed), round \(round): \(manner)"
            do {
                let result = try await server.walk()
                #expect(Set(result.rows).count == result.rows.count, comment)
            } catch {
                #expect(error is WalkError, comment)
            }
            #expect(server.seen.calls <= 2 * manner.plan.maximumPages, comment)
        }
    }

    @Test(arguments: 0..<30)
    func aPageThatLostARecordNeverMakesAListThatLacksIt(_ seed: Int) async throws {
        var random = SeededGenerator(seed: UInt64(truncatingIfNeeded: seed))
        for round in 0..<20 {
            var manner = PagedListManner.random(&random)
            manner.statesTotal = true
            let count = random.whole(1...150)
            let complete = PagedServer(manner, list: Array(0..<count))
            _ = try await complete.walk()
            let pages = (count - 1) / complete.usedSize(manner.plan.requestedSize) + 1
            let full = complete.seen.positions.sorted { $0.order < $1.order }.prefix(pages)
            let unlucky = try #require(full.randomElement(using: &random))
            let server = PagedServer(
                manner, list: Array(0..<count),
                alter: { page, position, _ in
                    guard position == unlucky, !page.rows.isEmpty else { return }
                    page.rows.removeLast()
                    page.received -= 1
                })
            let comment: Comment = "seed \(seed), round \(round): \(manner)"
            do {
                let result = try await server.walk()
                // Where pages are counted by what came, the record is simply read with the next page.
                #expect(result.rows == Array(0..<count), comment)
            } catch {
                #expect(error is WalkError, comment)
            }
        }
    }

    private func randomCount(_ random: inout SeededGenerator) -> Int {
        random.once(in: 8) ? random.whole(0...2) : random.whole(0...200)
    }
}

extension PagePosition {
    /// The order of a position within its walk.
    fileprivate var order: Int {
        switch self {
        case .only: 0
        case .number(let number), .offset(let number): number
        case .token(let text): Int(text.dropFirst("after ".count)) ?? 0
        case .link(let text): Int(text.dropFirst("/list?after=".count)) ?? 0
        }
    }
}

extension Page<Int> {
    /// Replaces some of what the page says by anything at all.
    fileprivate mutating func spoil(_ random: inout SeededGenerator) {
        let numbers = [Int.min, -1, 0, 1, 2, 7, 79, 80, 1000, Int.max - 1, Int.max]
        func number(_ random: inout SeededGenerator) -> Int { numbers.randomElement(using: &random) ?? 0 }
        if random.once(in: 6) { total = number(&random) }
        if random.once(in: 6) { totalPages = number(&random) }
        if random.once(in: 6) { pageSize = number(&random) }
        if random.once(in: 9) { pageNumber = number(&random) }
        if random.once(in: 9) { received = number(&random) }
        if random.once(in: 9) { unidentified = number(&random) }
        if random.once(in: 6) { hasMore = random.once(in: 2) ? nil : random.once(in: 2) }
        if random.once(in: 6) {
            next =
                [nil, .only, .token(""), .token("after 3"), .link("x"), .number(.max), .offset(.max)]
                .randomElement(using: &random) ?? nil
        }
        if random.once(in: 9) { fingerprint = 7 }
    }
}
