import Deployments
import Refresh
import TestSupport
import Testing
import Wire

/// Every rule of absence, for each kind of record.
@Suite struct AbsenceTests {
    private func merged(_ fetches: AnyFetch...) -> AnyState? {
        fetches.reduce(nil) { AnyState.merging($1, into: $0) }
    }

    private func names(_ partition: AnyState?) -> [String] { (partition?.names ?? []).sorted() }

    @Test(arguments: EngineKind.allCases) func aCompletePageWithoutARowDropsItAtOnce(_ kind: EngineKind) {
        let partition = merged(kind.listing(["a", "b"]), kind.listing(["a"], at: 5))
        #expect(names(partition) == ["a"])
        #expect(partition?.missed.isEmpty == true)
        #expect(partition?.observedAt == .at(5))
    }

    @Test(arguments: EngineKind.allCases) func aListOfMorePagesDropsARowOnlyWhenTwoWalksInARowMissIt(
        _ kind: EngineKind
    ) {
        let once = merged(kind.listing(["a", "b"], pages: 2), kind.listing(["a"], pages: 2))
        #expect(names(once) == ["a", "b"])
        #expect(once?.proven == true)
        #expect(names(AnyState.merging(kind.listing(["a"], pages: 2), into: once)) == ["a"])
        let back = AnyState.merging(kind.listing(["a", "b"], pages: 2), into: once)
        #expect(back?.missed.isEmpty == true)
        #expect(names(AnyState.merging(kind.listing(["a"], pages: 2), into: back)) == ["a", "b"])
    }

