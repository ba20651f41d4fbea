import Deployments
import HTTPTypes
import Wire

/// The sources that a request reaches, with their states at one time; its response covers them.
struct SourceScope: Sendable {
    struct Source: Sendable {
        let status: SourceStatus
        let state: SourceStatus.State
        /// The reason why this source's list is older than the caller demanded; nil if it is not.
        let unmet: UnmetDemand?
    }

    let sources: [Source]
    let now: Timestamp
    /// The use of the cache: the answer came from the existing lists, or waited for a platform.
    let cacheUse: CacheStatus
    /// The notices on an answer about rows of these sources; empty on any other answer.
    var notices: [Notice] = []
    /// The sources that ``writeSources(to:)`` lists.
    var listed = ListedSources.all
    /// True if the request's own filters exclude every source that has rows of the kind: its answer is known to be
    /// empty.
    var isExcluded = false

    /// True if the answer has the gateway's own records, which are all there.
    var isOwn = false

    /// Determines the states at `now`; `unmet` has, by a source's name, the reason why the caller's demand is not met.
    init(
        _ statuses: [SourceStatus], now: Timestamp, unmet: [String: UnmetDemand] = [:],
        cacheUse: CacheStatus = .hit
    ) {
        self.now = now
        self.cacheUse = cacheUse
        sources = statuses.map { status in
            Source(status: status, state: status.state(at: now), unmet: unmet[status.source.name])
        }
    }

    /// True if every partition reached has a proven list; false without a source, unless ``isExcluded`` or ``isOwn`` is
    /// true.
    var isComplete: Bool { coversSomething && sources.allSatisfy(\.status.isComplete) }

    /// True if no list is older than the caller demanded.
    var meetsDemand: Bool { sources.allSatisfy { $0.unmet == nil } }

    /// True if every source reached is fresh and meets the demand; false without a source, unless ``isExcluded`` or
    /// ``isOwn`` is true.
    var isFresh: Bool { coversSomething && meetsDemand && sources.allSatisfy { $0.state == .fresh } }

    private var coversSomething: Bool { isExcluded || isOwn || !sources.isEmpty }

    /// The time of the oldest list; nil if no source reached has a list.
    var oldestObservedAt: Timestamp? { sources.compactMap(\.observedAt).min() }

    /// The time of the oldest list, or of the answer without one, as file names have it: `20260131T083000Z`.
    var fileTime: String {
        let text = (oldestObservedAt ?? now).description
        let digits = text.prefix { $0 != "." }.utf8.filter { ![0x2D, 0x3A].contains($0) }
        return String(decoding: digits, as: UTF8.self) + "Z"
    }

    /// The keys of the labels that the sources' rows may have, in the order of their bytes.
    var labelKeys: [String] {
        Set(sources.flatMap(\.status.source.labelKeys)).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
    }

    /// The term for totals and counts (`Sources/HTTPFront/README.md`, Completeness and freshness).
    var totalIs: String {
        guard isComplete, !has(.unreadField), !has(.lookupPending) else { return "at_least" }
        return isFresh && !has(.rowsHeld) ? "exact" : "as_of"
    }

    private func has(_ code: Notice.Code) -> Bool { notices.contains { $0.code == code.rawValue } }

    func ageSeconds(since time: Timestamp) -> Int64 { max(0, now.microseconds(since: time) / 1_000_000) }

    /// Seconds until the earliest next attempt at a source that lacks a proven list, or if all have one at a
    /// source that a notice is about; at least 1.
    ///
    /// It is 1 if an attempt is running or due, and if none is planned.
    /// It is an hour if no source is configured, since only another configuration changes that.
    var retryAfterSeconds: Int64 {
        guard !sources.isEmpty else { return 3600 }
        let lacking = sources.filter { source in
            isComplete
                ? notices.contains { $0.source == source.status.source.name } : !source.status.isComplete
        }
        let isLoading = lacking.contains { $0.state == .loading && ($0.status.nextAttemptAt ?? now) <= now }
        guard !isLoading, let next = lacking.compactMap(\.status.nextAttemptAt).min() else { return 1 }
        return max(1, next.microseconds(since: now).dividedRoundingUp(by: 1_000_000))
    }

