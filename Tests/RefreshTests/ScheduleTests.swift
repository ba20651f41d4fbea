import Deployments
import TestSupport
import Testing
import Wire

@testable import Refresh

@Suite struct ScheduleTests {
    @Test func anAttemptIsAwaitedWhereSomebodyHasNoListOrNotTheOneItWants() {
        var harness = ScheduleHarness(CacheWindows.steady(ttl: .seconds(30)))
        #expect(harness.schedule.isAwaited)
        harness.succeed()
        #expect(!harness.schedule.isAwaited)
        // Past its ttl it is served while it is renewed.
        harness.pass(40)
        #expect(harness.reading() == nil)
        #expect(harness.next == "0 demand" && !harness.schedule.isAwaited)
        #expect(harness.reading(Demand(maxAge: .seconds(5))) == 5000)
        #expect(harness.schedule.isAwaited)
        harness.succeed()
        #expect(!harness.schedule.isAwaited)
        harness.pass(10_000)
        #expect(harness.reading() == 500)
        #expect(harness.schedule.isAwaited)
        harness.succeed()
        harness.pass(10)
        #expect(harness.schedule.demandAttempt(at: harness.now) == nil)
        #expect(harness.schedule.isAwaited)
    }

    @Test func aReaderWhomTheAttemptUnderWayWillServeAwaitsNoOther() {
        var harness = ScheduleHarness(observedAt: .at(0))
        harness.schedule.begin(at: harness.now)
        #expect(harness.reading() == 500 && !harness.schedule.isAwaited)
        #expect(harness.reading(Demand(maxAge: .seconds(5))) == 5000 && !harness.schedule.isAwaited)
        // It began too early for this one.
        harness.pass(6)
        #expect(harness.reading(Demand(maxAge: .seconds(5))) == 5000 && harness.schedule.isAwaited)
    }

    @Test func aReaderForWhomTheNextAttemptComesTooLateAwaitsNone() {
        let budget = RequestBudget(RequestBudget.Limits(daily: 1))
        var harness = ScheduleHarness(CacheWindows.steady(ttl: .seconds(30)), budget: budget)
        #expect(budget.take(at: harness.now) == .granted)
        harness.succeed()
        harness.pass(10_000)
        #expect(harness.reading(Demand(maxAge: .seconds(5))) == 5000 && !harness.schedule.isAwaited)
    }

    @Test func aSourceWithoutAListIsAwaitedUntilItHasOne() {
        var harness = ScheduleHarness()
        harness.fail(.serverError)
        #expect(harness.schedule.isAwaited)
        harness.pass(400)
        harness.succeed()
        #expect(!harness.schedule.isAwaited)
    }

    @Test func aListThatIsRestoredAwaitsNothing() {
        #expect(!ScheduleHarness(observedAt: .at(0)).schedule.isAwaited)
    }

    @Test func aSourceThatWasNeverFetchedIsFetchedAtOnce() {
        #expect(ScheduleHarness().next == "0 starting")
    }

    @Test func theWindowsAddUp() {
        var harness = ScheduleHarness(.demandDriven)
        harness.succeed()
        #expect(harness.reading() == nil && !harness.schedule.isRequested)
        harness.pass(30)
        #expect(harness.reading() == nil && !harness.schedule.isRequested)
        harness.pass(1)
        #expect(harness.reading() == nil && harness.schedule.isRequested)
        harness.pass(299)
        #expect(harness.reading() == nil)
        harness.pass(1)
        #expect(harness.reading() == 500)
    }

    @Test func aReaderOfASourceWithoutAListWaits() {
        var harness = ScheduleHarness(.demandDriven)
        #expect(harness.reading() == 500)
        #expect(harness.next == "0 demand")
    }

    @Test func aSourceThatIsReadIsFetchedEveryTTLAndOneThatIsNotSeldom() {
        var harness = ScheduleHarness(.demandDriven)
        harness.succeed()
        #expect(harness.next == "600 idle")
        _ = harness.reading()
        #expect(harness.next == "30 ttl")
        harness.pass(299)
        #expect(harness.next == "-269 ttl")
        harness.pass(1)
        #expect(harness.next == "300 idle")
    }

    @Test func aSourceThatNobodyReadsIsNotFetchedWhereThatIsOff() {
        var config = CacheWindows.demandDriven
        config.idleInterval = nil
        var harness = ScheduleHarness(config)
        harness.succeed()
        #expect(harness.next == nil)
        harness.pass(100_000)
        #expect(harness.next == nil)
        #expect(harness.reading() == 500)
        #expect(harness.next == "0 demand")
    }

