import Deployments
import TestSupport
import Testing
import Wire

@testable import Refresh

/// A day of one source and its readers: 1,000 dashboards, each of which reads every five seconds.
///
/// Their reads fall on a grid of five milliseconds. A read that finds the schedule as the previous one left
/// it changes only the time of the last read. Only a sample of those is made, and it checks exactly that.
private struct Day {
    /// The time between two reads of any dashboard.
    static let slot = Duration.milliseconds(5)

    let config: CacheWindows
    let limits: RequestBudget.Limits
    private let budget: RequestBudget
    private var schedule: Schedule
    private var upstream: Upstream
    private var random: SeededGenerator
    private var now: Timestamp
    private let end: Timestamp
    private var attemptEnds: (at: Timestamp, fetch: SourceFetch, calls: [Timestamp])?
    private var waiting: [(need: Schedule.Need, since: Timestamp)] = []

    /// The time of each request that was sent.
    private(set) var calls: [Timestamp] = []
    /// The beginning and end of each attempt, and true where a caller's demand caused it.
    private(set) var attempts: [(began: Timestamp, ended: Timestamp, isDemand: Bool)] = []
    /// The greatest age of a list that a reader was given while the upstream had been well for long enough.
    private(set) var oldest = Duration.zero
    private(set) var reads = 0

    /// Makes a day; `isHasty` means windows of seconds.
    init(seed: UInt64, hours: Double, isHasty: Bool) {
        isLong = hours >= 24
        var random = SeededGenerator(seed: seed)
        func pick<Value>(_ values: [Value]) -> Value {
            values[Int.random(in: 0..<values.count, using: &random)]
        }
        let ttl = pick(isHasty ? [1, 2, 5, 10] : [30, 60, 300, 900])
        config = CacheWindows.steady(
            ttl: .seconds(ttl), staleWhileRevalidate: .seconds(pick([0, 10, 300])),
            minInterval: pick([.milliseconds(100), .seconds(2), .seconds(20)]),
            clientFloor: .seconds(10), jitter: pick([0, 0.1, 0.5]), idleAfter: .seconds(300),
            idleInterval: pick([nil, .seconds(600)]),
            ttlInTransition: pick([nil, .seconds(isHasty ? 1 : 15)]))
        limits = pick([
            RequestBudget.Limits(), RequestBudget.Limits(rate: 1, burst: 5),
            RequestBudget.Limits(rate: 0.2, burst: 10), RequestBudget.Limits(daily: 500),
            RequestBudget.Limits(rate: 2, burst: 4, daily: 5000),
        ])
        budget = RequestBudget(limits)
        upstream = Upstream(random: &random, hours: hours)
        let source = ScriptedSource(.example("alpha"), budget: budget, fetches: [.listing([])])
        schedule = Schedule(of: source, config: config, observedAt: nil, isInTransition: false)
        now = .at(1_000_000)
        end = now.advanced(by: .seconds(hours * 3600))
        self.random = random
    }

    /// True if there are times when the upstream was well for longer than any retry delay.
    let isLong: Bool
    /// True if no daily limit can be used up before the day ends.
    var hasAgeBound: Bool { limits.daily == nil }

    /// After this time without a fault a source is well again: the longest retry delay, and a fetch.
    private var longestDelay: Duration { .seconds(4200) }

    /// The greatest age of a list that is read while the upstream is well: its windows, or the least pause
    /// between two attempts, and what a fetch takes, paced by the rate.
    var ageBound: Duration {
        let backoff = limits.rate.map { Duration.seconds(Double(Upstream.mostPages) / $0) } ?? .zero
        let fetch = Upstream.longestFetch + backoff
        return max(config.ttl, config.minInterval + fetch) + fetch + Self.slot * 2
    }

    mutating func pass() {
        while now < end {
            if let attempt = attemptEnds, attempt.at <= now { finish(attempt) }
            if attemptEnds == nil, schedule.plan(at: now).at <= now { begin() }
            read(.none)
            if Int.random(in: 0..<4, using: &random) == 0 {
                let age = Duration.seconds(Double.random(in: 0...120, using: &random))
                read(
                    Int.random(in: 0..<2, using: &random) == 0
                        ? Demand(maxAge: age) : Demand(headerMaxAge: age))
            }
            settleWaiting()
            advance()
        }
    }

