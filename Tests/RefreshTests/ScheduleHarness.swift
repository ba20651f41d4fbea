import Deployments
import TestSupport
import Wire

@testable import Refresh

/// One source's schedule, with a time that the test advances.
struct ScheduleHarness {
    var schedule: Schedule
    var now = Timestamp.at(1000)

    init(
        _ config: CacheWindows = CacheWindows.steady(), observedAt: Timestamp? = nil,
        budget: RequestBudget = RequestBudget()
    ) {
        let source = ScriptedSource(.example("alpha"), budget: budget, fetches: [.listing([])])
        schedule = Schedule(of: source, config: config, observedAt: observedAt, isInTransition: false)
    }

    mutating func pass(_ seconds: Double) { now = now.advanced(by: .seconds(seconds)) }

    /// Makes an attempt that takes this long and returns a list.
    mutating func succeed(
        taking seconds: Double = 0, isInTransition: Bool = false, awaitsSecondLook: Bool = false
    ) {
        let began = now
        schedule.begin(at: began)
        pass(seconds)
        schedule.end(
            .listing([]), observedAt: began, isInTransition: isInTransition,
            awaitsSecondLook: awaitsSecondLook, at: now)
    }

    /// Makes an attempt that a cache on the way answers with a copy of this age.
    mutating func succeedFromCache(age: Duration) {
        schedule.begin(at: now)
        var fetch = SourceFetch.listing([])
        fetch.partitions[0].upstreamAge = age
        schedule.end(fetch, observedAt: now.advanced(by: .zero - age), isInTransition: false, at: now)
    }

    mutating func fail(_ errorClass: SourceError.Class, retryAfter: Duration? = nil) {
        schedule.begin(at: now)
        schedule.end(
            .failure(SourceError(errorClass, "down", retryAfter: retryAfter)),
            observedAt: schedule.observedAt,
            isInTransition: false, at: now)
    }

    /// Makes an attempt at two partitions of which one fails, so that the list is as old as before.
    mutating func succeedPartly(
        _ errorClass: SourceError.Class = .permission, isInTransition: Bool = false,
        awaitsSecondLook: Bool = false
    ) {
        schedule.begin(at: now)
        schedule.end(
            .partitions([("a", .success(["x"])), ("b", .failure(SourceError(errorClass, "no")))]),
            observedAt: schedule.observedAt, isInTransition: isInTransition,
            awaitsSecondLook: awaitsSecondLook, at: now)
    }

    /// Seconds from now to the next attempt, and its reason; nil if no attempt is planned.
    var next: String? {
        let plan = schedule.plan(at: now)
        guard plan != .never else { return nil }
        let (seconds, attoseconds) = plan.at.since(now).components
        let tenths = attoseconds / 100_000_000_000_000_000
        return "\(seconds)" + (tenths == 0 ? "" : ".\(abs(tenths))") + " \(plan.reason.rawValue)"
    }

    /// The milliseconds that a reader waits; nil if it need not wait.
    mutating func reading(_ demand: Demand = .none) -> Int? {
        schedule.read(demand, at: now).map {
            let (seconds, attoseconds) = $0.deadline.since(now).components
            return Int(seconds * 1000 + attoseconds / 1_000_000_000_000_000)
        }
    }
}

extension CacheWindows {
    /// Windows that differ enough to be distinguished.
    static let demandDriven = CacheWindows.steady(
        ttl: .seconds(30), staleWhileRevalidate: .seconds(300), idleAfter: .seconds(300),
        idleInterval: .seconds(600))
}