    @Test func aRestoredListIsServedWithoutAnAttempt() {
        var harness = ScheduleHarness(.demandDriven, observedAt: .at(990))
        #expect(harness.next == "590 idle")
        #expect(harness.reading() == nil)
        #expect(harness.next == "20 ttl")
    }

    @Test func anAttemptComesEarlierByWhatTheLastOneTook() {
        var harness = ScheduleHarness()
        harness.succeed(taking: 4)
        #expect(harness.next == "22 ttl")
        harness.succeed(taking: 12)
        #expect(harness.next == "10.5 ttl")
        harness.succeed(taking: 100)
        // A quarter of the ttl at most, and then `min_interval` after the end.
        #expect(harness.next == "2 min_interval")
    }

    @Test func jitterBringsAttemptsForwardNeverBack() {
        var config = CacheWindows.steady()
        config.jitter = 0.1
        var harness = ScheduleHarness(config)
        var pauses: Set<Duration> = []
        for _ in 0..<50 {
            harness.succeed()
            let pause = harness.schedule.plan(at: harness.now).at.since(harness.now)
            #expect(pause >= .seconds(27) && pause <= .seconds(30))
            pauses.insert(pause)
            harness.now = harness.now.advanced(by: pause)
        }
        #expect(pauses.count > 20)
    }

    @Test func whileADeploymentIsInTransitionTheSourceIsFetchedMoreOften() {
        var config = CacheWindows.steady()
        config.ttlInTransition = .seconds(5)
        var harness = ScheduleHarness(config)
        harness.succeed(isInTransition: true)
        #expect(harness.next == "5 in_transition")
        harness.succeed(isInTransition: false)
        #expect(harness.next == "30 ttl")
    }

    @Test(arguments: [
        (SourceError.Class.unreachable, [30, 60, 120, 240, 300, 300]),
        (.rateLimited, [30, 60, 120, 240, 480, 900, 900]), (.auth, [60, 120, 240, 480, 900, 900]),
        (.billing, [300, 600, 1200, 2400, 3600, 3600]),
    ])
    func eachErrorClassHasItsOwnPatience(_ errorClass: SourceError.Class, _ delays: [Int]) {
        var harness = ScheduleHarness()
        for delay in delays {
            harness.fail(errorClass)
            let plan = harness.schedule.plan(at: harness.now)
            #expect(plan.reason == .afterFailure)
            let pause = plan.at.since(harness.now)
            #expect(pause >= .seconds(delay))
            #expect(pause <= max(.seconds(delay) * 1.1, .seconds(delay + 15)))
            harness.now = plan.at
        }
        harness.succeed()
        #expect(harness.next == "30 ttl")
    }

    @Test func nobodyWaitsForASourceInBackoff() {
        var harness = ScheduleHarness(.demandDriven)
        harness.fail(.serverError)
        #expect(harness.reading() == 0)
        #expect(harness.reading(Demand(maxAge: .zero)) == 0)
        harness.pass(29)
        #expect(harness.reading() == 0)
        harness.pass(16)
        #expect(harness.reading() == 500)
    }

    @Test func aPartitionThatFailsMakesNobodyAskAgainOrWaitForIt() {
        var config = CacheWindows.demandDriven
        config.ttlInTransition = .seconds(5)
        var harness = ScheduleHarness(config)
        harness.succeed()
        harness.pass(1000)
        #expect(harness.reading() == 500)
        harness.succeedPartly(isInTransition: true)
        harness.pass(10)
        #expect(harness.reading() == nil)
        // The last attempt already failed to meet this demand: it is unmet and requests nothing.
        #expect(harness.reading(Demand(maxAge: .seconds(20))) == 0)
        #expect(!harness.schedule.isRequested)
        #expect(harness.next == "20 ttl")
        // A demand for younger data than the last attempt's requests another one.
        #expect(harness.reading(Demand(maxAge: .seconds(5))) == 5000)
        #expect(harness.next == "0 demand")
        harness.succeedPartly()
        #expect(harness.reading(Demand(maxAge: .seconds(5))) == 0)
        #expect(!harness.schedule.isRequested)
    }

