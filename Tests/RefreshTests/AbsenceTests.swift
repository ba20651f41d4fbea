import Deployments
import Refresh
import TestSupport
import Testing
import Wire

@Suite struct AbsenceTests {
    private func listing(
        _ names: String..., pages: Int = 1, unidentified: Int = 0, at seconds: Int = 0
    ) -> PartitionFetch<ModelDeployment> {
        PartitionFetch(
            partition: "p", sentAt: .at(seconds),
            result: .success(
                PartitionListing(
                    rows: names.map { .example($0) }, pages: pages, unidentified: unidentified)))
    }

    private func failure(at seconds: Int = 0) -> PartitionFetch<ModelDeployment> {
        PartitionFetch(partition: "p", sentAt: .at(seconds), result: .failure(SourceError(.timeout, "late")))
    }

    private func merged(_ fetches: PartitionFetch<ModelDeployment>...) -> PartitionState<ModelDeployment>? {
        fetches.reduce(nil) { PartitionState.merging($1, into: $0) }
    }

    private func names(_ partition: PartitionState<ModelDeployment>?) -> [String] {
        (partition?.rows ?? []).compactMap(\.name).sorted()
    }

    @Test func aCompletePageWithoutARowDropsItAtOnce() {
        let partition = merged(listing("a", "b"), listing("a", at: 5))
        #expect(names(partition) == ["a"])
        #expect(partition?.missed.isEmpty == true)
        #expect(partition?.observedAt == .at(5))
    }

    @Test func aListOfMorePagesDropsARowOnlyWhenTwoWalksInARowMissIt() {
        let once = merged(listing("a", "b", pages: 2), listing("a", pages: 2))
        #expect(names(once) == ["a", "b"])
        #expect(once?.proven == true)
        #expect(names(PartitionState.merging(listing("a", pages: 2), into: once)) == ["a"])
        let back = PartitionState.merging(listing("a", "b", pages: 2), into: once)
        #expect(back?.missed.isEmpty == true)
        #expect(names(PartitionState.merging(listing("a", pages: 2), into: back)) == ["a", "b"])
    }

    @Test(arguments: [(1, 2), (2, 1)])
    func aListCountsAsManyPagesIfItOrTheOneBeforeHadMore(_ before: Int, _ now: Int) {
        #expect(names(merged(listing("a", "b", pages: before), listing("a", pages: now))) == ["a", "b"])
    }

    @Test func aFailureChangesNothing() {
        let before = merged(listing("a", pages: 2, at: 1), listing("b", pages: 2, at: 2))
        #expect(before != nil)
        #expect(PartitionState.merging(failure(at: 3), into: before) == before)
        #expect(PartitionState.merging(failure(), into: nil) == nil)
    }

    @Test func aFailureBetweenTwoWalksDoesNotCountAsOne() {
        let partition = merged(listing("a", "b", pages: 2), listing("a", pages: 2), failure(), failure())
        #expect(names(partition) == ["a", "b"])
        #expect(names(PartitionState.merging(listing("a", pages: 2), into: partition)) == ["a"])
    }

    @Test func aListWithARecordWithoutIdentityAddsAndUpdatesButDropsNone() {
        let partition = merged(
            listing("a", "b", at: 1), listing("b", "c", unidentified: 1, at: 2),
            listing("b", "c", unidentified: 1, at: 3))
        #expect(names(partition) == ["a", "b", "c"])
        #expect(partition?.proven == false)
        #expect(partition?.observedAt == .at(3))
    }

    @Test func anEmptyListAfterRowsNeedsASecondOneToCount() {
        let once = merged(listing("a", "b"), listing())
        #expect(names(once) == ["a", "b"])
        #expect(names(PartitionState.merging(listing(), into: once)) == [])
        #expect(names(PartitionState.merging(listing("b"), into: once)) == ["b"])
        #expect(merged(listing())?.rows.isEmpty == true)
    }

