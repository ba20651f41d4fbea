import Deployments
import TestSupport
import Testing
import Wire

@testable import Refresh

@Suite struct ScheduleTests {
    @Test func anAttemptIsAwaitedWhereSomebodyHasNoListOrNotTheOneItWants() {
        var diary = EventLog(CacheWindows.steady(ttl: .seconds(30)))
        #expect(diary.schedule.isAwaited)
        diary.succeed()
        #expect(!diary.schedule.isAwaited)
        // Past its ttl it is served while it is renewed.
        diary.pass(40)
        #expect(diary.reading() == nil)
        #expect(diary.next == "0 demand" && !diary.schedule.isAwaited)
        #expect(diary.reading(Demand(maxAge: .seconds(5))) == 5000)
        #expect(diary.schedule.isAwaited)
        diary.succeed()
        #expect(!diary.schedule.isAwaited)
        diary.pass(10_000)
        #expect(diary.reading() == 500)
        #expect(diary.schedule.isAwaited)
        diary.succeed()
        diary.pass(10)
        #expect(diary.schedule.demandAttempt(at: diary.now) == nil)
        #expect(diary.schedule.isAwaited)
    }

    @Test func aReaderWhomTheAttemptUnderWayWillServeAwaitsNoOther() {
        var diary = EventLog(observedAt: .at(0))
        diary.schedule.begin(at: diary.now)
        #expect(diary.reading() == 500 && !diary.schedule.isAwaited)
        #expect(diary.reading(Demand(maxAge: .seconds(5))) == 5000 && !diary.schedule.isAwaited)
        // It began too early for this one.
        diary.pass(6)
        #expect(diary.reading(Demand(maxAge: .seconds(5))) == 5000 && diary.schedule.isAwaited)
    }

    @Test func aReaderForWhomTheNextAttemptComesTooLateAwaitsNone() {
        let budget = RequestBudget(RequestBudget.Limits(daily: 1))
        var diary = EventLog(CacheWindows.steady(ttl: .seconds(30)), budget: budget)
        #expect(budget.take(at: diary.now) == .granted)
        diary.succeed()
        diary.pass(10_000)
        #expect(diary.reading(Demand(maxAge: .seconds(5))) == 5000 && !diary.schedule.isAwaited)
    }

    @Test func aSourceWithoutAListIsAwaitedUntilItHasOne() {
        var diary = EventLog()
        diary.fail(.serverError)
        #expect(diary.schedule.isAwaited)
        diary.pass(400)
        diary.succeed()
        #expect(!diary.schedule.isAwaited)
    }

    @Test func aListThatIsRestoredAwaitsNothing() {
        #expect(!EventLog(observedAt: .at(0)).schedule.isAwaited)
    }

    @Test func aSourceThatWasNeverAskedIsAskedAtOnce() {
        #expect(EventLog().next == "0 starting")
    }

    @Test func theWindowsAddUp() {
        var diary = EventLog(.demandDriven)
        diary.succeed()
        #expect(diary.reading() == nil && !diary.schedule.isWanted)
        diary.pass(30)
        #expect(diary.reading() == nil && !diary.schedule.isWanted)
        diary.pass(1)
        #expect(diary.reading() == nil && diary.schedule.isWanted)
        diary.pass(299)
        #expect(diary.reading() == nil)
        diary.pass(1)
        #expect(diary.reading() == 500)
    }

    @Test func aReaderOfASourceWithoutAListWaits() {
        var diary = EventLog(.demandDriven)
        #expect(diary.reading() == 500)
        #expect(diary.next == "0 demand")
    }

    @Test func aSourceThatIsReadIsKeptWithinItsTTLAndOneThatIsNotIsAskedSeldom() {
        var diary = EventLog(.demandDriven)
        diary.succeed()
        #expect(diary.next == "600 idle")
        _ = diary.reading()
        #expect(diary.next == "30 ttl")
        diary.pass(299)
        #expect(diary.next == "-269 ttl")
        diary.pass(1)
        #expect(diary.next == "300 idle")
    }

