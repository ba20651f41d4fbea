package import Wire

/// Counts requests over the last minute, hour and day, with a resolution of a sixtieth of each.
package struct CallMeter: Sendable {
    private var minute = RollingCount(bucketSeconds: 1)
    private var hour = RollingCount(bucketSeconds: 60)
    private var day = RollingCount(bucketSeconds: 24 * 60)

    package init() {}

    /// Adds requests that were sent now; after the clock was set back, they count towards the newest second
    /// before that.
    package mutating func add(_ calls: Int, at now: Timestamp) {
        let second = max(0, now.microseconds / 1_000_000)
        minute.add(calls, at: second)
        hour.add(calls, at: second)
        day.add(calls, at: second)
    }

    /// The number of requests in each of the spans that end now.
    package func counts(at now: Timestamp) -> SourceStatus.Calls {
        let second = max(0, now.microseconds / 1_000_000)
        var calls = SourceStatus.Calls()
        calls.minute = minute.count(at: second)
        calls.hour = hour.count(at: second)
        calls.day = day.count(at: second)
        return calls
    }
}

/// A ring of sixty buckets: the current one and the fifty-nine before it.
private struct RollingCount: Sendable {
    let bucketSeconds: Int64
    private var counts = [Int](repeating: 0, count: 60)
    /// The newest bucket that has a count.
    private var newest: Int64 = 0

    init(bucketSeconds: Int64) { self.bucketSeconds = bucketSeconds }

    mutating func add(_ count: Int, at second: Int64) {
        let bucket = max(newest, second / bucketSeconds)
        if bucket - newest >= 60 {
            counts = [Int](repeating: 0, count: 60)
        } else {
            for passed in (newest..<bucket) { counts[Int((passed + 1) % 60)] = 0 }
        }
        newest = bucket
        let index = Int(bucket % 60)
        let (sum, overflow) = counts[index].addingReportingOverflow(max(0, count))
        counts[index] = overflow ? .max : sum
    }

    func count(at second: Int64) -> Int {
        let bucket = max(newest, second / bucketSeconds)
        var total = 0
        for back in 0..<60 {
            let counted = bucket - Int64(back)
            guard counted >= 0, counted <= newest, newest - counted < 60 else { continue }
            let (sum, overflow) = total.addingReportingOverflow(counts[Int(counted % 60)])
            total = overflow ? .max : sum
        }
        return total
    }
}