    @Test(arguments: [
        // An older copy, the same copy once more, one that may be the same: `Age` has whole seconds.
        (3600, 10, false), (5, 10, false), (4, 10, false), (3, 10, true), (1, 10, true), (0, 10, true),
        // The clock was set back.
        (1, 3, true),
    ])
    func aCopyThatIsNotNewerThanTheListChangesNothing(_ age: Int, _ sentAt: Int, _ counts: Bool) {
        let before = merged(listing("a", "b", at: 5))
        var copy = listing("a", "c", at: sentAt)
        copy.upstreamAge = .seconds(age)
        let after = PartitionState.merging(copy, into: before)
        #expect(names(after) == (counts ? ["a", "c"] : ["a", "b"]))
        #expect((after == before) == !counts)
    }

    @Test func theSameCopyTwiceIsNoSecondLook() {
        var copy = listing("a", pages: 2, at: 10)
        let once = merged(listing("a", "b", pages: 2), copy)
        copy.sentAt = .at(15)
        copy.upstreamAge = .seconds(5)
        #expect(names(PartitionState.merging(copy, into: once)) == ["a", "b"])
        copy.upstreamAge = .seconds(1)
        #expect(names(PartitionState.merging(copy, into: once)) == ["a"])
    }

    @Test(arguments: [
        // Made at 11.6, before the list had arrived: it may be the same answer. Ages have whole seconds.
        (14, 2, false), (15, 2, false), (16, 2, true), (16, 3, false),
    ])
    func aCopyMadeWhileTheListWasOnItsWayIsNotNewer(_ sentAt: Int, _ age: Int, _ counts: Bool) {
        var slow = listing("a", pages: 2, at: 10)
        slow.answeredAt = .at(12)
        let once = merged(listing("a", "b", pages: 2), slow)
        var copy = listing("a", pages: 2, at: sentAt)
        copy.upstreamAge = .seconds(age)
        #expect(names(PartitionState.merging(copy, into: once)) == (counts ? ["a"] : ["a", "b"]))
    }

    @Test func aCopyIsComparedWithARestoredListAsIfThatHadArrivedLate() {
        var restored = merged(listing("a", "b", at: 0))
        restored?.answeredAt = nil
        var copy = listing("a", at: 122)
        copy.upstreamAge = .seconds(1)
        #expect(names(PartitionState.merging(copy, into: restored)) == ["a", "b"])
        copy.sentAt = .at(123)
        #expect(names(PartitionState.merging(copy, into: restored)) == ["a"])
    }

    @Test func versionsOfOneDeploymentComeAndGoEachForItself() {
        func fetch(_ versions: [Int?]) -> PartitionFetch<ModelDeployment> {
            PartitionFetch(
                partition: "p", sentAt: .at(0),
                result: .success(
                    PartitionListing(rows: versions.map { .example("a", version: $0) })))
        }
        let partition = merged(fetch([1, 2, nil]), fetch([2, 3]))
        #expect(partition?.rows.map(\.version) == [2, 3])
    }

    @Test func aRowThatStandsTwiceIsTakenOnce() {
        #expect(names(merged(listing("a", "a"))) == ["a"])
    }

