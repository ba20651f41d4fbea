import Synchronization

/// The faults that are on, for each dialect; may be changed from anywhere while the sandbox serves.
package final class Faults: Sendable {
    /// What one fault does to one dialect now.
    struct Active: Sendable {
        var setting: FaultSetting
        /// Requests since it was switched on.
        var seen = 0
        /// How many of these it hit.
        var hits = 0
    }

    private struct Place: Hashable {
        var dialect: Dialect
        var fault: Fault
    }

    private struct State {
        var active: [Place: Active] = [:]
        var requests: [Dialect: Int] = [:]
        var waiters: [Int: (place: Place, end: AsyncStream<Never>.Continuation)] = [:]
        var lastWaiter = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Switches a fault on, or on anew with other settings, its count at 0.
    ///
    /// One that means nothing in a dialect (``Fault/dialects``) does nothing there.
    package func set(_ fault: Fault, on dialect: Dialect, _ setting: FaultSetting = FaultSetting()) {
        guard fault.dialects.contains(dialect) else { return }
        let setting = setting.withinRanges
        state.withLock { $0.active[Place(dialect: dialect, fault: fault)] = Active(setting: setting) }
    }

    /// Switches one fault off; requests that hang on it go on at once.
    package func clear(_ fault: Fault, on dialect: Dialect) {
        clear { $0 == Place(dialect: dialect, fault: fault) }
    }

    /// Switches every fault of every dialect off; requests that hang go on at once.
    package func clearAll() { clear { _ in true } }

    /// Switches everything off for good, for shutdown: nothing hangs or drips any longer.
    package func close() {
        state.withLock { $0.isClosed = true }
        clearAll()
    }

    private func clear(where matches: (Place) -> Bool) {
        let ended = state.withLock { state in
            for place in state.active.keys where matches(place) { state.active[place] = nil }
            let ended = state.waiters.filter { matches($0.value.place) }
            for waiter in ended.keys { state.waiters[waiter] = nil }
            return ended.values.map(\.end)
        }
        for end in ended { end.finish() }
    }

    /// How many requests a dialect has had, the faulty ones included; the samples' are not counted.
    package func requestCount(_ dialect: Dialect) -> Int {
        state.withLock { $0.requests[dialect] ?? 0 }
    }

    /// Counts a request, and tells its number and which faults hit it.
    func admit(_ dialect: Dialect) -> (number: Int, faults: [Fault: FaultSetting]) {
        state.withLock { state in
            let number = (state.requests[dialect] ?? 0) + 1
            state.requests[dialect] = number
            var hit: [Fault: FaultSetting] = [:]
            for (place, var active) in state.active where place.dialect == dialect {
                if active.admit() { hit[place.fault] = active.setting }
                state.active[place] = active
            }
            return (number, hit)
        }
    }

    /// What is on, for the control page.
    func active(_ fault: Fault, on dialect: Dialect) -> Active? {
        state.withLock { $0.active[Place(dialect: dialect, fault: fault)] }
    }

    /// Waits until a fault is switched off, the time is over, or the task is cancelled.
    func waitUntilCleared(
        _ fault: Fault, on dialect: Dialect, atMost limit: Duration, clock: any Clock<Duration>
    ) async {
        let place = Place(dialect: dialect, fault: fault)
        let (stream, end) = AsyncStream<Never>.makeStream()
        let waiter = state.withLock { state -> Int? in
            guard state.active[place] != nil, !state.isClosed else { return nil }
            state.lastWaiter += 1
            state.waiters[state.lastWaiter] = (place, end)
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

    /// How many requests hang or drip.
    package var waiting: Int { state.withLock { $0.waiters.count } }
}

extension Faults.Active {
    /// Whether the next request is hit.
    fileprivate mutating func admit() -> Bool {
        seen += 1
        if let count = setting.count, hits >= count { return false }
        // Evenly spread: the share's running sum passes a whole number.
        let isHit = seen * setting.share / 100 > (seen - 1) * setting.share / 100
        if isHit { hits += 1 }
        return isHit
    }
}
