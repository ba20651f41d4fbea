import Wire

extension AuditRecord: Record {
    /// An attempt of which nothing but the id is known.
    package init(uid: String, of source: SharedSource) {
        self.init(
            id: uid, at: .epoch, actor: Actor(), action: .update, deployment: "", origin: source,
            outcome: .unknown, requestID: "")
    }

    /// The key among audit records: the ``id``.
    package var uid: String { id }

    /// An attempt has no versions.
    package var version: Int? { nil }

    /// An attempt has no source that would be asked sooner.
    package var isInTransition: Bool { false }

    /// An attempt shows no labels.
    package var labels: [String: String] {
        get { origin.description.labels }
        set { _ = newValue }
    }

    /// The id alone is the key.
    package func withKey(_ body: (_ uid: String, _ version: Int?) -> Void) { body(id, nil) }

    /// Attempts have neither history nor native members.
    package func included(_ member: Include) -> [UInt8]? { nil }

    /// Attempts have no facts that need the whole list.
    package struct Settlement: ListSettlement {
        /// The number of attempts, since all are current.
        package let currentCount: Int

        /// Finds nothing but the number of attempts.
        package init(of rows: [AuditRecord], order: [Int], beginsUID: [Bool]) { currentCount = order.count }

        /// The piece, unchanged.
        package func settle(_ piece: ArraySlice<AuditRecord>) -> [AuditRecord] { Array(piece) }
    }
}

extension RecordSchema {
    /// Audit records as clients and queries know them.
    package static var audit: RecordSchema { AuditRecord.table.schema }
}

/// The table of audit records: to add a field, add a row here and a property to ``AuditRecord``.
extension AuditRecord {
    /// The one table behind the JSON form, filters, sort, CSV and the description of the API.
    package static let table = RecordTable<AuditRecord>(
        RecordSchema.Profile(
            name: "audit", component: "AuditRecord", key: "id", hasLabels: false,
            summary: "one attempt to change a deployment, and its outcome", sort: ["-at"],
            search: ["uid", "actor.token"]),
        fields: attempt + reason + marks,
        objects: [
            RecordObject(
                "problem.errors", "the mistakes in single members of the body",
                write: { UpdateMistake.write($0.problem?.mistakes ?? [], to: &$1) },
                read: { $0.problem?.mistakes = UpdateMistake.read($1) }),
            RecordObject(
                "before", "the row before; null if none was found",
                write: { $1.encodedOrNull($0.before) }, read: { $0.before = $1?.encodedUnlessNull }),
            RecordObject(
                "after",
                "the row afterwards: as the list or the platform states it, until then as the body would make it",
                write: { $1.encodedOrNull($0.after) }, read: { $0.after = $1?.encodedUnlessNull }),
        ],
        groups: [RecordGroup("problem", nullable: true) { $0.problem == nil }])

    /// The layouts of the JSON form, made once.
    package static let forms = RecordForms<AuditRecord>()

    private static let attempt: [RecordField<AuditRecord>] = [
        .text(
            "id", "32 hexadecimal digits that begin with the time; the path of its route", stamped: true,
            required: true, get: { $0.id }, set: { $0.id = $1 ?? "" }),
        .text(
            "source", "the source that the uid names; `-` if there is none of this name", stamped: true,
            ofSource: true,
            required: true, get: { $0.origin.description.name },
            set: { record, name in
                guard let name, name != record.origin.description.name else { return }
                record.origin = SharedSource(SourceDescription(name: name, platform: "", adapter: ""))
            }),
        .time(
            "at", "when the request arrived", stamped: true, required: true, get: { $0.at },
            set: { $0.at = $1 ?? .epoch }),
        .text(
            "actor.token", "the name of the access token", stamped: true, get: { $0.actor.token },
            set: { $0.actor.token = $1 }),
        .text(
            "actor.address", "the address of the client", stamped: true, get: { $0.actor.address },
            set: { $0.actor.address = $1 }),
        .text(
            "action", "what was attempted", .term(Action.allCases.map(\.rawValue)), stamped: true,
            required: true, get: { $0.action.rawValue },
            set: { $0.action = $1.flatMap(Action.init) ?? .update }),
        .text(
            "uid", "the uid of the deployment, as the request named it", stamped: true, required: true,
            respelled: { ModelDeployment.respelled(uid: $0) }, get: { $0.deployment },
            set: { $0.deployment = $1 ?? "" }),
        .text(
            "outcome", "what became of it", .term(Outcome.allCases.map(\.rawValue)), stamped: true,
            required: true, get: { $0.outcome.rawValue },
            set: { $0.outcome = $1.flatMap(Outcome.init) ?? .unknown }),
    ]

    private static let reason: [RecordField<AuditRecord>] = [
        .text(
            "problem.type", "the reason that it was not simply applied",
            .term(UpdateProblem.Kind.allCases.map(\.rawValue)), stamped: true,
            get: { $0.problem?.kind.rawValue },
            set: { $0.problem = $1.flatMap(UpdateProblem.Kind.init).map { UpdateProblem($0, "") } }),
        .text(
            "problem.class", "the class of the platform's error",
            .term(SourceError.Class.allCases.map(\.rawValue)), stamped: true,
            get: { $0.problem?.errorClass?.rawValue },
            set: { $0.problem?.errorClass = $1.flatMap(SourceError.Class.init) }),
        .text(
            "problem.detail", "what is wrong, and what to do", stamped: true, get: { $0.problem?.detail },
            set: { $0.problem?.detail = $1 ?? "" }),
    ]

    private static let marks: [RecordField<AuditRecord>] = [
        .text(
            "idempotency_key", "the key that stands for the request for a day", stamped: true,
            get: { $0.idempotencyKey }, set: { $0.idempotencyKey = $1 }),
        .text(
            "request_id", "the `X-Request-Id` of the request", stamped: true, required: true,
            get: { $0.requestID }, set: { $0.requestID = $1 ?? "" }),
        .time(
            "shown_at", "when a list first showed the effect", stamped: true, get: { $0.shownAt },
            set: { $0.shownAt = $1 }),
    ]
}

extension UpdateMistake {
    /// Appends a list of mistakes in the JSON form.
    fileprivate static func write(_ mistakes: [UpdateMistake], to json: inout JSONWriter) {
        json.array { json in
            for mistake in mistakes {
                json.object { json in
                    json.key("member")
                    json.string(mistake.member)
                    json.key("detail")
                    json.string(mistake.detail)
                    json.key("did_you_mean")
                    json.stringOrNull(mistake.didYouMean)
                }
            }
        }
    }

    /// Reads a list that ``write(_:to:)`` wrote; elements of another form are left out.
    fileprivate static func read(_ value: JSONValue?) -> [UpdateMistake] {
        value?.elements.compactMap { element in
            guard let member = element["member"]?.string else { return nil }
            return UpdateMistake(
                member, element["detail"]?.string ?? "", didYouMean: element["did_you_mean"]?.string)
        } ?? []
    }
}

extension JSONWriter {
    fileprivate mutating func encodedOrNull(_ value: [UInt8]?) {
        if let value { encoded(value) } else { null() }
    }
}

extension JSONValue {
    fileprivate var encodedUnlessNull: [UInt8]? { isNull ? nil : Array(written.utf8) }
}
