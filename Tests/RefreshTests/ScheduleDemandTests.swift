import Deployments
import TestSupport
import Testing

@testable import Refresh

@Suite struct ScheduleDemandTests {
    @Test func aDemandComesDownToTheSourcesFloors() {
        var diary = EventLog()
        diary.succeed()
        diary.pass(5)
        #expect(diary.reading(Demand(maxAge: .seconds(6))) == nil)
        #expect(diary.reading(Demand(headerMaxAge: .zero)) == nil)
        #expect(!diary.schedule.isWanted)
        #expect(diary.reading(Demand(maxAge: .seconds(4))) == 5000)
        #expect(diary.next == "0 demand")
        diary.succeed()
        diary.pass(1)
        #expect(diary.reading(Demand(maxAge: .zero)) == nil)
        diary.pass(9)
        #expect(diary.reading(Demand(headerMaxAge: .zero)) == nil)
        diary.pass(1)
        #expect(diary.reading(Demand(headerMaxAge: .zero)) == 5000)
    }

    @Test func ofBothDemandsTheStricterHolds() {
        var diary = EventLog()
        diary.succeed()
        diary.pass(15)
        #expect(diary.reading(Demand(maxAge: .seconds(20), headerMaxAge: .seconds(16))) == nil)
        #expect(diary.reading(Demand(maxAge: .seconds(20), headerMaxAge: .seconds(14))) == 5000)
        #expect(diary.reading(Demand(maxAge: .seconds(14), headerMaxAge: .seconds(20))) == 5000)
    }

    @Test func whoTakesOnlyWhatIsCachedCountsAsNoReader() {
        let diary = EventLog(.demandDriven)
        #expect(!diary.schedule.isMet(Demand(maxAge: .zero, onlyIfCached: true), at: diary.now))
        #expect(diary.schedule.isMet(Demand(onlyIfCached: true), at: diary.now))
        #expect(!diary.schedule.isWanted && !diary.schedule.isRead(at: diary.now))
    }

    @Test func anAttemptThatBeganTooEarlyDoesNotMeetADemand() throws {
        var diary = EventLog()
        diary.succeed()
        diary.pass(30)
        diary.schedule.begin(at: diary.now)
        diary.pass(10)
        let wanted = diary.schedule.read(Demand(maxAge: .seconds(5)), at: diary.now)
        let need = try #require(wanted)
        #expect(!diary.schedule.isSettled(need, at: diary.now))
        diary.schedule.end(.listing([]), observedAt: .at(1030), isInTransition: false, at: diary.now)
        #expect(!diary.schedule.isSettled(need, at: diary.now))
        #expect(diary.schedule.unmet(need, at: diary.now) == .minInterval)
        #expect(diary.next == "2 min_interval")
        diary.pass(2)
        diary.succeed()
        #expect(diary.schedule.isSettled(need, at: diary.now))
        #expect(diary.schedule.unmet(need, at: diary.now) == nil)
    }

    @Test func anAttemptThatBeganLateEnoughMeetsADemandWithoutAnother() throws {
        var diary = EventLog()
        diary.succeed()
        diary.pass(30)
        diary.schedule.begin(at: diary.now)
        diary.pass(1)
        let wanted = diary.schedule.read(Demand(maxAge: .seconds(2)), at: diary.now)
        let need = try #require(wanted)
        #expect(!diary.schedule.isWanted)
        diary.pass(1)
        diary.schedule.end(.listing([]), observedAt: .at(1030), isInTransition: false, at: diary.now)
        #expect(diary.schedule.isSettled(need, at: diary.now))
    }

    @Test func aDemandedAttemptMayEndARestButNotTheLeastPause() {
        var diary = EventLog()
        diary.fail(.auth)
        #expect(diary.schedule.demandAttempt(at: diary.now)?.0 == .minInterval)
        #expect(diary.schedule.demandAttempt(at: diary.now)?.retryAfter == .seconds(2))
        diary.pass(2)
        #expect(diary.schedule.demandAttempt(at: diary.now) == nil)
        #expect(diary.next == "0 demand")
    }

    @Test func aDemandedAttemptThatTheBudgetForbidsIsRefusedAlsoWhileOneIsUnderWay() {
        let budget = RequestBudget(RequestBudget.Limits(daily: 1))
        var diary = EventLog(budget: budget)
        #expect(budget.take(at: diary.now) == .granted)
        diary.schedule.begin(at: diary.now)
        #expect(diary.schedule.demandAttempt(at: diary.now)?.0 == .budget)
        #expect(!diary.schedule.isWanted)
    }
}
