import Wire

/// What a budget's limits have granted, and until when they hold the next request back.
struct RequestLedger: Sendable {
    private var time = SteadyTime()
    private var bucket: TokenBucket?
    private var day: DayCount
    private var meter = CallMeter()
    private var pausedUntil = Int64.min

    init(_ limits: RequestBudget.Limits) {
        bucket = limits.rate.flatMap { TokenBucket(rate: $0, burst: limits.burst) }
        day = DayCount(limit: limits.daily.map { max(0, $0) })
    }

    /// Counts what was sent before this was made; only as its first reading of the clock.
    mutating func count(_ earlier: [SentRequests], at now: Timestamp) {
        let instant = time.read(now)
        for sent in earlier.sorted(by: { $0.minute < $1.minute }) where sent.count > 0 {
            let minute = min(SteadyTime.held(sent.minute), instant)
            day.add(sent.count, at: minute)
            meter.add(sent.count, at: Timestamp(microseconds: minute))
        }
    }

    mutating func counted(at now: Timestamp) -> [SentRequests] { day.counted(at: time.read(now)) }

    /// Goes on where another left off: what it counted in the day and a pause hold on, whatever the limits are now.
    mutating func goOn(from other: RequestLedger) {
        (time, pausedUntil) = (other.time, other.pausedUntil)
        day.take(other.day)
        meter = other.meter
        if let bucket, let other = other.bucket, bucket.isOfTheSize(of: other) { self.bucket = other }
    }

    /// Takes one request; nil where it is taken.
    mutating func draw(at now: Timestamp) -> RequestBudget.Hold? {
        if let hold = hold(calls: 1, at: now) { return hold }
        let instant = time.read(now)
        bucket?.take(at: instant)
        day.add(1, at: instant)
        meter.add(1, at: Timestamp(microseconds: instant))
        return nil
    }

    /// What holds back a run of so many requests, until the latest of the limits lets it begin.
    mutating func hold(calls: Int, at now: Timestamp) -> RequestBudget.Hold? {
        let instant = time.read(now)
        let holds: [(RequestBudget.Hold.Bound, Int64)] = [
            (.rate, bucket?.free(from: instant) ?? instant), (.platform, pausedUntil),
            (.daily, day.free(for: calls, from: instant)),
        ]
        guard let last = holds.max(by: { $0.1 < $1.1 }), last.1 > instant else { return nil }
        let wait = Duration.microseconds(last.1 - instant) + .microseconds(time.lag(at: now))
        return RequestBudget.Hold(bound: last.0, until: now.advanced(by: wait))
    }

    mutating func calls(at now: Timestamp) -> SourceStatus.Calls {
        meter.counts(at: Timestamp(microseconds: time.read(now)))
    }

    /// Lets the next request go as if no platform had asked for a pause.
    mutating func endPause() { pausedUntil = .min }

    mutating func left(at now: Timestamp) -> Int? {
        let instant = time.read(now)
        return day.left(at: instant)
    }

    /// Lengthens a pause, and never cuts one short.
    mutating func pause(for pause: Duration, atMost most: Duration, at now: Timestamp) {
        let instant = time.read(now)
        pausedUntil = max(pausedUntil, instant + min(max(.zero, pause), most).microseconds)
    }
}

/// A clock's readings as a time that never goes back, in microseconds.
private struct SteadyTime: Sendable {
    /// A clock set back by less counts as standing still until it has caught up.
    ///
    /// Set back further, as where it was years ahead at the machine's start, it would hold a source for too long.
    private static let longestStandstill: Int64 = 600 * 1_000_000

    /// The clock's latest reading, or its first one after it was set back for good.
    private var newest: Int64?
    private var elapsed: Int64 = 0

    /// Held within what leaves room for every sum of this file.
    static func held(_ moment: Timestamp) -> Int64 { min(max(moment.microseconds, -(1 << 60)), 1 << 60) }

    mutating func read(_ now: Timestamp) -> Int64 {
        let reading = Self.held(now)
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

    /// How long a clock that was set back still stands.
    func lag(at now: Timestamp) -> Int64 {
        guard let newest else { return 0 }
        return max(0, newest - Self.held(now))
    }
}

/// At most so many at once, and one more with every interval.
private struct TokenBucket: Sendable {
    /// Nanoseconds, rounded up: the rate is never exceeded.
    private let interval: Int64
    /// How much of ``owed`` still lets one through.
    private let slack: Int64
    /// Nanoseconds until the bucket is full, at ``instant``.
    private var owed: Int64 = 0
    private var instant = Int64.min

    /// Nil for a rate that says nothing.
    init?(rate: Double, burst: Int?) {
        guard rate > 0 else { return nil }
        // A rate of less than one in 31 years is held at that: no process lives to see the second one.
        interval = max(1, Int64(min((1_000_000_000 / rate).rounded(.up), 1e18)))
        let burst = max(1, burst ?? Int(min(rate, 1e9)))
        let (slack, overflow) = interval.multipliedReportingOverflow(by: Int64(burst - 1))
        self.slack = min(overflow ? .max : slack, 4_000_000_000_000_000_000)
    }

    func isOfTheSize(of other: TokenBucket) -> Bool { interval == other.interval && slack == other.slack }

    private func owed(at now: Int64) -> Int64 {
        let (passed, overflow) = now.subtractingReportingOverflow(instant)
        let (refilled, tooMuch) = passed.multipliedReportingOverflow(by: 1000)
        return overflow || tooMuch ? 0 : max(0, owed - max(0, refilled))
    }

    /// When the next one is let through.
    func free(from now: Int64) -> Int64 {
        let excess = owed(at: now) - slack
        return excess <= 0 ? now : now + (excess - 1) / 1000 + 1
    }

    mutating func take(at now: Int64) {
        owed = owed(at: now) + interval
        instant = now
    }
}

/// Counts the requests of the last 24 hours, by the minute; a minute counts until the whole of it is older.
private struct DayCount: Sendable {
    private static let minute: Int64 = 60 * 1_000_000
    private static let day: Int64 = 86_400 * 1_000_000

    /// nil: counted all the same, for a limit that is set later.
    let limit: Int?
    /// Oldest first, none empty: at most 1442.
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

    /// Counts what another has counted.
    mutating func take(_ other: DayCount) { (minutes, sum) = (other.minutes, other.sum) }

    /// nil without a limit.
    mutating func left(at now: Int64) -> Int? {
        forget(before: now)
        return limit.map { max(0, $0 - sum) }
    }

    mutating func counted(at now: Int64) -> [SentRequests] {
        forget(before: now)
        return minutes.map { minute in
            SentRequests(minute: Timestamp(microseconds: minute.number * Self.minute), count: minute.calls)
        }
    }

    /// When so many fit into the limit, or where they never do, when the whole of it is free.
    mutating func free(for calls: Int, from now: Int64) -> Int64 {
        guard let limit else { return now }
        // A limit of none is never free; a day on it is asked again.
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
