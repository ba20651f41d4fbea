import Deployments
import Refresh
import TestSupport
import Testing

/// The limit on rows that disappear at once (`cache.max_drop`).
@Suite struct MaxDropTests {
    /// The number of rows that each of these fetches leaves, one after another.
    private func counts(_ fetches: AnyFetch..., maxDrop: MaxDrop?) -> [Int] {
        var partition: AnyState?
        return fetches.map { fetch in
            partition = AnyState.merging(fetch, into: partition, maxDrop: maxDrop)
            return partition?.names.count ?? -1
        }
    }

    private func names(_ range: Range<Int>) -> [String] { range.map { "row-\($0)" } }

    @Test(
        arguments: EngineKind.allCases,
        [
            // Of 20 rows this many are left: does a single listing suffice to drop the others?
            (MaxDrop(share: 0.5, count: 5), 10, true), (MaxDrop(share: 0.5, count: 5), 9, false),
            (MaxDrop(share: 0.5, count: 15), 9, true), (MaxDrop(share: 0.5, count: 15), 4, false),
            (MaxDrop(share: 0.5), 9, false), (MaxDrop(share: 0.5), 10, true),
            (MaxDrop(count: 3), 17, true), (MaxDrop(count: 3), 16, false),
            (MaxDrop(share: 1), 1, true), (MaxDrop(), 19, false),
            // 0.15 times 20 is a little more than 3 in binary.
            (MaxDrop(share: 0.15), 17, true), (MaxDrop(share: 0.15), 16, false),
            (MaxDrop(count: .max), 1, true), (nil, 1, true),
        ] as [(MaxDrop?, Int, Bool)])
    func moreRowsThanBothBoundsGoOnlyAtTheSecondListing(
        _ kind: EngineKind, _ rule: (MaxDrop?, Int, Bool)
    ) {
        let (maxDrop, left, goes) = rule
        let short = kind.listing(names(0..<left))
        #expect(
            counts(kind.listing(names(0..<20)), short, short, maxDrop: maxDrop) == [
                20, goes ? left : 20, left,
            ])
    }

    @Test(arguments: EngineKind.allCases) func rowsThatComeBackAreNotHeldAgainstThem(_ kind: EngineKind) {
        let (all, few) = (kind.listing(names(0..<20)), kind.listing(names(0..<2)))
        #expect(counts(all, few, all, few, few, maxDrop: MaxDrop(share: 0.5)) == [20, 20, 20, 20, 2])
    }

    @Test(arguments: EngineKind.allCases) func onlyACompleteListingConfirms(_ kind: EngineKind) {
        let (all, few) = (kind.listing(names(0..<20)), kind.listing(names(0..<2)))
        let vague = kind.listing(names(0..<2), unidentified: 1)
        #expect(
            counts(all, few, kind.failure(), vague, kind.failure(), few, maxDrop: MaxDrop(share: 0.5))
                == [20, 20, 20, 20, 20, 2])
    }

    @Test(arguments: EngineKind.allCases) func aDropThatTwoListingsConfirmAnywayIsNotHeldLonger(
        _ kind: EngineKind
    ) {
        let (all, few) = (kind.listing(names(0..<20), pages: 2), kind.listing(names(0..<2), pages: 2))
        #expect(counts(all, few, few, maxDrop: MaxDrop(share: 0.5)) == [20, 20, 2])
        #expect(counts(all, kind.listing([]), kind.listing([]), maxDrop: MaxDrop(share: 0.5)) == [20, 20, 0])
    }

    @Test(arguments: EngineKind.allCases) func rowsThatGoMissingBesideAConfirmedDropWaitForTheirOwn(
        _ kind: EngineKind
    ) {
        let (all, half, few) = (
            kind.listing(names(0..<20)), kind.listing(names(0..<8)), kind.listing(names(0..<7))
        )
        #expect(counts(all, half, few, few, maxDrop: MaxDrop(share: 0.5)) == [20, 20, 8, 7])
    }

    @Test func whatIsHeldBackIsLoggedOnce() async {
        let (all, few) = (names(0..<20), names(0..<2))
        let alpha = ScriptedSource(
            .example("alpha"),
            fetches: [all, few, few].map { .listing($0.map { .example($0) }) })
        let harness = RefresherHarness([alpha], config: CacheWindows.steady(maxDrop: MaxDrop(share: 0.5)))
        for _ in 0..<3 { await harness.refresher.refreshAllOnce() }
        #expect(
            harness.log.lines == [
                "warning max_drop exceeded; missing deployments stay until another complete list confirms it "
                    + "rows=18 source=alpha",
                "info deployments removed rows=18 source=alpha",
            ])
    }

    /// Random fetches of one partition, compared with the rule for each row that leaves or stays.
    @Test(arguments: EngineKind.allCases, 0..<60 as Range<UInt64>)
    func aRowGoesWhenTheRuleAllowsItAndNeverBefore(_ kind: EngineKind, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let all = names(0..<12)
        let maxDrop = MaxDrop(
            share: [0, 0.25, 0.5, 1].randomElement(using: &random) ?? 0,
            count: .random(in: 0...6, using: &random))
        var served: Set<String> = []
        var misses: [String: Int] = [:]
        var lastPages = 1
        var partition: AnyState?
        for step in 0..<80 {
            let context = "seed \(seed), step \(step), \(maxDrop)"
            if Int.random(in: 0..<6, using: &random) == 0 {
                let same = AnyState.merging(kind.failure(), into: partition, maxDrop: maxDrop)
                try #require(same == partition, "\(context)")
                continue
            }
            let share = Int.random(in: 0...4, using: &random)
            let listed = Set(all.filter { _ in Int.random(in: 0..<4, using: &random) < share })
            let (pages, isComplete) = (
                Int.random(in: 0..<4, using: &random) == 0 ? 2 : 1, Int.random(in: 0..<5, using: &random) > 0
            )
            partition = AnyState.merging(
                kind.listing(listed.sorted(), pages: pages, unidentified: isComplete ? 0 : 1),
                into: partition,
                maxDrop: maxDrop)
            let now = Set(partition?.names ?? [])
            let missing = served.subtracting(listed)
            for name in listed { misses[name] = 0 }
            if isComplete { for name in missing { misses[name, default: 0] += 1 } }

            try #require(listed.isSubset(of: now), "a listed row is not served; \(context)")
            try #require(now.isSubset(of: listed.union(served)), "a row came from nowhere; \(context)")
            let isMass =
                missing.count > maxDrop.count
                && Double(missing.count) / Double(max(1, served.count)) > maxDrop.share
            let oneIsEnough = pages == 1 && lastPages == 1 && !listed.isEmpty && !isMass
            for name in missing {
                let isProven = isComplete && (oneIsEnough || misses[name] ?? 0 >= 2)
                try #require(now.contains(name) != isProven, "\(name) \(isProven); \(context)")
            }
            if isComplete {
                let held = Set((partition?.missed ?? [:]).keys.map(\.uid))
                let lacking = now.subtracting(listed).map { "alpha/\($0)" }
                try #require(held == Set(lacking), "held back is what the list lacks; \(context)")
            }
            (served, lastPages) = (now, pages)
        }
    }
}
