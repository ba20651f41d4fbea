import Deployments
import Logging
import Synchronization

/// The round of lookups that runs beside a source's attempts, and its result until that is merged.
///
/// Lists never wait for lookups: a round only sends requests, and the source's one loop merges what it found.
final class LookupWork: Sendable {
    private struct State {
        /// True once rows may want to be looked up that no round has asked for.
        var isWanted = true
        var isRunning = false
        var result: LookupFetch?
    }

    private let state = Mutex(State())

    /// Notes that rows may have changed.
    func want() { state.withLock { $0.isWanted = true } }

    /// True if a round may begin; it then counts as begun.
    func begin() -> Bool {
        state.withLock { state in
            guard state.isWanted, !state.isRunning, state.result == nil else { return false }
            (state.isWanted, state.isRunning) = (false, true)
            return true
        }
    }

    /// Ends the round; nil if nothing was wanted.
    func end(with result: LookupFetch?) {
        state.withLock { ($0.isRunning, $0.result) = (false, result) }
    }

    /// The result of the last round, once.
    func take() -> LookupFetch? {
        state.withLock { state in
            defer { state.result = nil }
            return state.result
        }
    }
}

extension SourceRunner {
    /// The least number of keys of a round; many keys take a few large rounds, since the rows are encoded after each.
    private static let leastRound = 256

    /// The keys of the next round.
    private var nextRound: [LookupKey] {
        let wanted = lists.wantedLookups(at: now())
        return Array(wanted.prefix(max(Self.leastRound, (wanted.count + 7) / 8)))
    }

    /// Begins a round of lookups in the group, unless one is under way or nothing is wanted.
    func beginLookups(in group: inout DiscardingTaskGroup) {
        guard !source.lookups.isEmpty, lookupWork.begin() else { return }
        let keys = nextRound
        guard !keys.isEmpty else { return lookupWork.end(with: nil) }
        group.addTask {
            let fetch = await self.source.lookUp(keys)
            self.lookupWork.end(with: Task.isCancelled ? nil : fetch)
            self.changed.send()
        }
    }

    /// Merges and publishes the result of a round that has ended.
    func mergeLookups<C>(in context: RunnerContext<C>) async {
        guard let fetch = lookupWork.take() else { return }
        await merge(fetch, in: context)
    }

    /// - Returns: True if another round may find more.
    @discardableResult
    private func merge<C>(_ fetch: LookupFetch, in context: RunnerContext<C>) async -> Bool {
        // What another account told is asked again after the next list.
        let before = lists
        guard let merged = await before.merging(fetch) else { return false }
        await context.publisher.publish(.lookedUp(merged), of: self)
        if let refusal = merged.lookups.refusal, refusal != before.lookups.refusal {
            context.logger.warning(
                "lookups are not complete", metadata: ["source": "\(name)", "error": "\(refusal)"])
        }
        for found in merged.lookupDrift {
            let field = found.drift.field
            guard !before.lookupDrift.contains(where: { $0.drift.field == field }) else { continue }
            context.logger.log(
                .drifted(field: field, rows: found.drift.rows), of: .deployments, in: name)
        }
        if fetch.calls > 0 { store(by: context.writer) }
        guard fetch.refusal == nil, !fetch.entries.isEmpty else { return false }
        lookupWork.want()
        return true
    }

    /// Looks up everything that the rows want, round after round; for a process that lists once.
    func lookUpAll<C>(in context: RunnerContext<C>) async {
        guard !source.lookups.isEmpty else { return }
        while !Task.isCancelled {
            let keys = nextRound
            guard !keys.isEmpty else { return }
            let fetch = await source.lookUp(keys)
            guard await merge(fetch, in: context) else { return }
        }
    }
}
