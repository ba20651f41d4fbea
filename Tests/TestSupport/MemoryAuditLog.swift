package import Deployments
import Synchronization
package import Wire

/// Keeps audit records in memory: the plain log with which others are compared.
package final class MemoryAuditLog: AuditLog {
    private struct State {
        var records: [AuditRecord] = []
        var dropped = 0
        var droppedUntil: Timestamp?
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
                    && $0.holdsKey(at: record.at)
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
            return AuditContent(
                records: state.records, dropped: state.dropped, droppedUntil: state.droppedUntil)
        }
    }

    package func trim(to retention: AuditRetention, at now: Timestamp) async throws -> AuditTrimming {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            var excess = state.records.map(\.size).reduce(-retention.bytes, +)
            var kept: [AuditRecord] = []
            var ids: Set<String> = []
            for record in state.records {
                let isOld = now.since(record.at) > retention.age
                guard isOld || excess > 0, !record.holdsKey(at: now) else {
                    kept.append(record)
                    continue
                }
                excess -= record.size
                ids.insert(record.id)
                state.droppedUntil = max(state.droppedUntil ?? record.at, record.at)
            }
            state.records = kept
            state.dropped += ids.count
            return AuditTrimming(ids: ids, dropped: state.dropped, droppedUntil: state.droppedUntil)
        }
    }
}

extension AuditRecord {
    fileprivate var size: Int {
        encoded().count + (patch?.encoded().count ?? 0) + (requestDigest?.utf8.count ?? 0)
    }
}
