/// One open connection, named by its two ends.
struct ConnectionID: Hashable {
    var localAddress: String
    var localPort: Int32
    var peerAddress: String
    var peerPort: Int32
}

/// The connections that may carry another request, and the time for which a name's addresses are believed.
///
/// A connection may be dead without any sign of it: a proxy's worker that hangs, a NAT that forgot it. So after
/// a failure at an origin no connection opened before is used for a new request, by any source; and none lives
/// longer than ``lifetime``, so that a name's new addresses are used at some time.
struct ConnectionTrust {
    /// The age from which a connection carries no new request.
    let lifetime: Duration
    /// The longest time for which a name's addresses are believed.
    static let longestDNSCaching = 10

    /// A time, and the place of the event in the order of all events.
    private struct Mark {
        var serial: Int
        var instant: ContinuousClock.Instant
    }

    private var openings: [ConnectionID: Mark] = [:]
    private var failures: [String: Mark] = [:]
    private var lastSerial = 0
    /// The number of openings and failures at which those without effect are forgotten.
    private var sweepsAt = 512

    init(lifetime: Duration) { self.lifetime = lifetime }

    /// Notes that a connection was opened now; a former one with the same ends is forgotten.
    mutating func noteOpening(of connection: ConnectionID, at now: ContinuousClock.Instant) {
        openings[connection] = mark(now)
        sweep(at: now)
    }

    /// Notes a failure at an origin (`scheme://host:port`).
    mutating func noteFailure(at origin: String, now: ContinuousClock.Instant) {
        failures[origin] = mark(now)
        sweep(at: now)
    }

    /// True if a new request to the origin may be sent on the connection; false also for an unknown one.
    func isUsable(_ connection: ConnectionID, for origin: String, at now: ContinuousClock.Instant) -> Bool {
        guard let opening = openings[connection], opening.instant.duration(to: now) < lifetime else {
            return false
        }
        return failures[origin].map { $0.serial < opening.serial } ?? true
    }

    /// The age in whole seconds from which a name's addresses are looked up again: after a failure at the origin
    /// those from before it, else those of ``longestDNSCaching``.
    func dnsCacheSeconds(for origin: String, at now: ContinuousClock.Instant) -> Int {
        guard let failure = failures[origin] else { return Self.longestDNSCaching }
        let seconds = failure.instant.duration(to: now).components.seconds
        return Int(min(max(0, seconds), Int64(Self.longestDNSCaching)))
    }

    private mutating func mark(_ now: ContinuousClock.Instant) -> Mark {
        lastSerial += 1
        return Mark(serial: lastSerial, instant: now)
    }

    /// Forgets what has no effect any more.
    private mutating func sweep(at now: ContinuousClock.Instant) {
        guard openings.count + failures.count >= sweepsAt else { return }
        let span = max(lifetime, .seconds(Self.longestDNSCaching))
        openings = openings.filter { $0.value.instant.duration(to: now) < lifetime }
        failures = failures.filter { $0.value.instant.duration(to: now) < span }
        sweepsAt = max(512, 2 * (openings.count + failures.count))
    }
}