    /// The three `Rollcall-` headers (`Sources/HTTPFront/README.md`, On answers about sources).
    var headers: HTTPFields {
        var headers = HTTPFields()
        headers.set("Rollcall-Complete", isComplete ? "?1" : "?0")
        headers.set("Rollcall-Fresh", isFresh ? "?1" : "?0")
        // An empty structured list is sent as no header at all (RFC 9651 §4.1).
        if !sources.isEmpty {
            headers.set("Rollcall-Sources", structuredSources)
        }
        return headers
    }

    /// The greatest length of `Rollcall-Sources` in bytes: proxies have room for some 4 KB of headers.
    private static let structuredLimit = 2048

    /// The sources as a structured list: first those that are not fresh, as many as there is room for, and the number
    /// of the others.
    private var structuredSources: String {
        let items = (sources.filter { !$0.isFresh } + sources.filter(\.isFresh)).map(\.structuredItem)
        func end(_ left: Int) -> String { "*;more=\(left)" }
        let reserved = ", ".utf8.count + end(items.count).utf8.count
        var text = ""
        for (index, item) in items.enumerated() {
            let separator = text.isEmpty ? "" : ", "
            let room = Self.structuredLimit - (index == items.count - 1 ? 0 : reserved)
            guard text.utf8.count + separator.utf8.count + item.utf8.count <= room else {
                return text + separator + end(items.count - index)
            }
            text += separator + item
        }
        return text
    }

    /// ``headers``, and those of an answer: `Age`, `Cache-Control`, `Cache-Status`, `Rollcall-Notices`.
    var cachedHeaders: HTTPFields {
        var headers = headers
        var codes: [String] = []
        for notice in notices where !codes.contains(notice.code) { codes.append(notice.code) }
        if !codes.isEmpty { headers.set("Rollcall-Notices", codes.joined(separator: ", ")) }
        if let oldest = oldestObservedAt { headers[.age] = "\(ageSeconds(since: oldest))" }
        let ttl = sources.map(\.status.ttl).min()
        if isComplete, isFresh, let ttl {
            headers[.cacheControl] = "private, max-age=\(max(0, ttl.components.seconds))"
        } else {
            headers[.cacheControl] = "private, no-cache"
        }
        let left = sources.compactMap { $0.secondsLeft(at: now) }.min()
        headers.set("Cache-Status", cacheUse.structuredItem + (left.map { "; ttl=\($0)" } ?? ""))
        return headers
    }

    /// Writes `complete`, `fresh`, `oldest_observed_at` (only if `withOldest` is true), `notices`, `sources` and
    /// `sources_total`.
    func writeMembers(withOldest: Bool, to json: inout JSONWriter) {
        json.key("complete")
        json.bool(isComplete)
        json.key("fresh")
        json.bool(isFresh)
        if withOldest {
            json.key("oldest_observed_at")
            json.timeOrNull(oldestObservedAt)
        }
        json.key("notices")
        json.array { json in for notice in notices { notice.write(to: &json) } }
        json.key("sources")
        writeSources(to: &json)
        json.key("sources_total")
        writeTotals(to: &json)
    }

    /// Writes the number of sources in each state, whichever are listed.
    func writeTotals(to json: inout JSONWriter) {
        json.object { json in
            for state in SourceStatus.State.allCases {
                json.key(state.rawValue)
                json.int(sources.count { $0.state == state })
            }
        }
    }