    @Test(arguments: EngineKind.allCases, [(1, 2), (2, 1)])
    func aListCountsAsManyPagesIfItOrTheOneBeforeHadMore(_ kind: EngineKind, _ pages: (Int, Int)) {
        let (before, now) = pages
        #expect(
            names(merged(kind.listing(["a", "b"], pages: before), kind.listing(["a"], pages: now))) == [
                "a", "b",
            ])
    }

    @Test(arguments: EngineKind.allCases) func aFailureChangesNothing(_ kind: EngineKind) {
        let before = merged(kind.listing(["a"], pages: 2, at: 1), kind.listing(["b"], pages: 2, at: 2))
        #expect(before != nil)
        #expect(AnyState.merging(kind.failure(at: 3), into: before) == before)
        #expect(AnyState.merging(kind.failure(), into: nil) == nil)
    }

    @Test(arguments: EngineKind.allCases) func aFailureBetweenTwoWalksDoesNotCountAsOne(_ kind: EngineKind) {
        let partition = merged(
            kind.listing(["a", "b"], pages: 2), kind.listing(["a"], pages: 2), kind.failure(), kind.failure())
        #expect(names(partition) == ["a", "b"])
        #expect(names(AnyState.merging(kind.listing(["a"], pages: 2), into: partition)) == ["a"])
    }

    @Test(arguments: EngineKind.allCases) func aListWithARecordWithoutIdentityAddsAndUpdatesButDropsNone(
        _ kind: EngineKind
    ) {
        let partition = merged(
            kind.listing(["a", "b"], at: 1), kind.listing(["b", "c"], unidentified: 1, at: 2),
            kind.listing(["b", "c"], unidentified: 1, at: 3))
        #expect(names(partition) == ["a", "b", "c"])
        #expect(partition?.proven == false)
        #expect(partition?.observedAt == .at(3))
    }

    @Test(arguments: EngineKind.allCases) func anEmptyListAfterRowsNeedsASecondOneToCount(_ kind: EngineKind)
    {
        let once = merged(kind.listing(["a", "b"]), kind.listing([]))
        #expect(names(once) == ["a", "b"])
        #expect(names(AnyState.merging(kind.listing([]), into: once)) == [])
        #expect(names(AnyState.merging(kind.listing(["b"]), into: once)) == ["b"])
        #expect(merged(kind.listing([]))?.names.isEmpty == true)
    }

    @Test(
        arguments: EngineKind.allCases,
        [
            // An older copy, the same copy once more, one that may be the same: `Age` has whole seconds.
            (3600, 10, false), (5, 10, false), (4, 10, false), (3, 10, true), (1, 10, true), (0, 10, true),
            // The clock was set back.
            (1, 3, true),
        ])
    func aCopyThatIsNotNewerThanTheListChangesNothing(_ kind: EngineKind, _ copy: (Int, Int, Bool)) {
        let (age, sentAt, counts) = copy
        let before = merged(kind.listing(["a", "b"], at: 5))
        let copy = kind.listing(["a", "c"], at: sentAt).sent(age: age)
        let after = AnyState.merging(copy, into: before)
        #expect(names(after) == (counts ? ["a", "c"] : ["a", "b"]))
        #expect((after == before) == !counts)
    }

    @Test(arguments: EngineKind.allCases) func theSameCopyTwiceIsNoSecondLook(_ kind: EngineKind) {
        let copy = kind.listing(["a"], pages: 2, at: 10)
        let once = merged(kind.listing(["a", "b"], pages: 2), copy)
        #expect(names(AnyState.merging(copy.sent(at: 15, age: 5), into: once)) == ["a", "b"])
        #expect(names(AnyState.merging(copy.sent(at: 15, age: 1), into: once)) == ["a"])
    }

    @Test(
        arguments: EngineKind.allCases,
        [
            // Made at 11.6, before the list had arrived: it may be the same answer. Ages have whole seconds.
            (14, 2, false), (15, 2, false), (16, 2, true), (16, 3, false),
        ])
    func aCopyMadeWhileTheListWasOnItsWayIsNotNewer(_ kind: EngineKind, _ copy: (Int, Int, Bool)) {
        let (sentAt, age, counts) = copy
        let slow = kind.listing(["a"], pages: 2, at: 10).sent(answeredAt: 12)
        let once = merged(kind.listing(["a", "b"], pages: 2), slow)
        let copy = kind.listing(["a"], pages: 2, at: sentAt).sent(age: age)
        #expect(names(AnyState.merging(copy, into: once)) == (counts ? ["a"] : ["a", "b"]))
    }

    @Test(arguments: EngineKind.allCases) func aCopyIsComparedWithARestoredListAsIfThatHadArrivedLate(
        _ kind: EngineKind
    ) {
        let restored = merged(kind.listing(["a", "b"], at: 0))?.restored
        let copy = kind.listing(["a"], at: 122).sent(age: 1)
        #expect(names(AnyState.merging(copy, into: restored)) == ["a", "b"])
        #expect(names(AnyState.merging(copy.sent(at: 123, age: 1), into: restored)) == ["a"])
    }

    @Test func versionsOfOneDeploymentComeAndGoEachForItself() {
        func fetch(_ versions: [Int?]) -> PartitionFetch<ModelDeployment> {
            PartitionFetch(
                partition: "p", sentAt: .at(0),
                result: .success(
                    PartitionListing(rows: versions.map { .example("a", version: $0) })))
        }
        let partition = [fetch([1, 2, nil]), fetch([2, 3])]
            .reduce(nil) { PartitionState.merging($1, into: $0) }
        #expect(partition?.rows.map(\.version) == [2, 3])
    }

    @Test(arguments: EngineKind.allCases) func aRowThatStandsTwiceIsTakenOnce(_ kind: EngineKind) {
        #expect(names(merged(kind.listing(["a", "a"]))) == ["a"])
    }

    @Test func aRowIsUpdatedByTheNewestListing() {
        func fetch<Row>(_ row: Row, at seconds: Int) -> PartitionFetch<Row> {
            PartitionFetch(
                partition: "p", sentAt: .at(seconds), result: .success(PartitionListing(rows: [row])))
        }
        let deployments = PartitionState.merging(
            fetch(ModelDeployment.example("a", status: .failed), at: 9),
            into: PartitionState.merging(fetch(ModelDeployment.example("a"), at: 0), into: nil))
        #expect(deployments?.rows.map(\.status) == [.failed])
        let providers = PartitionState.merging(
            fetch(ModelProvider.example("a", status: .failed), at: 9),
            into: PartitionState.merging(fetch(ModelProvider.example("a"), at: 0), into: nil))
        #expect(providers?.rows.map(\.status) == [.failed])
    }

    @Test(arguments: EngineKind.allCases, 0..<40 as Range<UInt64>)
    func whatIsServedFollowsFromTheWholeHistory(_ kind: EngineKind, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var history: [Past] = []
        var partition: AnyState?
        for step in 0..<60 {
            let event = Past.random(using: &random)
            history.append(event)
            partition = AnyState.merging(event.fetch(of: kind), into: partition)
            let expected = Past.names.filter { Past.isServed($0, after: history) }
            try #require(names(partition) == expected, "seed \(seed), step \(step), \(history)")
            let proven = history.last { $0.listed != nil }?.isComplete ?? false
            try #require(partition?.proven ?? false == proven, "seed \(seed), step \(step)")
        }
    }

    /// The platform of this test hides at most what offset paging can: one row of a walk of many pages, not
    /// the same one in two walks in a row; it fails, and once in a while it answers an empty list.
    @Test(arguments: EngineKind.allCases, 0..<40 as Range<UInt64>)
    func noRowThatExistsIsLostAndOneThatIsGoneGoesWithinTwoLists(_ kind: EngineKind, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var existing: Set<String> = []
        var listsSinceGone: [String: Int] = [:]
        var listed: Set<String> = []
        var hidden: Set<String> = []
        var partition: AnyState?
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
                partition = AnyState.merging(kind.failure(), into: partition)
                continue
            case 1 where hidden.isEmpty: answer = []
            case 2, 3:
                let shown = existing.subtracting(hidden).sorted()
                guard pages > 1, let one = shown.randomElement(using: &random) else { break }
                answer.remove(one)
            default: break
            }
            let fetch = kind.listing(
                Array(answer), pages: pages, unidentified: unidentified, at: step)
            partition = AnyState.merging(fetch, into: partition)
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

    func fetch(of kind: EngineKind) -> AnyFetch {
        listed.map { kind.listing($0.sorted(), pages: pages, unidentified: isComplete ? 0 : 1) }
            ?? kind.failure()
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
