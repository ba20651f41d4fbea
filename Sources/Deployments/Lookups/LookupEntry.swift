package import Wire

/// The outcome of looking up one key: a kind of record, so that the store keeps it like any other.
package struct LookupEntry: Sendable, Hashable {
    /// `source/key…`, each part percent-encoded.
    package var uid: String
    /// The source, of which an entry states the name alone.
    package var origin: SharedSource {
        didSet { origin = origin.nameAlone }
    }
    /// The name of the lookup.
    package var lookup = ""
    /// A row that has the lookup's fields alone; nil if nothing was ever found.
    package var values: ModelDeployment?
    /// The error of the last request; nil after a success.
    package var error: SourceError?
    /// The time at which this outcome was first seen.
    package var observedAt = Timestamp.epoch
    /// The time of the last request.
    package var checkedAt = Timestamp.epoch
    /// Requests that failed since the last success.
    package var failures = 0
    /// See ``Lookup/plan``.
    package var plan = ""

    /// An entry without an outcome.
    package init(uid: String, of source: SharedSource) {
        self.uid = uid
        origin = source.nameAlone
    }

    /// The outcome of one request.
    package init(
        key: LookupKey, plan: String, of source: SharedSource, values: ModelDeployment?, error: SourceError?,
        at time: Timestamp
    ) {
        self.init(uid: ModelDeployment.uid(source: source.description.name, key: key.values), of: source)
        lookup = key.lookup
        self.values = values
        self.error = error
        self.plan = plan
        (observedAt, checkedAt, failures) = (time, time, error == nil ? 0 : 1)
    }
}

extension LookupEntry: Record {
    /// An entry has no versions.
    package var version: Int? { nil }
    /// An entry is not in transition.
    package var isInTransition: Bool { false }
    /// The operator's labels of its source.
    package var labels: [String: String] {
        get { origin.description.labels }
        set { _ = newValue }
    }

    /// The uid alone is the key.
    package func withKey(_ body: (_ uid: String, _ version: Int?) -> Void) { body(uid, nil) }
    /// An entry has neither history nor native members.
    package func included(_ member: Include) -> [UInt8]? { nil }

    /// The fields that are stored.
    package static let table = RecordTable<LookupEntry>(
        RecordSchema.Profile(
            name: "lookups", component: "LookupEntry", summary: "the outcome of one lookup", sort: ["uid"],
            search: []),
        fields: [
            .text(
                "uid", "its source and key", stamped: true, required: true, namesSource: true,
                get: { $0.uid },
                set: { $0.uid = $1 ?? "" }),
            .text(
                "source", "its source", stamped: true, required: true,
                get: { $0.origin.description.name }, set: { _, _ in }),
            .text(
                "lookup", "the name of the lookup", required: true, get: { $0.lookup },
                set: { $0.lookup = $1 ?? "" }),
            .text(
                "values", "what was found, as the JSON of a row",
                get: { $0.values.map { String(decoding: $0.encoded(), as: UTF8.self) } },
                set: { $0.values = $1.flatMap { ModelDeployment(encoded: Array($0.utf8)) } }),
            .text(
                "error_class", "the class of the last error", get: { $0.error?.errorClass.rawValue },
                set: { $0.error = $1.flatMap(SourceError.Class.init).map { SourceError($0, "") } }),
            .text(
                "error_message", "the last error", get: { $0.error?.message },
                set: { entry, text in if entry.error != nil { entry.error?.message = text ?? "" } }),
            .time(
                "observed_at", "when this outcome was first seen", get: { $0.observedAt },
                set: { $0.observedAt = $1 ?? .epoch }),
            .time(
                "checked_at", "when it was requested last", get: { $0.checkedAt },
                set: { $0.checkedAt = $1 ?? .epoch }),
            .count(
                "failures", "requests that failed since the last success", get: { $0.failures },
                set: { $0.failures = $1 ?? 0 }),
            .text("plan", "the lookup's plan", get: { $0.plan }, set: { $0.plan = $1 ?? "" }),
        ])

    /// The layouts of the JSON form.
    package static let forms = RecordForms<LookupEntry>()

    /// An entry has no facts that need the whole list.
    package struct Settlement: ListSettlement {
        /// The number of entries.
        package let currentCount: Int

        /// Finds nothing but the number of entries.
        package init(of rows: [LookupEntry], order: [Int], beginsUID: [Bool]) { currentCount = order.count }

        /// The piece, unchanged.
        package func settle(_ piece: ArraySlice<LookupEntry>) -> [LookupEntry] { Array(piece) }
    }
}