    @Test func aSourceThatNobodyReadsIsNotAskedWhereThatIsOff() {
        var config = CacheWindows.demandDriven
        config.idleInterval = nil
        var diary = EventLog(config)
        diary.succeed()
        #expect(diary.next == nil)
        diary.pass(100_000)
        #expect(diary.next == nil)
        #expect(diary.reading() == 500)
        #expect(diary.next == "0 demand")
    }

    @Test func aRestoredListIsServedWithoutAnAttempt() {
        var diary = EventLog(.demandDriven, observedAt: .at(990))
        #expect(diary.next == "590 idle")
        #expect(diary.reading() == nil)
        #expect(diary.next == "20 ttl")
    }

    @Test func anAttemptComesEarlierByWhatTheLastOneTook() {
        var diary = EventLog()
        diary.succeed(taking: 4)
        #expect(diary.next == "22 ttl")
        diary.succeed(taking: 12)
        #expect(diary.next == "10.5 ttl")
        diary.succeed(taking: 100)
        // A quarter of the ttl at most, and then `min_interval` after the end.
        #expect(diary.next == "2 min_interval")
    }

    @Test func jitterBringsAttemptsForwardNeverBack() {
        var config = CacheWindows.steady()
        config.jitter = 0.1
        var diary = EventLog(config)
        var pauses: Set<Duration> = []
        for _ in 0..<50 {
            diary.succeed()
            let pause = diary.schedule.plan(at: diary.now).at.since(diary.now)
            #expect(pause >= .seconds(27) && pause <= .seconds(30))
            pauses.insert(pause)
            diary.now = diary.now.advanced(by: pause)
        }
        #expect(pauses.count > 20)
    }

    @Test func whileADeploymentIsInTransitionTheSourceIsAskedMoreOften() {
        var config = CacheWindows.steady()
        config.ttlInTransition = .seconds(5)
        var diary = EventLog(config)
        diary.succeed(isInTransition: true)
        #expect(diary.next == "5 in_transition")
        diary.succeed(isInTransition: false)
        #expect(diary.next == "30 ttl")
    }

    @Test(arguments: [
        (SourceError.Class.unreachable, [30, 60, 120, 240, 300, 300]),
        (.rateLimited, [30, 60, 120, 240, 480, 900, 900]), (.auth, [60, 120, 240, 480, 900, 900]),
        (.billing, [300, 600, 1200, 2400, 3600, 3600]),
    ])
    func eachErrorClassHasItsOwnPatience(_ errorClass: SourceError.Class, _ rests: [Int]) {
        var diary = EventLog()
        for rest in rests {
            diary.fail(errorClass)
            let plan = diary.schedule.plan(at: diary.now)
            #expect(plan.reason == .afterFailure)
            let pause = plan.at.since(diary.now)
            #expect(pause >= .seconds(rest) && pause <= .seconds(rest) * 1.1)
            diary.now = plan.at
        }
        diary.succeed()
        #expect(diary.next == "30 ttl")
    }

    @Test func nobodyWaitsForASourceThatRests() {
        var diary = EventLog(.demandDriven)
        diary.fail(.serverError)
        #expect(diary.reading() == 0)
        #expect(diary.reading(Demand(maxAge: .zero)) == 0)
        diary.pass(29)
        #expect(diary.reading() == 0)
        diary.pass(4)
        #expect(diary.reading() == 500)
    }

    @Test func aPartitionThatFailsMakesNobodyAskAgainOrWaitForIt() {
        var config = CacheWindows.demandDriven
        config.ttlInTransition = .seconds(5)
        var diary = EventLog(config)
        diary.succeed()
        diary.pass(1000)
        #expect(diary.reading() == 500)
        diary.succeedPartly(isInTransition: true)
        diary.pass(10)
        #expect(diary.reading() == nil)
        // Asked for already, in vain: the demand is not met, and asks for nothing.
        #expect(diary.reading(Demand(maxAge: .seconds(20))) == 0)
        #expect(!diary.schedule.isWanted)
        #expect(diary.next == "20 ttl")
        // A demand that the last attempt does not answer asks again, though at most so often.
        #expect(diary.reading(Demand(maxAge: .seconds(5))) == 5000)
        #expect(diary.next == "0 demand")
        diary.succeedPartly()
        #expect(diary.reading(Demand(maxAge: .seconds(5))) == 0)
        #expect(!diary.schedule.isWanted)
    }

