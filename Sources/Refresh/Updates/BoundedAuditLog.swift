package import Deployments
import Synchronization
package import Wire

/// An audit log that answers in time or throws: a disk that hangs holds no request.
///
/// While a call is overdue, the others throw at once.
package final class BoundedAuditLog<C: Clock<Duration>>: AuditLog {
    private let log: any AuditLog
    private let clock: C
    /// The number of calls that are overdue and have not ended.
    private let overdue = Mutex(0)

    /// The time for which a call is waited for.
    package static var limit: Duration { .seconds(5) }

    package init(_ log: any AuditLog, clock: C) {
        self.log = log
        self.clock = clock
    }

    package func begin(_ record: AuditRecord) async throws -> AuditRecord? {
        try await bounded { [log] in
            try await log.begin(record)
        } afterwards: { [log] earlier in
            // Nothing was sent: who asked was told so.
            guard earlier == nil else { return }
            var record = record
            record.outcome = .notApplied
            record.problem = UpdateProblem(
                .storeUnavailable, "it was not recorded in time, so nothing was sent")
            try? await log.record(record)
        }
    }

    package func record(_ record: AuditRecord) async throws {
        try await bounded { [log] in try await log.record(record) }
    }

    package func load() async throws -> AuditContent { try await bounded { [log] in try await log.load() } }

    package func trim(to retention: AuditRetention, at now: Timestamp) async throws -> AuditTrimming {
        try await bounded { [log] in try await log.trim(to: retention, at: now) }
    }

    /// Runs a call, and waits for it as long as is allowed; `afterwards` gets the result of one that was too late.
    private func bounded<Value: Sendable>(
        _ call: @escaping @Sendable () async throws -> Value,
        afterwards: @escaping @Sendable (Value) async -> Void = { _ in }
    ) async throws -> Value {
        guard overdue.withLock({ $0 == 0 }) else { throw Self.overdueError }
        let call = Task { try await call() }
        // Whichever comes first: a task group would wait for the call, which ends when it likes.
        let (results, first) = AsyncStream.makeStream(
            of: Result<Value, any Error>?.self, bufferingPolicy: .bufferingOldest(1))
        let timer = Task { [clock] in
            try? await clock.sleep(for: Self.limit)
            first.yield(nil)
        }
        Task {
            first.yield(await call.result)
            timer.cancel()
        }
        var iterator = results.makeAsyncIterator()
        if case .some(.some(let result)) = await iterator.next() { return try result.get() }
        overdue.withLock { $0 += 1 }
        Task {
            if let value = try? await call.value { await afterwards(value) }
            self.overdue.withLock { $0 -= 1 }
        }
        throw Self.overdueError
    }

    private static var overdueError: AuditLogError {
        AuditLogError("the disk of the audit log has not answered in \(limit.components.seconds) s")
    }
}