    @Test func aRowIsUpdatedByTheNewestListing() {
        let fetch = PartitionFetch<ModelDeployment>(
            partition: "p", sentAt: .at(9),
            result: .success(PartitionListing(rows: [.example("a", status: .failed)])))
        let partition = merged(listing("a"), fetch)
        #expect(partition?.rows.map(\.status) == [.failed])
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func whatIsServedFollowsFromTheWholeHistory(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var history: [Past] = []
        var partition: PartitionState<ModelDeployment>?
        for step in 0..<60 {
            let event = Past.random(using: &random)
            history.append(event)
            partition = PartitionState.merging(event.fetch, into: partition)
            let expected = Past.names.filter { Past.isServed($0, after: history) }
            try #require(names(partition) == expected, "seed \(seed), step \(step), \(history)")
            let proven = history.last { $0.listed != nil }?.isComplete ?? false
            try #require(partition?.proven ?? false == proven, "seed \(seed), step \(step)")
        }
    }

    /// The platform of this test hides at most what offset paging can: one row of a walk of many pages, not
    /// the same one in two walks in a row; it fails, and once in a while it answers an empty list.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func noRowThatExistsIsLostAndOneThatIsGoneGoesWithinTwoLists(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var existing: Set<String> = []
        var listsSinceGone: [String: Int] = [:]
        var listed: Set<String> = []
        var hidden: Set<String> = []
        var partition: PartitionState<ModelDeployment>?
        for step in 0..<100 {
            for name in Past.names where Int.random(in: 0..<8, using: &random) == 0 {
                if existing.remove(name) == nil { existing.insert(name) } else { listed.remove(name) }
                listsSinceGone[name] = existing.contains(name) ? nil : 0
            }
            let pages = Int.random(in: 1...3, using: &random)
            let unidentified = Int.random(in: 0..<6, using: &random) == 0 ? 1 : 0
            var answer = existing
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                partition = PartitionState.merging(failure(), into: partition)
                continue
            case 1 where hidden.isEmpty: answer = []
            case 2, 3:
                let shown = existing.subtracting(hidden).sorted()
                guard pages > 1, let one = shown.randomElement(using: &random) else { break }
                answer.remove(one)
            default: break
            }
            let fetch = PartitionFetch<ModelDeployment>(
                partition: "p", sentAt: .at(step),
                result: .success(
                    PartitionListing(
                        rows: answer.map { .example($0) }, pages: pages, unidentified: unidentified)))
            partition = PartitionState.merging(fetch, into: partition)
            if unidentified == 0 {
                hidden = existing.subtracting(answer)
                for name in listsSinceGone.keys { listsSinceGone[name, default: 0] += 1 }
            } else {
                hidden.subtract(answer)
            }
            listed.formUnion(answer)
            let served = Set(names(partition))
            try #require(listed.isSubset(of: served), "lost a row; seed \(seed), step \(step)")
            let overdue = listsSinceGone.filter { $0.value >= 2 }.keys
            try #require(served.isDisjoint(with: overdue), "kept a row; seed \(seed), step \(step)")
        }
    }
}

/// One past fetch, and the plain definition of the rows served after a series of fetches.
private struct Past {
    /// The rows of the list; nil if the fetch failed.
    var listed: Set<String>?
    var pages = 1
    var isComplete = true

    static let names = ["a", "b", "c", "d"]

    static func random(using random: inout SeededGenerator) -> Past {
        if Int.random(in: 0..<5, using: &random) == 0 { return Past(listed: nil) }
        let listed = names.filter { _ in Int.random(in: 0..<3, using: &random) > 0 }
        return Past(
            listed: Int.random(in: 0..<6, using: &random) == 0 ? [] : Set(listed),
            pages: Int.random(in: 1...2, using: &random),
            isComplete: Int.random(in: 0..<5, using: &random) > 0)
    }

    var fetch: PartitionFetch<ModelDeployment> {
        PartitionFetch(
            partition: "p", sentAt: .epoch,
            result: listed.map { listed in
                .success(
                    PartitionListing(
                        rows: listed.sorted().map { .example($0) }, pages: pages,
                        unidentified: isComplete ? 0 : 1))
            } ?? .failure(SourceError(.unreachable, "down")))
    }

    /// A row is served from the fetch that listed it until the first complete list of one page without it (an
    /// empty list, or one that follows a list of many pages, is none), or the second complete list of any
    /// kind.
    static func isServed(_ name: String, after history: [Past]) -> Bool {
        let lists = history.filter { $0.listed != nil }
        guard let last = lists.lastIndex(where: { $0.listed?.contains(name) ?? false }) else { return false }
        let misses = lists.indices.filter { $0 > last && lists[$0].isComplete }
        let isProof = misses.contains { index in
            lists[index].pages == 1 && lists[index - 1].pages == 1 && lists[index].listed?.isEmpty == false
        }
        return misses.count < 2 && !isProof
    }
}
