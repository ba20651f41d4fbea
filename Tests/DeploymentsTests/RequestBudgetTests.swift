import Deployments
import TestSupport
import Testing
import Wire

/// A budget grants as many requests as the limits allow in every span of time, and never more.
@Suite struct RequestBudgetTests {
    private func budget(rate: Double? = nil, burst: Int? = nil, daily: Int? = nil) -> RequestBudget {
        RequestBudget(RequestBudget.Limits(rate: rate, burst: burst, daily: daily))
    }

    @Test func withoutLimitsEverythingIsGranted() {
        let budget = budget()
        for _ in 0..<1000 { #expect(budget.take(at: .at(5)) == .granted) }
        #expect(budget.left(at: .at(5)) == nil)
        #expect(budget.earliestStart(of: 1000, at: .at(5)) == .at(5))
    }

    @Test(arguments: [(2.0, 3, 3), (2.0, nil, 2), (2.9, nil, 2), (0.5, nil, 1), (0.5, 2, 2), (5, 0, 1)])
    func aBurstComesAtOnceAndThenTheRateHolds(_ rate: Double, _ burst: Int?, _ atOnce: Int) {
        let budget = budget(rate: rate, burst: burst)
        for _ in 0..<atOnce { #expect(budget.take(at: .at(100)) == .granted) }
        guard case .wait(let pause) = budget.take(at: .at(100)) else {
            Issue.record("more than \(atOnce) at once")
            return
        }
        #expect(pause >= .seconds(1 / rate) && pause <= .seconds(1 / rate) + .microseconds(1))
        let next = Timestamp.at(100).advanced(by: pause)
        #expect(budget.earliestStart(of: 9, at: .at(100)) == next)
        #expect(budget.take(at: next.advanced(by: .microseconds(-1))) == .wait(.microseconds(1)))
        #expect(budget.take(at: next) == .granted)
    }

    @Test func aBudgetGoesOnWhereAnotherLeftOffWhateverItsLimits() {
        let spent = budget(rate: 1, burst: 3, daily: 5)
        for _ in 0..<3 { _ = spent.take(at: .at(0)) }
        let (same, other) = (budget(rate: 1, burst: 3, daily: 5), budget(daily: 9))
        same.takeOver(spent)
        other.takeOver(spent)
        #expect(same.left(at: .at(0)) == 2 && other.left(at: .at(0)) == 6)
        #expect(same.take(at: .at(0)) == .wait(.seconds(1)) && other.take(at: .at(0)) == .granted)
        spent.pause(for: .seconds(60), at: .at(1))
        other.takeOver(spent)
        #expect(other.take(at: .at(2)) == .refused(until: .at(61)))
    }

    @Test(arguments: [Double.leastNonzeroMagnitude, 1e-300, 1e300, .infinity, .greatestFiniteMagnitude])
    func anOddRateIsNoTrap(_ rate: Double) {
        let budget = budget(rate: rate, burst: .max)
        for _ in 0..<3 { #expect(budget.take(at: .at(0)) == .granted) }
        #expect(budget.take(at: Timestamp(microseconds: .max)) == .granted)
    }

    @Test(arguments: [0, -1, Double.nan]) func aRateThatIsNotPositiveIsNoLimit(_ rate: Double) {
        #expect(budget(rate: rate).take(at: .at(0)) == .granted)
    }

    @Test func theDayIsUsedUpUntilTheOldestMinuteIsADayOld() {
        let budget = budget(daily: 2)
        #expect(budget.take(at: .at(90)) == .granted)
        #expect(budget.take(at: .at(200)) == .granted)
        #expect(budget.left(at: .at(200)) == 0)
        #expect(budget.take(at: .at(300)) == .refused(until: .at(86_400 + 120)))
        #expect(budget.draw(at: .at(300)) == .init(bound: .daily, until: .at(86_400 + 120)))
        #expect(budget.earliestStart(of: 1, at: .at(300)) == .at(86_400 + 120))
        #expect(budget.earliestStart(of: 2, at: .at(300)) == .at(86_400 + 240))
        #expect(budget.earliestStart(of: 50, at: .at(300)) == .at(86_400 + 240))
        #expect(budget.left(at: .at(86_400 + 120)) == 1)
        #expect(budget.take(at: .at(86_400 + 119)) == .refused(until: .at(86_400 + 120)))
        #expect(budget.take(at: .at(86_400 + 120)) == .granted)
    }

    @Test func requestsOfAnEarlierProcessCount() {
        let budget = RequestBudget(RequestBudget.Limits(rate: 10, daily: 10))
        let sent: [SentRequests] = [
            .init(minute: .at(100_000), count: 3), .init(minute: .at(90_000), count: 4),
            .init(minute: .at(5), count: 100), .init(minute: .at(90_000), count: -7),
        ]
        budget.restore(sent, at: .at(100_000))
        #expect(budget.left(at: .at(100_000)) == 3)
        #expect(budget.left(at: .at(90_000 + 86_400 + 60)) == 7)
        #expect(budget.left(at: .at(100_000 + 86_400 + 60)) == 10)
        // A minute in the future counts as sent now.
        let skewed = RequestBudget(.init(daily: 10))
        skewed.restore(
            [.init(minute: .at(999_999), count: .max), .init(minute: .at(1), count: .max)], at: .at(60))
        #expect(skewed.left(at: .at(60)) == 0)
        #expect(skewed.left(at: .at(86_400 + 120)) == 10)
    }

    @Test func sentRequestsAreReportedByTheMinuteAndCountInAnotherProcess() {
        let budget = RequestBudget()
        for second in [5, 59, 60, 300] { #expect(budget.take(at: .at(second)) == .granted) }
        let sent = budget.sentInLastDay(at: .at(300))
        #expect(
            sent == [
                .init(minute: .at(0), count: 2), .init(minute: .at(60), count: 1),
                .init(minute: .at(300), count: 1),
            ])
        let next = RequestBudget(.init(daily: 4))
        next.restore(sent, at: .at(400))
        #expect(next.take(at: .at(400)) == .refused(until: .at(86_400 + 60)))
        #expect(next.sentInLastDay(at: .at(86_400 + 60)) == [sent[1], sent[2]])
    }

    @Test func theShareOfLookupsIsKnownInAnotherProcess() {
        let budget = RequestBudget(.init(daily: 10))
        for second in [5, 59, 60] { #expect(budget.draw(at: .at(second), for: .lookup) == nil) }
        #expect(budget.draw(at: .at(60)) == nil)
        #expect(!budget.refusesLookup(at: .at(61)))
        let sent = budget.sentInLastDay(at: .at(61))
        #expect(
            sent == [
                .init(minute: .at(0), count: 2, lookups: 2), .init(minute: .at(60), count: 2, lookups: 1),
            ])
        let next = RequestBudget(.init(daily: 6))
        #expect(!next.refusesLookup(at: .at(61)))
        next.restore(sent, at: .at(61))
        // Two are left, and three were lookups.
        #expect(next.left(at: .at(61)) == 2 && next.refusesLookup(at: .at(61)))
        #expect(next.sentInLastDay(at: .at(61)) == sent)
        let third = RequestBudget(.init(daily: 6))
        third.takeOver(next)
        #expect(third.refusesLookup(at: .at(61)))
        #expect(!third.refusesLookup(at: .at(86_400 + 60)))
    }

    @Test func aLookupThatIsNotGrantedDoesNotCount() {
        let budget = RequestBudget(.init(rate: 1, burst: 2))
        #expect(budget.draw(at: .at(0), for: .lookup) == nil)
        for _ in 0..<5 { #expect(budget.draw(at: .at(0), for: .lookup) != nil) }
        #expect(budget.sentInLastDay(at: .at(0)) == [.init(minute: .at(0), count: 1, lookups: 1)])
    }

    /// A burst, and how many lookups are granted at once; the list that follows is granted unless the burst is one.
    @Test(arguments: [(1, 1, false), (2, 1, true), (5, 4, true)])
    func lookupsLeaveOneRequestOfABurst(_ burst: Int, _ lookups: Int, _ leavesOne: Bool) {
        let budget = RequestBudget(.init(rate: 1, burst: burst))
        for _ in 0..<lookups { #expect(budget.draw(at: .at(100), for: .lookup) == nil) }
        #expect(budget.hold(at: .at(100), for: .lookup)?.until == .at(101))
        #expect(budget.draw(at: .at(100), for: .lookup)?.bound == .rate)
        #expect((budget.draw(at: .at(100)) == nil) == leavesOne)
        // In the long run they have the whole rate.
        let granted = (101...200).count { budget.draw(at: .at($0), for: .lookup) == nil }
        #expect(granted == (leavesOne ? 99 : 100))
    }

    /// A list is due at second 100, and that is known since second 60: lookups may take ten seconds of it at most.
    @Test(arguments: [
        (4.0, 95, false), (4, 96, true), (4, 99, true), (4, 100, false), (4, 150, false), (60, 89, false),
        (60, 90, true), (0, 99, false),
    ])
    func aLookupDoesNotBeginWhenAListIsDueSoon(_ seconds: Double, _ at: Int, _ delays: Bool) {
        let budget = RequestBudget()
        #expect(!budget.delaysList(.seconds(seconds), at: .at(at)))
        #expect(budget.expectList(at: .at(100), at: .at(60)))
        #expect(!budget.expectList(at: .at(100), at: .at(80)))
        #expect(budget.delaysList(.seconds(seconds), at: .at(at)) == delays)
        #expect(budget.expectList(at: nil, at: .at(80)))
        #expect(!budget.delaysList(.seconds(seconds), at: .at(at)))
    }

    @Test func aLimitThatIsSetLaterKnowsWhatWasSentBefore() {
        let unlimited = RequestBudget()
        #expect(unlimited.take(at: .at(0)) == .granted)
        let limited = RequestBudget(.init(daily: 1))
        limited.takeOver(unlimited)
        #expect(limited.left(at: .at(1)) == 0)
    }

    @Test func lookingAheadChangesNothing() {
        let budget = budget(rate: 1, burst: 1, daily: 5)
        #expect(budget.take(at: .at(100)) == .granted)
        #expect(budget.left(at: .at(900_000)) == 5)
        #expect(budget.earliestStart(of: 3, at: .at(900_000)) == .at(900_000))
        #expect(budget.left(at: .at(100)) == 4)
        #expect(budget.take(at: .at(100)) == .wait(.seconds(1)))
    }

    // MARK: The platform's own limits

    @Test func nothingIsGrantedWhileThePlatformSaysThatNothingIsLeft() {
        let budget = budget(daily: 5)
        budget.learn(remaining: 3, resetAt: .at(500), at: .at(100))
        #expect(budget.take(at: .at(100)) == .granted)
        budget.learn(remaining: 0, resetAt: .at(130), at: .at(100))
        budget.learn(remaining: 9, resetAt: .at(500), at: .at(100))
        budget.learn(remaining: 0, resetAt: .at(110), at: .at(100))
        #expect(budget.take(at: .at(100)) == .refused(until: .at(130)))
        #expect(budget.draw(at: .at(129)) == .init(bound: .platform, until: .at(130), pause: .seconds(30)))
        #expect(budget.earliestStart(of: 2, at: .at(100)) == .at(130))
        #expect(budget.left(at: .at(100)) == 4)
        #expect(budget.take(at: .at(130)) == .granted)
    }

    @Test func aPauseHasABound() {
        let budget = budget()
        budget.pause(for: .seconds(-5), at: .at(0))
        #expect(budget.take(at: .at(0)) == .granted)
        budget.pause(for: .seconds(999_999), at: .at(0))
        #expect(budget.take(at: .at(0)) == .refused(until: .at(3600)))
        budget.learn(remaining: 0, resetAt: Timestamp(microseconds: .max), at: .at(10))
        #expect(
            budget.draw(at: .at(10)) == .init(bound: .platform, until: .at(3610), pause: .seconds(3600)))
        budget.learn(remaining: 0, resetAt: Timestamp(microseconds: .min), at: Timestamp(microseconds: .max))
        #expect(budget.take(at: Timestamp(microseconds: .max)) == .granted)
    }

    // MARK: Clocks that go back

    @Test func aClockSetBackGrantsNothingMore() {
        let budget = budget(rate: 1, burst: 2, daily: 3)
        #expect(budget.take(at: .at(1000)) == .granted)
        #expect(budget.take(at: .at(1000)) == .granted)
        #expect(budget.take(at: .at(500)) == .wait(.seconds(501)))
        #expect(budget.take(at: .at(1000)) == .wait(.seconds(1)))
        #expect(budget.take(at: .at(1001)) == .granted)
        #expect(budget.take(at: .at(900)) == .refused(until: .at(960 + 60 + 86_400)))
        #expect(budget.left(at: .at(-900_000)) == 0)
    }

    @Test func aClockThatWasYearsAheadBlocksNothingForYears() {
        let budget = budget(rate: 1, burst: 1)
        #expect(budget.take(at: .at(1_000_000_000)) == .granted)
        #expect(budget.take(at: .at(1000)) == .wait(.seconds(1)))
        #expect(budget.take(at: .at(1001)) == .granted)
        for extreme in [Int64.min, .max, .min, 0, .max] {
            _ = budget.take(at: Timestamp(microseconds: extreme))
            _ = budget.left(at: Timestamp(microseconds: extreme))
        }
    }

    // MARK: Against a plain oracle

    /// Stores every request that was granted, and checks every span between two of them.
    private struct Oracle {
        let rate: Double?
        let burst: Int
        let daily: Int?
        /// Microseconds, ascending.
        var granted: [Int64] = []

        /// The earliest time in microseconds at which another request is allowed by every span that would end
        /// with it.
        func earliest(at now: Int64) -> Double {
            var earliest = Double(now)
            for (index, first) in granted.enumerated() {
                let calls = granted.count - index + 1
                if let rate, calls > burst {
                    earliest = max(earliest, Double(first) + Double(calls - burst) / rate * 1e6)
                }
                if let daily, calls > daily { earliest = max(earliest, Double(first) + 86_400e6) }
            }
            return earliest
        }
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func everySpanIsWithinTheLimits(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let rate =
            Bool.random(using: &random) ? pow10(Double.random(in: -4...1.5, using: &random)) : nil
        let burst = Int.random(in: 1...8, using: &random)
        let daily = Bool.random(using: &random) || rate == nil ? Int.random(in: 1...60, using: &random) : nil
        let budget = budget(rate: rate, burst: burst, daily: daily)
        var oracle = Oracle(rate: rate, burst: burst, daily: daily)
        var now = Int64.random(in: 0...1_000_000_000_000, using: &random)
        let note: Testing.Comment = "seed \(seed): rate \(rate ?? 0), burst \(burst), daily \(daily ?? 0)"
        for _ in 0..<300 {
            let scale = pow10(Double.random(in: 0...10.5, using: &random))
            now += Int64(Double.random(in: 0...1, using: &random) * scale)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let moment = Timestamp(microseconds: now)
                let exact = oracle.earliest(at: now)
                if let daily {
                    let counted = oracle.granted.filter { $0 >= now - 86_400_000_000 }.count
                    let left = budget.left(at: moment) ?? -1
                    #expect(left <= daily - counted && left >= 0, note)
                }
                guard let hold = budget.draw(at: moment) else {
                    #expect(exact <= Double(now) + 1, note)
                    oracle.granted.append(now)
                    continue
                }
                // Not held longer than the limits require; the count of a day is exact to the minute.
                let allowance = daily == nil ? 1000.0 : 60e6
                let until = Double(hold.until.microseconds)
                #expect(hold.until > moment && until >= exact - 1 && until <= exact + allowance, note)
                if Int.random(in: 0...9, using: &random) == 0 {
                    now = hold.until.microseconds
                    #expect(budget.take(at: hold.until) == .granted, note)
                    oracle.granted.append(now)
                }
            }
        }
        #expect(oracle.granted.count > 1, note)
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func aClockThatJumpsBackAndForthGrantsNoMoreThanOneThatStandsStill(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let budget = budget(rate: 1, burst: 5, daily: 20)
        var granted = budget.take(at: .at(10_000)) == .granted ? 1 : 0
        for _ in 0..<500 {
            // Up to ten minutes before the latest time seen.
            let now = Timestamp.at(10_000).advanced(by: .seconds(-Int.random(in: 0...600, using: &random)))
            if budget.take(at: now) == .granted { granted += 1 }
        }
        #expect(granted == 5, "seed \(seed)")
        #expect(budget.left(at: .at(10_000)) == 15, "seed \(seed)")
    }
}

/// Roughly ten to the power of `exponent`, without a mathematics library: exact at integers, linear between.
private func pow10(_ exponent: Double) -> Double {
    var result = 1.0
    var remaining = exponent
    while remaining >= 1 {
        result *= 10
        remaining -= 1
    }
    while remaining < 0 {
        result /= 10
        remaining += 1
    }
    return result * (1 + 9 * remaining)
}