    /// Writes those of the sources that ``listed`` names.
    func writeSources(to json: inout JSONWriter) {
        json.array { json in
            for source in sources where listed == .all || listed == .problems && source.isProblem {
                json.object { json in
                    json.key("name")
                    json.string(source.status.source.name)
                    json.key("platform")
                    json.string(source.status.source.platform)
                    source.writeState(to: &json)
                    if let unmet = source.unmet {
                        json.key("demand")
                        json.string(unmet.rawValue)
                    }
                }
            }
        }
    }

    /// Adds the states and notices on which a response's tag depends, but no times and no reason for an unmet
    /// demand.
    func add(to fingerprint: inout Fingerprint) {
        for notice in notices { fingerprint.add(notice.detail) }
        fingerprint.add(isFresh ? 1 : 0)
        for source in sources {
            fingerprint.add(source.status.source.name)
            fingerprint.add(source.state.rawValue)
            fingerprint.add(source.status.isComplete ? 1 : 0)
            fingerprint.add(source.status.failure?.error.errorClass.rawValue ?? "")
            fingerprint.add(source.status.held?.rows ?? 0)
        }
    }
}

extension SourceScope.Source {
    /// True if its state is fresh and it meets the caller's demand.
    fileprivate var isFresh: Bool { state == .fresh && unmet == nil }

    /// True if an answer is not complete or not fresh because of it.
    fileprivate var isProblem: Bool { !isFresh || !status.isComplete }

    /// The time of the list; nil without a list, even if the status has the time of an earlier one.
    var observedAt: Timestamp? { status.hasList ? status.observedAt : nil }

    /// Whole seconds left of the `ttl`, negative once it has passed; nil without a list.
    fileprivate func secondsLeft(at now: Timestamp) -> Int64? {
        guard let observedAt else { return nil }
        let age = max(0, now.microseconds(since: observedAt))
        let (left, overflow) = status.ttl.microseconds.subtractingReportingOverflow(age)
        return overflow ? nil : left.dividedRoundingDown(by: 1_000_000)
    }

    /// A list member of RFC 9651: a token, or a string if the name does not begin with a letter.
    fileprivate var structuredItem: String {
        let name = status.source.name
        let isToken = name.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } ?? false
        let error = status.failure.map { ";error=\($0.error.errorClass.rawValue)" } ?? ""
        let demand = unmet.map { ";demand=\($0.rawValue)" } ?? ""
        return (isToken ? name : "\"\(name)\"") + ";state=\(state.rawValue)" + error + demand
    }

    /// Writes `state`, `observed_at`, `count`, `partitions` and `error`, with `age_seconds` if an age is given.
    func writeState(to json: inout JSONWriter, withAge age: Int64?? = .none) {
        json.key("state")
        json.string(state.rawValue)
        json.key("observed_at")
        json.timeOrNull(observedAt)
        if let age {
            json.key("age_seconds")
            if let age { json.int(age) } else { json.null() }
        }
        json.key("count")
        json.int(status.count)
        json.key("partitions")
        json.object { json in
            json.key("total")
            json.int(status.partitions.total)
            json.key("listed")
            json.int(status.partitions.listed)
            json.key("proven")
            json.int(status.partitions.proven)
        }
        json.key("error")
        guard let failure = status.failure else { return json.null() }
        json.object { json in
            json.key("class")
            json.string(failure.error.errorClass.rawValue)
            json.key("message")
            json.string(failure.error.message)
            json.key("since")
            json.time(failure.since)
        }
    }
}

extension Int64 {
    fileprivate func dividedRoundingDown(by divisor: Int64) -> Int64 {
        self / divisor - (self % divisor < 0 ? 1 : 0)
    }

    func dividedRoundingUp(by divisor: Int64) -> Int64 {
        self / divisor + (self % divisor > 0 ? 1 : 0)
    }
}

extension HTTPFields {
    /// Sets a header for whose name HTTPTypes has no constant.
    mutating func set(_ name: String, _ value: String) {
        guard let name = HTTPField.Name(name) else { return }
        self[name] = value
    }
}
