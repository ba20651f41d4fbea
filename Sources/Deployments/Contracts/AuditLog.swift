package import Wire

/// Keeps the record of every attempt to change something, apart from the lists.
///
/// Any number of tasks may call it; calls take effect one after another. What a call has recorded is on the disk when
/// it returns, and survives a loss of power. A conformer holds nothing but what ``AuditRecord`` holds.
package protocol AuditLog: Sendable {
    /// Records an attempt that is about to be sent.
    ///
    /// - Returns: nil once it is recorded; or the record whose ``AuditRecord/idempotencyKey`` the same
    ///   ``AuditRecord/Actor/token`` has used within ``AuditRetention/keyLifetime``, and then nothing is recorded.
    /// - Throws: ``AuditLogError``: nothing may be sent.
    func begin(_ record: AuditRecord) async throws -> AuditRecord?

    /// Records an attempt that nothing is sent for, or replaces the record with the same id.
    ///
    /// - Throws: ``AuditLogError``.
    func record(_ record: AuditRecord) async throws

    /// Every record that is kept, the oldest first, and what was dropped.
    ///
    /// - Throws: ``AuditLogError``.
    func load() async throws -> AuditContent
}

/// What an audit log holds.
package struct AuditContent: Sendable {
    /// The records, in the order of their ids.
    package var records: [AuditRecord]
    /// The number of records that were dropped for their age or for room, over the log's life.
    package var dropped: Int
    /// The time of the newest dropped record; nil if none was dropped.
    package var droppedUntil: Timestamp?

    package init(records: [AuditRecord] = [], dropped: Int = 0, droppedUntil: Timestamp? = nil) {
        self.records = records
        self.dropped = dropped
        self.droppedUntil = droppedUntil
    }
}

/// How long records are kept.
package struct AuditRetention: Sendable, Hashable {
    /// The greatest age of a record.
    package var age = Duration.seconds(90 * 86_400)
    /// The greatest size of all records together, in bytes of their stored form.
    package var bytes = 64 << 20
    /// The time for which an idempotency key stands for its first request; no record is dropped before it.
    package static let keyLifetime = Duration.seconds(86_400)

    package init() {}
}

/// An error of an audit log: nothing was recorded.
package struct AuditLogError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The place, the cause and what to do; holds no record.
    package var message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
