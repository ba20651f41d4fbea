import Deployments
import TestSupport
import Testing
import Wire

@testable import Refresh

/// Many sources do not request their lists all at once.
@Suite struct SpreadTests {
    private static let count = 500
    private static let start = Timestamp.at(10_000)

    /// The schedules of many sources whose lists are as old as this at the start.
    private func schedules(
        age: Int?, config: CacheWindows = .steady(), awaitsSecondLook: Bool = false
    ) -> [Schedule] {
        (0..<Self.count).map { index in
            let source = ScriptedSource(.example("source-\(index)"), fetches: [.listing([])])
            var schedule = Schedule(
                of: source, config: config, observedAt: age.map { .at(10_000 - $0) }, isInTransition: false,
                awaitsSecondLook: awaitsSecondLook)
            schedule.advance(to: Self.start)
            schedule.spreadFirstRefresh(from: Self.start)
            return schedule
        }
    }

    /// The largest number of attempts in any one of the seconds after the start, and the last second with one.
    private func load(_ schedules: [Schedule], at now: Timestamp = start) -> (most: Int, last: Int) {
        var attempts: [Int: Int] = [:]
        for schedule in schedules {
            let pause = max(.zero, schedule.plan(at: now).at.since(now))
            attempts[Int(pause.components.seconds), default: 0] += 1
        }
        return (attempts.values.max() ?? 0, attempts.keys.max() ?? 0)
    }

    @Test func sourcesWithAStoredListAreSpreadOverTheTTL() {
        let load = load(schedules(age: 3600))
        #expect(load.most < 60)
        #expect(load.last == 30)
    }

    @Test func sourcesWithoutAListAreRequestedAtOnce() {
        let load = load(schedules(age: nil))
        #expect(load.most == 500 && load.last == 0)
    }

    @Test func aListThatIsNotDueYetIsRefreshedWhenItIs() {
        #expect(schedules(age: 10).allSatisfy { $0.plan(at: Self.start).at == .at(10_020) })
    }

    @Test func aListThatNobodyReadsIsSpreadToo() {
        let windows = CacheWindows.steady(idleAfter: .seconds(300), idleInterval: .seconds(600))
        #expect(load(schedules(age: 3600, config: windows)).most < 60)
    }

    @Test func aSecondLookAtHeldRowsIsNotDelayed() {
        let schedule = schedules(age: 3600, awaitsSecondLook: true)[0]
        #expect(schedule.plan(at: Self.start) == Schedule.Plan(at: .at(6402), reason: .heldRows))
    }

    @Test func aReaderWithinTheWindowsDoesNotEndTheSpread() {
        var schedules = schedules(age: 200)
        for index in schedules.indices {
            #expect(schedules[index].read(.none, at: Self.start) == nil)
        }
        #expect(load(schedules).most < 60)
    }

    @Test(arguments: [(3600, Demand.none), (200, Demand(maxAge: .seconds(20)))])
    func aReaderOfAListThatIsTooOldGetsANewOneAtOnce(_ age: Int, _ demand: Demand) {
        var schedule = schedules(age: age)[7]
        #expect(schedule.plan(at: Self.start).at > Self.start)
        #expect(schedule.read(demand, at: Self.start) != nil)
        #expect(schedule.plan(at: Self.start) == Schedule.Plan(at: Self.start, reason: .demand))
    }

    @Test func theSpreadEndsWithTheFirstAttempt() {
        var schedule = schedules(age: 3600)[7]
        schedule.begin(at: Self.start)
        schedule.end(.listing([]), observedAt: Self.start, isInTransition: false, at: Self.start)
        #expect(schedule.plan(at: Self.start).at == .at(10_030))
    }

    @Test func aShorterTTLEndsWhatTheLongerOneDelayed() {
        var schedule = schedules(age: 90_000, config: .steady(ttl: .seconds(86_400)))[7]
        #expect(schedule.plan(at: Self.start).at > .at(10_030))
        schedule.adopt(.steady(ttl: .seconds(30)), observedAt: .at(-80_000))
        #expect(schedule.plan(at: Self.start).at <= .at(10_030))
        schedule.begin(at: Self.start)
        schedule.adopt(.steady(ttl: .seconds(86_400)), observedAt: .at(-80_000))
        schedule.end(
            .failure(SourceError(.unreachable, "down")), observedAt: Self.start, isInTransition: false,
            at: Self.start)
        #expect(schedule.plan(at: Self.start).at >= .at(96_400))
        schedule.adopt(.steady(ttl: .seconds(30)), observedAt: .at(-80_000))
        #expect(schedule.plan(at: Self.start).at == .at(10_000 + 3960))
    }

    @Test func aClockThatIsSetBackMovesTheSpread() {
        var schedule = schedules(age: 3600)[7]
        let pause = schedule.plan(at: Self.start).at.since(Self.start)
        schedule.advance(to: .at(0))
        #expect(schedule.plan(at: .at(0)).at == Timestamp.at(0).advanced(by: pause))
    }

    /// Sources that fail at the same moment, as at an outage, come back over half a `ttl` and more.
    @Test(arguments: 1...6) func sourcesThatFailTogetherDoNotRetryTogether(_ failures: Int) {
        var schedules = schedules(age: 0)
        for index in schedules.indices {
            for _ in 0..<failures {
                schedules[index].begin(at: Self.start)
                schedules[index].end(
                    .failure(SourceError(.unreachable, "down")), observedAt: Self.start,
                    isInTransition: false, at: Self.start)
            }
        }
        #expect(load(schedules).most < 80)
    }
}
