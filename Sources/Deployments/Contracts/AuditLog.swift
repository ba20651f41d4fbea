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

    /// Removes the records that are too old, and while the others are too large together, the oldest of those whose key
    /// does not stand for them.
    ///
    /// - Throws: ``AuditLogError``.
    func trim(to retention: AuditRetention, at now: Timestamp) async throws -> AuditTrimming
}

/// The records that an audit log has removed.
package struct AuditTrimming: Sendable {
    /// Their ids.
    package var ids: Set<String>
    /// See ``AuditContent/dropped``.
    package var dropped: Int
    /// See ``AuditContent/droppedUntil``.
    package var droppedUntil: Timestamp?

    package init(ids: Set<String>, dropped: Int, droppedUntil: Timestamp?) {
        self.ids = ids
        self.dropped = dropped
        self.droppedUntil = droppedUntil
    }
}

/// What an audit log holds.
package struct AuditContent: Sendable {
    /// The records, in the order of their ids.
    package var records: [AuditRecord]
    /// The number of records that were dropped for their age or for room, over the log's life.
    package var dropped: Int
    /// The time of the newest dropped record; nil if none was dropped.
    package var droppedUntil: Timestamp?
    /// The number of records that are kept and cannot be read.
    package var damaged = 0

    package init(records: [AuditRecord] = [], dropped: Int = 0, droppedUntil: Timestamp? = nil) {
        self.records = records
        self.dropped = dropped
        self.droppedUntil = droppedUntil
    }
}

extension AuditRecord {
    /// True if its ``idempotencyKey`` stands for it: the same key does not begin another update.
    package func holdsKey(at now: Timestamp) -> Bool {
        requestDigest != nil && outcome != .notApplied && now.since(at) < AuditRetention.keyLifetime
    }
}

/// How long records are kept.
package struct AuditRetention: Sendable, Hashable {
    /// The greatest age of a record.
    package var age = Duration.seconds(90 * 86_400)
    /// The greatest size of all records together, in bytes of their stored form; records whose keys stand for them may
    /// exceed it.
    package var bytes = 64 << 20
    /// The time for which an idempotency key stands for its first request.
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
