import Wire

/// The requests that a budget has granted, and the time until which its limits hold the next one back.
struct RequestLedger: Sendable {
    private var time = SteadyTime()
    private var bucket: TokenBucket?
    private var day: DayCount
    /// The lookups among the requests.
    private var lookups = DayCount(limit: nil)
    private var meter = CallMeter()
    private var pausedUntil = Int64.min
    /// The length of the pause that ends at ``pausedUntil``.
    private var pauseLength = Duration.zero

    init(_ limits: RequestBudget.Limits) {
        bucket = limits.rate.flatMap { TokenBucket(rate: $0, burst: limits.burst) }
        day = DayCount(limit: limits.daily.map { max(0, $0) })
    }

    /// Counts requests from before this ledger was made; called before anything else.
    mutating func count(_ earlier: [SentRequests], at now: Timestamp) {
        let instant = time.read(now)
        for sent in earlier.sorted(by: { $0.minute < $1.minute }) where sent.count > 0 {
            let minute = min(SteadyTime.clamped(sent.minute), instant)
            day.add(sent.count, at: minute)
            if sent.lookups > 0 { lookups.add(sent.lookups, at: minute) }
            meter.add(sent.count, at: Timestamp(microseconds: minute))
        }
    }

    mutating func countsByMinute(at now: Timestamp) -> [SentRequests] {
        let instant = time.read(now)
        let lookedUp = Dictionary(
            lookups.countsByMinute(at: instant).map { ($0.minute, $0.count) }, uniquingKeysWith: +)
        return day.countsByMinute(at: instant).map { sent in
            var sent = sent
            sent.lookups = lookedUp[sent.minute] ?? 0
            return sent
        }
    }

    /// The lookups of the last 24 hours.
    mutating func lookups(at now: Timestamp) -> Int { lookups.total(at: time.read(now)) }

    /// Takes over another ledger's counts.
    ///
    /// Its daily count and its pause stay in force, whatever the limits are now.
    mutating func takeOver(_ other: RequestLedger) {
        (time, pausedUntil, pauseLength) = (other.time, other.pausedUntil, other.pauseLength)
        day.take(other.day)
        lookups.take(other.lookups)
        meter = other.meter
        if let bucket, let other = other.bucket, bucket.hasSize(of: other) { self.bucket = other }
    }

    /// Takes one request; nil if it was granted.
    mutating func draw(at now: Timestamp, for purpose: RequestBudget.Purpose) -> RequestBudget.Hold? {
        if let hold = hold(calls: 1, at: now, for: purpose) { return hold }
        if purpose == .lookup { lookups.add(1, at: time.read(now)) }
        let instant = time.read(now)
        bucket?.take(at: instant)
        day.add(1, at: instant)
        meter.add(1, at: Timestamp(microseconds: instant))
        return nil
    }

    /// The limit that holds back a fetch of `calls` requests longest; nil if the fetch can begin now.
    mutating func hold(
        calls: Int, at now: Timestamp, for purpose: RequestBudget.Purpose = .list
    ) -> RequestBudget.Hold? {
        let instant = time.read(now)
        let reserve: Int64 = purpose == .lookup ? 1 : 0
        let holds: [(RequestBudget.Hold.Bound, Int64)] = [
            (.rate, bucket?.free(from: instant, leaving: reserve) ?? instant), (.platform, pausedUntil),
            (.daily, day.free(for: calls, from: instant)),
        ]
        guard let last = holds.max(by: { $0.1 < $1.1 }), last.1 > instant else { return nil }
        let wait = Duration.microseconds(last.1 - instant) + .microseconds(time.lag(at: now))
        return RequestBudget.Hold(
            bound: last.0, until: now.advanced(by: wait), pause: last.0 == .platform ? pauseLength : nil)
    }

    mutating func calls(at now: Timestamp) -> SourceStatus.Calls {
        meter.counts(at: Timestamp(microseconds: time.read(now)))
    }

    /// Ends a pause that a platform requested.
    mutating func endPause() { pausedUntil = .min }

    mutating func left(at now: Timestamp) -> Int? {
        let instant = time.read(now)
        return day.left(at: instant)
    }

    /// Begins a pause, or extends the current one; never shortens it.
    mutating func pause(for pause: Duration, at now: Timestamp) {
        let end = time.read(now) + max(.zero, pause).microseconds
        guard end > pausedUntil else { return }
        (pausedUntil, pauseLength) = (end, pause)
    }
}

/// Turns a clock's readings into a time that never goes back, in microseconds.
private struct SteadyTime: Sendable {
    /// The longest setback of a clock, in microseconds, during which time stands still until the clock has
    /// caught up.
    ///
    /// A clock that is set back further (it may have been years ahead when the machine started) would
    /// otherwise hold a source back for too long.
    private static let longestStandstill: Int64 = 600 * 1_000_000

    /// The clock's latest reading, or its first one after it was set back by more than ``longestStandstill``.
    private var newest: Int64?
    private var elapsed: Int64 = 0

    /// Microseconds, clamped so that no sum in this file overflows.
    static func clamped(_ time: Timestamp) -> Int64 { min(max(time.microseconds, -(1 << 60)), 1 << 60) }

