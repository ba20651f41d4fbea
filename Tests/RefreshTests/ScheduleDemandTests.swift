import Deployments
import TestSupport
import Testing
import Wire

@testable import Refresh

@Suite struct ScheduleDemandTests {
    @Test func aDemandComesDownToTheSourcesFloors() {
        var harness = ScheduleHarness()
        harness.succeed()
        harness.pass(5)
        #expect(harness.reading(Demand(maxAge: .seconds(6))) == nil)
        #expect(harness.reading(Demand(headerMaxAge: .zero)) == nil)
        #expect(!harness.schedule.isRequested)
        #expect(harness.reading(Demand(maxAge: .seconds(4))) == 5000)
        #expect(harness.next == "0 demand")
        harness.succeed()
        harness.pass(1)
        #expect(harness.reading(Demand(maxAge: .zero)) == nil)
        harness.pass(9)
        #expect(harness.reading(Demand(headerMaxAge: .zero)) == nil)
        harness.pass(1)
        #expect(harness.reading(Demand(headerMaxAge: .zero)) == 5000)
    }

    @Test func ofBothDemandsTheStricterHolds() {
        var harness = ScheduleHarness()
        harness.succeed()
        harness.pass(15)
        #expect(harness.reading(Demand(maxAge: .seconds(20), headerMaxAge: .seconds(16))) == nil)
        #expect(harness.reading(Demand(maxAge: .seconds(20), headerMaxAge: .seconds(14))) == 5000)
        #expect(harness.reading(Demand(maxAge: .seconds(14), headerMaxAge: .seconds(20))) == 5000)
    }

    /// The last attempt got the deployments alone; the providers are 30 seconds older.
    @Test func theAgeOfEachListThatIsReadCounts() {
        var harness = ScheduleHarness()
        harness.schedule.begin(at: harness.now)
        let providersAt = harness.now.advanced(by: .seconds(-30))
        harness.schedule.end(
            .listing([]), observedAt: harness.now, providersObservedAt: providersAt, isInTransition: false,
            at: harness.now)
        harness.pass(10)
        func demand(_ lists: ListsRead, _ seconds: Int) -> Demand {
            Demand(maxAge: .seconds(seconds), lists: ["alpha": lists, "beta": .providers])
        }
        #expect(harness.schedule.isMet(demand(.deployments, 10), at: harness.now))
        for lists in [.providers, [.deployments, .providers]] as [ListsRead] {
            #expect(!harness.schedule.isMet(demand(lists, 39), at: harness.now))
            #expect(harness.schedule.isMet(demand(lists, 40), at: harness.now))
        }
        #expect(harness.reading(demand(.deployments, 10)) == nil)
        #expect(harness.reading(demand(.providers, 40)) == nil && !harness.schedule.isRequested)
        // An attempt since then would meet it.
        #expect(harness.reading(demand(.providers, 5)) == 5000 && harness.schedule.isRequested)
    }

    @Test func whoTakesOnlyWhatIsCachedCountsAsNoReader() {
        let harness = ScheduleHarness(.demandDriven)
        #expect(!harness.schedule.isMet(Demand(maxAge: .zero, onlyIfCached: true), at: harness.now))
        #expect(harness.schedule.isMet(Demand(onlyIfCached: true), at: harness.now))
        #expect(!harness.schedule.isRequested && !harness.schedule.isRead(at: harness.now))
    }

    @Test func anAttemptThatBeganTooEarlyDoesNotMeetADemand() throws {
        var harness = ScheduleHarness()
        harness.succeed()
        harness.pass(30)
        harness.schedule.begin(at: harness.now)
        harness.pass(10)
        let wanted = harness.schedule.read(Demand(maxAge: .seconds(5)), at: harness.now)
        let need = try #require(wanted)
        #expect(!harness.schedule.isSettled(need, at: harness.now))
        harness.schedule.end(.listing([]), observedAt: .at(1030), isInTransition: false, at: harness.now)
        #expect(!harness.schedule.isSettled(need, at: harness.now))
        #expect(harness.schedule.unmet(need, at: harness.now) == .minInterval)
        #expect(harness.next == "2 min_interval")
        harness.pass(2)
        harness.succeed()
        #expect(harness.schedule.isSettled(need, at: harness.now))
        #expect(harness.schedule.unmet(need, at: harness.now) == nil)
    }

    @Test func anAttemptThatBeganLateEnoughMeetsADemandWithoutAnother() throws {
        var harness = ScheduleHarness()
        harness.succeed()
        harness.pass(30)
        harness.schedule.begin(at: harness.now)
        harness.pass(1)
        let wanted = harness.schedule.read(Demand(maxAge: .seconds(2)), at: harness.now)
        let need = try #require(wanted)
        #expect(!harness.schedule.isRequested)
        harness.pass(1)
        harness.schedule.end(.listing([]), observedAt: .at(1030), isInTransition: false, at: harness.now)
        #expect(harness.schedule.isSettled(need, at: harness.now))
    }

    @Test func aDemandedAttemptMayEndBackoffButNotMinInterval() {
        var harness = ScheduleHarness()
        harness.fail(.auth)
        #expect(harness.schedule.demandAttempt(at: harness.now)?.0 == .minInterval)
        #expect(harness.schedule.demandAttempt(at: harness.now)?.retryAfter == .seconds(2))
        harness.pass(2)
        #expect(harness.schedule.demandAttempt(at: harness.now) == nil)
        #expect(harness.next == "0 demand")
    }

    @Test func aDemandedAttemptThatTheBudgetForbidsIsRefusedAlsoWhileOneIsUnderWay() {
        let budget = RequestBudget(RequestBudget.Limits(daily: 1))
        var harness = ScheduleHarness(budget: budget)
        #expect(budget.take(at: harness.now) == .granted)
        harness.schedule.begin(at: harness.now)
        #expect(harness.schedule.demandAttempt(at: harness.now)?.0 == .budget)
        #expect(!harness.schedule.isRequested)
    }

    @Test func aCopyFromACacheOnTheWayKeepsNobodyWaitingAndIsReported() throws {
        var harness = ScheduleHarness(.demandDriven)
        harness.succeedFromCache(age: .seconds(3600))
        // Counted from the time of sending, whatever the age of the copy.
        #expect(harness.next == "600 idle")
        #expect(harness.reading() == nil)
        #expect(harness.next == "30 ttl")
        harness.pass(1)
        let demand = Demand(maxAge: .seconds(2))
        #expect(harness.reading(demand) == 0)
        #expect(!harness.schedule.isRequested)
        let wanted = harness.schedule.read(demand, at: harness.now)
        #expect(harness.schedule.unmet(try #require(wanted), at: harness.now) == .upstreamCache)
        harness.pass(9)
        #expect(harness.reading(demand) == 5000)
        harness.succeed()
        #expect(harness.reading(demand) == nil)
    }
}