    /// Moves on to the next time at which a read or the source's loop may find something new.
    ///
    /// Makes one sample read on the way.
    private mutating func advance() {
        if nextEvent.since(now) > Self.slot * 2 {
            now = now.advanced(by: Self.slot)
            let (before, wanted) = (schedule.plan(at: now), schedule.isRequested)
            read(.none)
            settleWaiting()
            #expect(schedule.isRequested == wanted && schedule.plan(at: now) == before)
        }
        // Reads and attempts begin on the grid, the first slot after what there is to see.
        let slots = max(1, (nextEvent.since(now).microseconds + 4999) / 5000)
        now = now.advanced(by: Self.slot * Int(slots))
    }

    private var nextEvent: Timestamp {
        // A caller with a demand comes every minute at least.
        var next = min(end, now.advanced(by: .seconds(60)), attemptEnds?.at ?? schedule.plan(at: now).at)
        if let observedAt = schedule.observedAt {
            for age in [config.ttl, config.ttl + config.staleWhileRevalidate] {
                let threshold = observedAt.advanced(by: age + .microseconds(1))
                if threshold > now { next = min(next, threshold) }
            }
        }
        for (need, _) in waiting { next = min(next, need.deadline) }
        return next
    }

    private mutating func read(_ demand: Demand) {
        reads += 1
        let need = schedule.read(demand, at: now)
        if demand == .none, let observedAt = schedule.observedAt, upstream.isWell(at: now, for: longestDelay)
        {
            oldest = max(oldest, now.since(observedAt))
        }
        guard let need else { return }
        let longest = demand == .none ? config.wait : config.demandWait
        #expect(need.deadline.since(now) <= longest)
        // Only a few of those that wait at the same time are tracked.
        if waiting.count < 8 { waiting.append((need, now)) }
    }

    private mutating func settleWaiting() {
        waiting.removeAll { need, since in
            guard schedule.isSettled(need, at: now) else { return false }
            let isMet = schedule.observedAt.map { $0 >= need.observedSince } ?? false
            #expect(!need.isDemand || isMet == (schedule.unmet(need, at: now) == nil))
            // At most one step of the grid late.
            #expect(now.since(since) <= max(config.wait, config.demandWait) + Self.slot)
            return true
        }
    }

    private mutating func begin() {
        let plan = schedule.plan(at: now)
        schedule.begin(at: now)
        var (at, sent, isRefused) = (now, [Timestamp](), false)
        let answer = upstream.answer(at: now, random: &random)
        for _ in 0..<answer.pages where !isRefused {
            var verdict = budget.take(at: at)
            while case .wait(let pause) = verdict {
                at = at.advanced(by: pause)
                verdict = budget.take(at: at)
            }
            isRefused = verdict != .granted
            guard !isRefused else { continue }
            sent.append(at)
            at = at.advanced(by: answer.latency)
        }
        var fetch = answer.fetch
        if isRefused { fetch = .failure(SourceError(.rateLimited, "our own budget")) }
        fetch.calls = sent.count
        attempts.append((now, at, plan.reason == .demand))
        attemptEnds = (max(at, now.advanced(by: .microseconds(1))), fetch, sent)
    }

    private mutating func finish(_ attempt: (at: Timestamp, fetch: SourceFetch, calls: [Timestamp])) {
        attemptEnds = nil
        calls += attempt.calls
        attempts[attempts.count - 1].ended = now
        let began = attempts[attempts.count - 1].began
        let observedAt = attempt.fetch.deployments.failure == nil ? began : schedule.observedAt
        schedule.end(
            attempt.fetch, observedAt: observedAt, isInTransition: Bool.random(using: &random), at: now)
    }
}

/// A platform that is well for some hours, and then fails in one way or another for some minutes.
private struct Upstream {
    private var faults: [(from: Timestamp, to: Timestamp, error: SourceError)] = []

    /// The longest fetch without a fault.
    static let longestFetch = Duration.seconds(5)
    static let mostPages = 5

    struct Answer {
        var fetch: SourceFetch
        var pages: Int
        /// The latency of each page.
        var latency: Duration
    }