    mutating func read(_ now: Timestamp) -> Int64 {
        let reading = Self.clamped(now)
        guard let newest else {
            self.newest = reading
            elapsed = reading
            return reading
        }
        let step = reading - newest
        if step > 0 { elapsed = min(elapsed + step, 1 << 62) }
        if step > 0 || step < -Self.longestStandstill { self.newest = reading }
        return elapsed
    }

    /// Microseconds until time moves again, after the clock was set back.
    func lag(at now: Timestamp) -> Int64 {
        guard let newest else { return 0 }
        return max(0, newest - Self.clamped(now))
    }
}

/// A token bucket: `burst` requests at once, and one more with every interval.
private struct TokenBucket: Sendable {
    /// Nanoseconds between requests, rounded up so that the rate is never exceeded.
    private let interval: Int64
    /// The largest ``owed``, in nanoseconds, that still lets a request through.
    private let slack: Int64
    /// Nanoseconds until the bucket is full again, as of ``instant``.
    private var owed: Int64 = 0
    private var instant = Int64.min

    /// Nil for a rate that is not above 0.
    init?(rate: Double, burst: Int?) {
        guard rate > 0 else { return nil }
        // At most 31 years, so that the sums fit; no process lives to see the second request at such a rate.
        interval = max(1, Int64(min((1_000_000_000 / rate).rounded(.up), 1e18)))
        let burst = max(1, burst ?? Int(min(rate, 1e9)))
        let (slack, overflow) = interval.multipliedReportingOverflow(by: Int64(burst - 1))
        self.slack = min(overflow ? .max : slack, 4_000_000_000_000_000_000)
    }

    func hasSize(of other: TokenBucket) -> Bool { interval == other.interval && slack == other.slack }

    private func owed(at now: Int64) -> Int64 {
        let (passed, overflow) = now.subtractingReportingOverflow(instant)
        let (refilled, tooMuch) = passed.multipliedReportingOverflow(by: 1000)
        return overflow || tooMuch ? 0 : max(0, owed - max(0, refilled))
    }

    /// The earliest time for the next request after which `reserve` more may follow at once; of a burst of one request
    /// nothing is left.
    func free(from now: Int64, leaving reserve: Int64) -> Int64 {
        let slack = slack < interval ? slack : slack - reserve * interval
        let excess = owed(at: now) - slack
        return excess <= 0 ? now : now + (excess - 1) / 1000 + 1
    }

    mutating func take(at now: Int64) {
        owed = owed(at: now) + interval
        instant = now
    }
}

/// Counts the requests of the last 24 hours by the minute; a minute counts until its end is 24 hours ago.
private struct DayCount: Sendable {
    private static let minute: Int64 = 60 * 1_000_000
    private static let day: Int64 = 86_400 * 1_000_000

    /// nil: no limit; requests are counted all the same, for a limit that is set later.
    let limit: Int?
    /// The oldest first, without empty ones; at most 1442.
    private var minutes: [(number: Int64, calls: Int)] = []
    private var sum = 0

    init(limit: Int?) { self.limit = limit }

    mutating func add(_ calls: Int, at now: Int64) {
        forget(before: now)
        let number = now / Self.minute
        let calls = min(calls, 1 << 40)
        sum += calls
        if let last = minutes.last, last.number >= number {
            minutes[minutes.count - 1].calls += calls
        } else {
            minutes.append((number, calls))
        }
    }

    /// Takes over another's counts.
    mutating func take(_ other: DayCount) { (minutes, sum) = (other.minutes, other.sum) }

    /// All that were counted.
    mutating func total(at now: Int64) -> Int {
        forget(before: now)
        return sum
    }

    /// nil without a limit.
    mutating func left(at now: Int64) -> Int? {
        forget(before: now)
        return limit.map { max(0, $0 - sum) }
    }

    mutating func countsByMinute(at now: Int64) -> [SentRequests] {
        forget(before: now)
        return minutes.map { minute in
            SentRequests(minute: Timestamp(microseconds: minute.number * Self.minute), count: minute.calls)
        }
    }

    /// The time at which `calls` requests fit into the limit; if they exceed it, the time at which all of it
    /// is free.
    mutating func free(for calls: Int, from now: Int64) -> Int64 {
        guard let limit else { return now }
        // A limit of 0 is never free; the caller tries again a day later.
        guard limit > 0 else { return now + Self.day }
        forget(before: now)
        var excess = sum - (limit - min(max(1, calls), limit))
        guard excess > 0 else { return now }
        for minute in minutes {
            excess -= minute.calls
            if excess <= 0 { return end(of: minute.number) + Self.day }
        }
        return now
    }

    private func end(of minute: Int64) -> Int64 { (minute + 1) * Self.minute }

    private mutating func forget(before now: Int64) {
        let old = minutes.prefix { end(of: $0.number) + Self.day <= now }
        guard !old.isEmpty else { return }
        sum -= old.reduce(0) { $0 + $1.calls }
        minutes.removeFirst(old.count)
    }
}
