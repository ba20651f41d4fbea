package import Deployments
import Synchronization
import Wire

/// Keeps audit records in memory: the plain log with which others are compared.
package final class MemoryAuditLog: AuditLog {
    private struct State {
        var records: [AuditRecord] = []
        var failure: AuditLogError?
    }

    private let state = Mutex(State())

    /// A log that holds these records.
    package init(_ records: [AuditRecord] = []) { state.withLock { $0.records = records } }

    /// The records in the order of their first recording.
    package var records: [AuditRecord] { state.withLock { $0.records } }

    /// Makes every call throw this error; nil ends that.
    package func fail(with error: AuditLogError?) { state.withLock { $0.failure = error } }

    package func begin(_ record: AuditRecord) async throws -> AuditRecord? {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            let earlier = state.records.first {
                $0.idempotencyKey == record.idempotencyKey && $0.actor.token == record.actor.token
                    && $0.outcome != .notApplied && $0.action == .update
                    && record.at.since($0.at) < AuditRetention.keyLifetime && $0.requestDigest != nil
            }
            if earlier == nil { state.records.append(record) }
            return earlier
        }
    }

    package func record(_ record: AuditRecord) async throws {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            guard let index = state.records.firstIndex(where: { $0.id == record.id }) else {
                return state.records.append(record)
            }
            state.records[index] = record
        }
    }

    package func load() async throws -> AuditContent {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            return AuditContent(records: state.records)
        }
    }
}