    @Test func theDailyLimitLastsAllDayButForDemands() {
        var harness = ScheduleHarness(.demandDriven, budget: RequestBudget(.init(daily: 96)))
        harness.succeed()
        #expect(harness.reading() == nil)
        #expect(harness.next == "900 budget")
        harness.pass(600)
        #expect(harness.reading() == 500 && !harness.schedule.isRequested)
        #expect(harness.next == "300 budget")
        #expect(harness.reading(Demand(maxAge: .seconds(60))) == 5000)
        #expect(harness.next == "0 demand")
    }

    @Test func aFetchThatTheBudgetCutShortWaitsForMoreThanItHad() {
        let budget = RequestBudget(.init(daily: 6))
        var harness = ScheduleHarness(budget: budget)
        #expect(budget.take(at: harness.now) == .granted)
        harness.pass(7200)
        harness.schedule.begin(at: harness.now)
        var cut = SourceFetch.failure(SourceError(.rateLimited, "budget"))
        cut.calls = 5
        harness.schedule.end(cut, observedAt: nil, isInTransition: false, at: harness.now)
        // Six are free when the first one is a day old, to the minute.
        #expect(harness.schedule.plan(at: harness.now).reason == .budget)
        #expect(harness.schedule.plan(at: harness.now).at == .at(1020 + 86_400))
    }

    @Test func theBudgetIsPlannedAhead() {
        let budget = RequestBudget()
        var harness = ScheduleHarness(budget: budget)
        harness.succeed()
        #expect(harness.next == "30 ttl")
        budget.learn(remaining: 0, resetAt: harness.now.advanced(by: .seconds(3600)), at: harness.now)
        #expect(harness.next == "3600 budget")
        #expect(harness.schedule.demandAttempt(at: harness.now)?.retryAfter == .seconds(3600))
        harness.schedule.noteRotation(at: harness.now)
        #expect(harness.next == "30 ttl")
    }

    @Test func aRestoredListKeepsItsMinIntervalAndItsPagesAreExpected() {
        let budget = RequestBudget(.init(daily: 3))
        for _ in 0..<2 { #expect(budget.take(at: .at(1000)) == .granted) }
        let source = ScriptedSource(.example("alpha"), budget: budget, fetches: [.listing([])])
        var schedule = Schedule(
            of: source, config: CacheWindows.steady(), observedAt: .at(999), isInTransition: false, pages: 2)
        #expect(schedule.demandAttempt(at: .at(1000))?.0 == .budget)
        schedule = Schedule(
            of: source, config: CacheWindows.steady(), observedAt: .at(999), isInTransition: false, pages: 1)
        #expect(schedule.demandAttempt(at: .at(1000))?.0 == .minInterval)
    }

    @Test func aClockThatIsSetBackHidesNoAgeAndHoldsNothingUp() {
        var harness = ScheduleHarness()
        harness.schedule.advance(to: harness.now)
        harness.succeed()
        harness.pass(20)
        harness.schedule.advance(to: harness.now)
        harness.pass(-86_400)
        harness.schedule.advance(to: harness.now)
        #expect(harness.next == "10 ttl")
        #expect(harness.reading(Demand(maxAge: .seconds(19))) == 5000)
        #expect(harness.reading(Demand(maxAge: .seconds(21))) == nil)
    }

    @Test func aListOfATimeToComeAgesFromNowOn() {
        var harness = ScheduleHarness(observedAt: .at(99_999))
        harness.schedule.advance(to: harness.now)
        #expect(harness.next == "30 ttl")
        harness.pass(40)
        harness.schedule.advance(to: harness.now)
        #expect(harness.next == "-10 ttl")
    }

    @Test func nobodyWaitsOutAFailure() throws {
        var harness = ScheduleHarness(CacheWindows.steady(ttl: .seconds(1)))
        harness.succeed()
        harness.pass(3)
        let wanted = harness.schedule.read(Demand(maxAge: .seconds(2)), at: harness.now)
        let need = try #require(wanted)
        harness.fail(.serverError)
        #expect(harness.schedule.plan(at: harness.now).at < need.deadline)
        #expect(harness.schedule.isSettled(need, at: harness.now))
        #expect(harness.schedule.unmet(need, at: harness.now) == .timeout)
    }

    @Test func aRotatedSecretEndsBackoffAtOnce() {
        var harness = ScheduleHarness()
        for _ in 0..<5 { harness.fail(.auth) }
        harness.pass(3)
        #expect(harness.schedule.plan(at: harness.now).reason == .afterFailure)
        harness.schedule.noteRotation(at: harness.now)
        #expect(harness.next == "0 demand")
    }
}