    init(random: inout SeededGenerator, hours: Double) {
        var at = Timestamp.at(1_000_000)
        let end = at.advanced(by: .seconds(hours * 3600))
        while at < end {
            at = at.advanced(by: .seconds(Double.random(in: 60...hours * 600, using: &random)))
            let to = at.advanced(by: .seconds(Double.random(in: 1...900, using: &random)))
            let errors = [
                SourceError(.serverError, "500"), SourceError(.rateLimited, "429"),
                SourceError(
                    .rateLimited, "429", retryAfter: .seconds(Int.random(in: 1...120, using: &random))),
                SourceError(.timeout, "late"), SourceError(.auth, "401"), SourceError(.billing, "429"),
            ]
            faults.append((at, to, errors[Int.random(in: 0..<errors.count, using: &random)]))
            at = to
        }
    }

    func answer(at now: Timestamp, random: inout SeededGenerator) -> Answer {
        let pages = Int.random(in: 1...Self.mostPages, using: &random)
        guard let fault = faults.first(where: { $0.from <= now && now < $0.to }) else {
            let latency = Duration.milliseconds(Int.random(in: 5...1000, using: &random))
            return Answer(fetch: .listing([], pages: pages), pages: pages, latency: latency)
        }
        // A fetch that hangs ends at its deadline.
        let isLate = fault.error.errorClass == .timeout
        return Answer(
            fetch: .failure(fault.error), pages: Int.random(in: 1...pages, using: &random),
            latency: isLate ? .seconds(30) : .milliseconds(50))
    }

    /// True if there was no fault for `span` up to now.
    func isWell(at now: Timestamp, for span: Duration) -> Bool {
        let since = now.advanced(by: .zero - span)
        return since > .at(1_000_000) && !faults.contains { $0.from <= now && $0.to >= since }
    }
}

@Suite(.timeLimit(.minutes(10))) struct SimulationTests {
    /// Ten sources, each with a policy of its own.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func aDayOfAThousandDashboardsKeepsEveryCeilingAndEveryAge(seed: UInt64) throws {
        try pass(Day(seed: seed, hours: 24, isHasty: false), seed)
    }

    /// An hour is too short to guarantee that a source recovers, so ages are not checked.
    @Test(arguments: 100..<110 as Range<UInt64>)
    func anHourOfHastyWindowsKeepsEveryCeilingToo(seed: UInt64) throws {
        try pass(Day(seed: seed, hours: 1, isHasty: true), seed)
    }

    private func pass(_ day: Day, _ seed: UInt64) throws {
        var day = day
        day.pass()
        try #require(day.reads > 200 && day.attempts.count > 20, "seed \(seed)")

        for (attempt, next) in zip(day.attempts, day.attempts.dropFirst()) {
            // No caller breaks this.
            try #require(next.began.since(attempt.ended) >= day.config.minInterval, "seed \(seed)")
            guard !next.isDemand else { continue }
            // Nor do readers without a demand break this: three quarters of the shortest window, less its
            // jitter.
            let window = min(day.config.ttl, day.config.ttlInTransition ?? day.config.ttl)
            let least = window * (0.75 * (1 - day.config.jitter)) - .microseconds(1)
            try #require(next.began.since(attempt.began) >= least, "seed \(seed)")
        }
        let calls = day.calls.map { $0.since(.epoch).microseconds }.sorted()
        if let rate = day.limits.rate {
            let burst = Double(day.limits.burst ?? 1)
            try #require(mostBeyond(calls, rate: rate) <= burst + 0.001, "seed \(seed)")
        }
        if let daily = day.limits.daily { try #require(calls.count <= daily, "seed \(seed)") }
        guard day.hasAgeBound, day.isLong else { return }
        // An age above zero shows that there were times when the upstream was well.
        try #require(day.oldest > .zero && day.oldest <= day.ageBound, "seed \(seed): \(day.oldest)")
    }

    /// The largest number of calls in any window, less what the rate brings in it.
    private func mostBeyond(_ calls: [Int64], rate: Double) -> Double {
        // A bucket that leaks at the rate holds exactly that.
        var (level, last, most) = (0.0, calls.first ?? 0, 0.0)
        for call in calls {
            level = max(0, level - Double(call - last) / 1e6 * rate) + 1
            (last, most) = (call, max(most, level))
        }
        return most
    }
}
