import Synchronization
import Wire

/// The faults that are on, for each dialect; any task may change them while the sandbox serves.
package final class Faults: Sendable {
    /// One fault of one dialect while it is on.
    struct Active: Sendable {
        var setting: FaultSetting
        /// The number of requests that it may strike, since it was switched on.
        var requests = 0
        /// The paths of those requests, and whether each is hit; only if its share is one of paths.
        var paths: [String: Bool] = [:]
        /// The number of requests that it hit.
        var hits = 0
    }

    private struct Key: Hashable {
        var dialect: Dialect
        var fault: Fault
    }

    private struct State {
        var active: [Key: Active] = [:]
        var requests: [Dialect: Int] = [:]
        /// What `lateInLists` holds back, by the number of the request that wrote it.
        var held: [Dialect: [Int: HeldList]] = [:]
        var waiters: [Int: (key: Key, end: AsyncStream<Never>.Continuation)] = [:]
        var lastWaiter = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Switches a fault on, or restarts it with these settings and its count at 0.
    ///
    /// Does nothing if the fault has no meaning in the dialect (``Fault/dialects``).
    package func set(_ fault: Fault, on dialect: Dialect, _ setting: FaultSetting = FaultSetting()) {
        guard fault.dialects.contains(dialect) else { return }
        let setting = setting.withinRanges
        state.withLock { $0.active[Key(dialect: dialect, fault: fault)] = Active(setting: setting) }
    }

    /// Switches one fault off; requests that hang on it go on at once.
    package func clear(_ fault: Fault, on dialect: Dialect) {
        clear { $0 == Key(dialect: dialect, fault: fault) }
    }

    /// Switches every fault of every dialect off; requests that hang go on at once.
    package func clearAll() { clear { _ in true } }

    /// Switches every fault off for shutdown; from then on no request hangs or drips.
    package func close() {
        state.withLock { $0.isClosed = true }
        clearAll()
    }

    private func clear(where matches: (Key) -> Bool) {
        let ended = state.withLock { state in
            for key in state.active.keys where matches(key) { state.active[key] = nil }
            for dialect in Dialect.allCases where matches(Key(dialect: dialect, fault: .lateInLists)) {
                state.held[dialect] = nil
            }
            let ended = state.waiters.filter { matches($0.value.key) }
            for waiter in ended.keys { state.waiters[waiter] = nil }
            return ended.values.map(\.end)
        }
        for end in ended { end.finish() }
    }

    /// The number of requests to a dialect, faulty ones included; requests to the samples are not counted.
    package func requestCount(_ dialect: Dialect) -> Int {
        state.withLock { $0.requests[dialect] ?? 0 }
    }

    /// Counts a request for a path below the dialect's base; returns its number, from 1, and the faults that hit it.
    func admit(_ dialect: Dialect, _ path: String, isWrite: Bool) -> (
        number: Int, faults: [Fault: FaultSetting]
    ) {
        state.withLock { state in
            let number = (state.requests[dialect] ?? 0) + 1
            state.requests[dialect] = number
            var hit: [Fault: FaultSetting] = [:]
            for (key, var active) in state.active
            where key.dialect == dialect && (isWrite || !key.fault.strikesWrites) {
                if active.admit(path) { hit[key.fault] = active.setting }
                state.active[key] = active
            }
            return (number, hit)
        }
    }

    /// A fault that is on, for the control page; nil while it is off.
    func active(_ fault: Fault, on dialect: Dialect) -> Active? {
        state.withLock { $0.active[Key(dialect: dialect, fault: fault)] }
    }

    /// Waits until a fault is switched off, `limit` has passed, or the task is cancelled.
    func waitUntilCleared(
        _ fault: Fault, on dialect: Dialect, atMost limit: Duration, clock: any Clock<Duration>
    ) async {
        let key = Key(dialect: dialect, fault: fault)
        let (stream, end) = AsyncStream<Never>.makeStream()
        let waiter = state.withLock { state -> Int? in
            guard state.active[key] != nil, !state.isClosed else { return nil }
            state.lastWaiter += 1
            state.waiters[state.lastWaiter] = (key, end)
            return state.lastWaiter
        }
        guard let waiter else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in stream {} }
            group.addTask { try? await clock.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        state.withLock { $0.waiters[waiter] = nil }
    }

    /// Lets the list of a dialect stand still, as it was before an instant at which request `number` writes.
    func holdList(_ dialect: Dialect, for number: Int, since instant: Timestamp, _ setting: FaultSetting) {
        let held = HeldList(
            asOf: instant.adding(microseconds: -1),
            requests: setting.requests ?? (setting.seconds == nil ? 3 : nil),
            until: setting.seconds.map { instant.adding(microseconds: Int64($0 * 1_000_000)) })
        state.withLock { $0.held[dialect, default: [:]][number] = held }
    }

    /// Undoes ``holdList(_:for:since:_:)``, for a write that was not done.
    func releaseList(_ dialect: Dialect, for number: Int) {
        state.withLock { $0.held[dialect]?[number] = nil }
    }

    /// Counts a request for the list of a dialect; returns the instant as of which it is answered.
    ///
    /// nil: the present.
    func listInstant(_ dialect: Dialect, at now: Timestamp) -> Timestamp? {
        state.withLock { state in
            var asOf: Timestamp?
            for (number, var held) in state.held[dialect] ?? [:] {
                guard held.admit(at: now) else {
                    state.held[dialect]?[number] = nil
                    continue
                }
                state.held[dialect]?[number] = held
                asOf = min(asOf ?? held.asOf, held.asOf)
            }
            return asOf
        }
    }

    /// The number of requests that hang or drip.
    package var waiting: Int { state.withLock { $0.waiters.count } }
}

/// A list that stands still after a write.
private struct HeldList: Sendable {
    /// The instant as of which it is answered.
    var asOf: Timestamp
    /// The number of requests for it that are still answered so; nil: any number.
    var requests: Int?
    /// The end of it; nil: none.
    var until: Timestamp?

    /// Counts a request for it; false once it is over.
    mutating func admit(at now: Timestamp) -> Bool {
        if let until, now >= until { return false }
        guard let requests else { return true }
        self.requests = requests - 1
        return requests > 0
    }
}

extension Faults.Active {
    /// The number of paths that are told apart; further ones fare alike.
    private static let pathLimit = 10_000

    /// Counts a request; true if the fault hits it.
    fileprivate mutating func admit(_ path: String) -> Bool {
        guard setting.covers(path) else { return false }
        requests += 1
        if let count = setting.count, hits >= count { return false }
        let isHit = setting.whole == .paths ? hitsPath(path) : setting.hits(requests)
        if isHit { hits += 1 }
        return isHit
    }

    private mutating func hitsPath(_ path: String) -> Bool {
        if let isHit = paths[path] { return isHit }
        let isHit = setting.hits(paths.count + 1)
        if paths.count < Self.pathLimit { paths[path] = isHit }
        return isHit
    }
}
