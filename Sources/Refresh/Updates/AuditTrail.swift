package import Deployments
package import Logging
package import Snapshots
import Synchronization
package import Wire

/// The audit log with its records in memory, where the answers to requests look for them.
///
/// The log is read at the first call that needs it, and again by each later one until that succeeds. What became of an
/// attempt is known to this process even where it cannot be recorded; it is recorded once that is possible.
package final class AuditTrail: Sendable {
    private struct State {
        /// nil until the log was read.
        var mirror: AuditMirror?
        var loading: Task<AuditContent, any Error>?
        /// The reason that the log could not be read at last.
        var failure: AuditLogError?
        /// The ids of the records that are in memory as the log does not have them.
        var unrecorded: Set<String> = []
        /// True if something was recorded since the log was trimmed.
        var hasGrown = true
        var view: (number: Int, view: AuditView)?
    }

    private let log: (any AuditLog)?
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let state = Mutex(State())
    /// Distinguishes this process's views from those of others.
    private let idPrefix = UInt64.random(in: 0...(.max)).hexadecimalDigits

    /// Reads and writes the log; with nil nothing is recorded, so that nothing can be changed.
    package init(_ log: (any AuditLog)?, now: @escaping @Sendable () -> Timestamp, logger: Logger) {
        self.log = log
        self.now = now
        self.logger = logger
    }

    /// The interval at which the log is kept in order.
    private static let interval = Duration.seconds(2)
    /// The interval at which records are dropped for their age, in turns of ``interval``.
    private static let turnsPerTrim = 1800

    /// Reads the log, records what could not be recorded, and drops what is kept no longer, until it is canceled.
    package func run(on clock: some Clock<Duration>) async {
        guard log != nil else { return }
        var turn = 0
        var reported: AuditLogError?
        repeat {
            do throws(AuditLogError) {
                try await load()
                await recordAgain()
                if turn % Self.turnsPerTrim == 0 || state.withLock({ $0.hasGrown }) { try await trim() }
                reported = nil
            } catch {
                if error != reported, !Task.isCancelled {
                    logger.error(
                        "the audit log cannot be used; updates are refused meanwhile",
                        metadata: ["error": "\(error)"])
                }
                reported = error
            }
            turn += 1
        } while (try? await clock.sleep(for: Self.interval)) != nil
    }

    /// Reads the log, unless it was read.
    package func load() async throws(AuditLogError) { _ = try await mirror() }

    /// The records as readers see them.
    ///
    /// - Throws: ``AuditLogError`` while the log could not be read.
    package func view() throws(AuditLogError) -> AuditView {
        let found = state.withLock { state -> Result<(AuditMirror, AuditView?), AuditLogError> in
            guard let mirror = state.mirror else {
                return .failure(
                    log == nil ? .noLog : state.failure ?? AuditLogError("it is being read; try again"))
            }
            return .success((mirror, state.view?.number == mirror.number ? state.view?.view : nil))
        }
        var (mirror, view) = try found.get()
        if let view { return view }
        mirror.makeLists()
        let made = AuditView(
            list: PublishedList(
                snapshot: Snapshot(
                    id: "\(idPrefix)-\(mirror.number)", publishedAt: now(), lists: mirror.lists ?? []),
                sources: []),
            dropped: mirror.dropped, droppedUntil: mirror.droppedUntil)
        return state.withLock { state in
            // Another reader may have made the same one meanwhile: there is one for each number.
            if let view = state.view, view.number == mirror.number { return view.view }
            if state.mirror?.number == mirror.number {
                state.mirror = mirror
                state.view = (mirror.number, made)
            }
            return made
        }
    }

    /// The record that stands for a key; nil if there is none, or if nothing of it was sent.
    func earlier(
        withKey key: String, of token: String?, at now: Timestamp
    ) async throws(AuditLogError) -> AuditRecord? {
        try await mirror().records
            .filter { $0.idempotencyKey == key && $0.actor.token == token && $0.holdsKey(at: now) }
            .max { $0.id < $1.id }
    }

    /// Records an attempt that is about to be sent, see ``AuditLog/begin(_:)``.
    func begin(_ record: AuditRecord) async throws(AuditLogError) -> AuditRecord? {
        try await load()
        // A key may still be held by an attempt of which the log does not know that nothing was sent.
        await recordAgain()
        do {
            if let earlier = try await held().begin(record) {
                return state.withLock { $0.mirror?.record(earlier.id) } ?? earlier
            }
        } catch {
            throw AuditLogError(of: error)
        }
        apply(record)
        return nil
    }

    /// Records an attempt that nothing is sent for, or what became of one.
    func record(_ record: AuditRecord) async throws(AuditLogError) {
        apply(record)
        do {
            try await held().record(record)
        } catch {
            let isKnown = state.withLock { state in
                guard state.mirror?.record(record.id) != nil else { return false }
                state.unrecorded.insert(record.id)
                return true
            }
            if !isKnown { logger.error("an attempt is not recorded", metadata: ["id": "\(record.id)"]) }
            throw AuditLogError(of: error)
        }
    }

    /// The records of updates whose outcome or effect is still looked for.
    func open(at now: Timestamp) async -> [AuditRecord] {
        let since = now.advanced(by: .zero - UpdateTiming.search)
        guard let mirror = try? await mirror() else { return [] }
        return mirror.records.filter { $0.isOpen && $0.at >= since }.sorted { $0.id < $1.id }
    }

    /// The newest record of a deployment, made after a time, whose outcome or effect is still looked for; nil once a list
    /// has shown the effect of a later one.
    func open(of uid: String, after time: Timestamp) -> AuditRecord? {
        let mirror = state.withLock { $0.mirror }
        let last = mirror?.records(of: uid.prefix { $0 != "/" })
            .last { $0.deployment == uid && $0.at > time && ($0.isOpen || $0.shownAt != nil) }
        return last.flatMap { $0.isOpen ? $0 : nil }
    }

    /// True if a later update asks for the same, so that nothing tells which of the two a list shows.
    func isRepeated(_ record: AuditRecord) -> Bool {
        let mirror = state.withLock { $0.mirror }
        return mirror?.records(of: record.origin.description.name).contains {
            $0.id > record.id && $0.deployment == record.deployment && $0.patch == record.patch
                && $0.action == .update && $0.outcome.mayHaveEffect
        } ?? false
    }

    private func held() throws(AuditLogError) -> any AuditLog {
        guard let log else { throw .noLog }
        return log
    }

    private func apply(_ record: AuditRecord) {
        state.withLock { state in
            state.mirror?.apply(record)
            state.hasGrown = true
        }
    }

    /// Records what is known here alone.
    private func recordAgain() async {
        for id in state.withLock({ $0.unrecorded }) {
            guard let record = state.withLock({ $0.mirror?.record(id) }), let log,
                (try? await log.record(record)) != nil
            else { continue }
            state.withLock { state in
                // It may have changed meanwhile.
                if state.mirror?.record(id) == record { state.unrecorded.remove(id) }
            }
        }
    }

    private func trim() async throws(AuditLogError) {
        state.withLock { $0.hasGrown = false }
        do {
            let trimming = try await held().trim(to: AuditRetention(), at: now())
            state.withLock { state in
                state.mirror?.remove(trimming)
                state.unrecorded.subtract(trimming.ids)
            }
        } catch {
            throw AuditLogError(of: error)
        }
    }

    private func mirror() async throws(AuditLogError) -> AuditMirror {
        let log = try held()
        if let mirror = state.withLock({ $0.mirror }) { return mirror }
        let loading = state.withLock { state in
            if let loading = state.loading { return loading }
            let loading = Task { try await log.load() }
            state.loading = loading
            return loading
        }
        do {
            let content = try await loading.value
            return state.withLock { state in
                state.loading = nil
                if let mirror = state.mirror { return mirror }
                return begin(with: content, in: &state)
            }
        } catch {
            let error = AuditLogError(of: error)
            state.withLock { ($0.loading, $0.failure) = (nil, error) }
            throw error
        }
    }

    /// Takes what the log holds at the first reading in this process: what is in flight there was sent by a process that
    /// has ended.
    private func begin(with content: AuditContent, in state: inout State) -> AuditMirror {
        var content = content
        for index in content.records.indices where content.records[index].outcome == .pending {
            content.records[index].outcome = .unknown
            content.records[index].problem = .endedWithProcess
            state.unrecorded.insert(content.records[index].id)
        }
        if content.damaged > 0 {
            logger.warning(
                "records of the audit log are damaged and are left out",
                metadata: ["records": "\(content.damaged)"])
        }
        let mirror = AuditMirror(content)
        (state.mirror, state.failure) = (mirror, nil)
        return mirror
    }
}

extension AuditRecord {
    /// True if what became of it, or its effect, is still looked for.
    var isOpen: Bool {
        action == .update && (outcome == .unknown || outcome == .applied && shownAt == nil)
    }
}

extension AuditRecord.Outcome {
    /// True if the platform has applied it, or may.
    fileprivate var mayHaveEffect: Bool { [.pending, .applied, .unknown].contains(self) }
}

extension UpdateProblem {
    static let endedWithProcess = UpdateProblem(
        .outcomeUnknown,
        "the gateway ended before it knew what became of the update; it is never sent again by itself: this record "
            + "tells once the list shows its effect")
}

extension AuditLogError {
    init(of error: any Error) { self = error as? AuditLogError ?? AuditLogError("\(error)") }

    /// There is no log, so that nothing can be recorded.
    fileprivate static let noLog = AuditLogError(
        "`store: memory:` keeps no audit log; set `store` to a file, such as `sqlite:rollcall.sqlite`")
}
