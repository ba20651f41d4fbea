package import Deployments
import Synchronization
import Wire

/// The audit log with its records in memory, where the answers to requests look for them.
///
/// The log is read at the first call that needs it, and again by each later one until that succeeds.
package final class AuditTrail: Sendable {
    private struct State {
        /// The records in the order of their ids; nil until the log was read.
        var records: [AuditRecord]?
        var loading: Task<Result<AuditContent, AuditLogError>, Never>?
    }

    private let log: any AuditLog
    private let state = Mutex(State())

    package init(_ log: any AuditLog) { self.log = log }

    /// The record that stands for a key; nil if there is none, or if nothing of it was sent.
    func earlier(
        withKey key: String, of token: String?, at now: Timestamp
    ) async throws(AuditLogError) -> AuditRecord? {
        try await records().last {
            $0.idempotencyKey == key && $0.actor.token == token && $0.holdsKey(at: now)
        }
    }

    /// Records an attempt that is about to be sent, see ``AuditLog/begin(_:)``.
    func begin(_ record: AuditRecord) async throws(AuditLogError) -> AuditRecord? {
        _ = try await records()
        do {
            if let earlier = try await log.begin(record) { return earlier }
        } catch {
            throw AuditLogError(of: error)
        }
        apply(record)
        return nil
    }

    /// Records an attempt that nothing is sent for, or what became of one.
    ///
    /// What became of one is known to this process from now on, even where it cannot be recorded.
    func record(_ record: AuditRecord) async throws(AuditLogError) {
        apply(record)
        do { try await log.record(record) } catch { throw AuditLogError(of: error) }
    }

    /// The records of updates whose outcome or effect is still looked for.
    func open(at now: Timestamp) async -> [AuditRecord] {
        let since = now.advanced(by: .zero - UpdateTiming.search)
        return ((try? await records()) ?? []).filter { $0.isOpen && $0.at >= since }
    }

    /// The newest record of a deployment, made after a time, whose outcome or effect is still looked for.
    func open(of uid: String, after time: Timestamp) -> AuditRecord? {
        state.withLock { $0.records?.last { $0.isOpen && $0.deployment == uid && $0.at > time } }
    }

    private func apply(_ record: AuditRecord) {
        state.withLock { state in
            guard state.records != nil else { return }
            if let index = state.records?.lastIndex(where: { $0.id == record.id }) {
                state.records?[index] = record
            } else {
                state.records?.append(record)
            }
        }
    }

    private func records() async throws(AuditLogError) -> [AuditRecord] {
        if let records = state.withLock({ $0.records }) { return records }
        var content: AuditContent
        do { content = try await log.load() } catch { throw AuditLogError(of: error) }
        var ended: [AuditRecord] = []
        for index in content.records.indices where content.records[index].outcome == .pending {
            content.records[index].outcome = .unknown
            content.records[index].problem = .endedWithProcess
            ended.append(content.records[index])
        }
        let (records, isFirst) = state.withLock { state in
            if let records = state.records { return (records, false) }
            state.records = content.records
            return (content.records, true)
        }
        // Where this fails, the next process finds them pending again.
        if isFirst { for record in ended { try? await log.record(record) } }
        return records
    }
}

extension AuditRecord {
    /// True if its key stands for it.
    func holdsKey(at now: Timestamp) -> Bool {
        requestDigest != nil && outcome != .notApplied && now.since(at) < AuditRetention.keyLifetime
    }

    /// True if what became of it, or its effect, is still looked for.
    var isOpen: Bool {
        action == .update && (outcome == .unknown || outcome == .applied && shownAt == nil)
    }
}

extension UpdateProblem {
    static let endedWithProcess = UpdateProblem(
        .outcomeUnknown,
        "the gateway ended before it knew what became of the update; it is never sent again by itself: this record "
            + "tells once the list shows its effect")
}

extension AuditLogError {
    init(of error: any Error) { self = error as? AuditLogError ?? AuditLogError("\(error)") }
}