    @Test func theDailyLimitLastsAllDayButForDemands() {
        var diary = EventLog(.demandDriven, budget: RequestBudget(.init(daily: 96)))
        diary.succeed()
        #expect(diary.reading() == nil)
        #expect(diary.next == "900 budget")
        diary.pass(600)
        #expect(diary.reading() == 500 && !diary.schedule.isWanted)
        #expect(diary.next == "300 budget")
        #expect(diary.reading(Demand(maxAge: .seconds(60))) == 5000)
        #expect(diary.next == "0 demand")
    }

    @Test func aFetchThatTheBudgetCutShortWaitsForMoreThanItHad() {
        let budget = RequestBudget(.init(daily: 6))
        var diary = EventLog(budget: budget)
        #expect(budget.take(at: diary.now) == .granted)
        diary.pass(7200)
        diary.schedule.begin(at: diary.now)
        var cut = SourceFetch.failure(SourceError(.rateLimited, "budget"))
        cut.calls = 5
        diary.schedule.end(cut, observedAt: nil, isInTransition: false, at: diary.now)
        // Six are free when the first one is a day old, to the minute.
        #expect(diary.schedule.plan(at: diary.now).reason == .budget)
        #expect(diary.schedule.plan(at: diary.now).at == .at(1020 + 86_400))
    }

    @Test func theBudgetIsToldAheadOfTheTime() {
        let budget = RequestBudget()
        var diary = EventLog(budget: budget)
        diary.succeed()
        #expect(diary.next == "30 ttl")
        budget.learn(remaining: 0, resetAt: diary.now.advanced(by: .seconds(3600)), at: diary.now)
        #expect(diary.next == "3600 budget")
        #expect(diary.schedule.demandAttempt(at: diary.now)?.retryAfter == .seconds(3600))
        diary.schedule.noteRotation(at: diary.now)
        #expect(diary.next == "30 ttl")
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
        var diary = EventLog()
        diary.schedule.notice(diary.now)
        diary.succeed()
        diary.pass(20)
        diary.schedule.notice(diary.now)
        diary.pass(-86_400)
        diary.schedule.notice(diary.now)
        #expect(diary.next == "10 ttl")
        #expect(diary.reading(Demand(maxAge: .seconds(19))) == 5000)
        #expect(diary.reading(Demand(maxAge: .seconds(21))) == nil)
    }

    @Test func aListOfATimeToComeAgesFromNowOn() {
        var diary = EventLog(observedAt: .at(99_999))
        diary.schedule.notice(diary.now)
        #expect(diary.next == "30 ttl")
        diary.pass(40)
        diary.schedule.notice(diary.now)
        #expect(diary.next == "-10 ttl")
    }

    @Test func nobodyWaitsOutAFailure() throws {
        var diary = EventLog(CacheWindows.steady(ttl: .seconds(1)))
        diary.succeed()
        diary.pass(3)
        let wanted = diary.schedule.read(Demand(maxAge: .seconds(2)), at: diary.now)
        let need = try #require(wanted)
        diary.fail(.serverError)
        #expect(diary.schedule.plan(at: diary.now).at < need.deadline)
        #expect(diary.schedule.isSettled(need, at: diary.now))
        #expect(diary.schedule.unmet(need, at: diary.now) == .timeout)
    }

    @Test func aRotatedSecretEndsTheRestAtOnce() {
        var diary = EventLog()
        for _ in 0..<5 { diary.fail(.auth) }
        diary.pass(3)
        #expect(diary.schedule.plan(at: diary.now).reason == .afterFailure)
        diary.schedule.noteRotation(at: diary.now)
        #expect(diary.next == "0 demand")
    }
}
