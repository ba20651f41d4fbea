import Deployments
import Wire

/// Turns native records of one source into rows: a field that does not fit becomes null, is named in the row's
/// `unread`, and counts as drift.
struct RecordMapper<Row: AdaptedRecord>: Sendable {
    private let source: SharedSource
    private let uidOfSource: [UInt8]
    private let key: PinnedObjects<Expression>
    private let vocabulary: StatusVocabulary
    /// See ``StatusVocabulary/statuses``.
    var statusWords: [String: [DeploymentStatus]] { vocabulary.statuses }
    private let version: FieldReader<Row>?
    private let fields: PinnedObjects<FieldReader<Row>>
    private let lists: PinnedObjects<TextsReader<Row>>
    private let references: PinnedObjects<ReferenceReader<Row>>
    /// The fields that may be inferred, by the position of their bits.
    private let inferable: [String]
    /// Fills in the fields that follow from others.
    private let derive: @Sendable (inout Row) -> Void
    private let statusTerm: FieldReader<Row>?
    private let history: HistoryWriter?
    private let native: PinnedObjects<NativeMember>

    /// The largest size of an identity's key, in bytes over all its parts.
    static var keyLimit: Int { 1024 }

    init(
        plan: RecordPlan<Row>, source: SourceDescription, statusTerms: [OperatorTerm], exposesOwner: Bool,
        derive: @escaping @Sendable (inout Row) -> Void
    ) {
        self.derive = derive
        self.source = SharedSource(source)
        uidOfSource = Array(ModelDeployment.uid(source: source.name, key: []).utf8)
        let vocabulary = StatusVocabulary(statusTerms.map(\.rule) + plan.status.rules)
        key = PinnedObjects(plan.key)
        version = plan.version.map { FieldReader($0, as: .number(integer: true), named: "version") }
        let readable = plan.fields.filter { exposesOwner || $0.field.name != "owner" }
        let inferred = Set(
            readable.filter { $0.field.kind == .time || $0.isInferred }.map(\.field.name)
                + plan.lists.filter(\.isInferred).map(\.list.name)
                + plan.references.filter(\.isInferred).map(\.field.name))
        let inferable = Row.table.schema.paths.filter(inferred.contains)
        func bit(_ name: String) -> UInt64 { inferable.firstIndex(of: name).map { 1 << UInt64($0) } ?? 0 }
        fields = PinnedObjects(readable.map { FieldReader($0, inferredBit: bit($0.field.name)) })
        lists = PinnedObjects(plan.lists.map { TextsReader($0, inferredBit: bit($0.list.name)) })
        references = PinnedObjects(
            plan.references.map {
                ReferenceReader($0, source: source.name, inferredBit: bit($0.field.name))
            })
        self.inferable = inferable
        statusTerm = plan.status.term.map { FieldReader($0, as: .text(ignoresCase: true), named: "status") }
        self.vocabulary = vocabulary
        history = plan.history.map { HistoryWriter($0, vocabulary: vocabulary) }
        native = NativeMember.tree(plan.native.map { ($0.names[...], $0.isOpen) })
    }

    /// A record as a row.
    struct Mapped {
        var row: Row
        /// False if a version is stated and cannot be read, or if the record has a part of the key twice: the
        /// row's identity is then uncertain.
        var isIdentified: Bool
    }

    /// Memory that the records of a page share; rows do not depend on it.
    struct Scratch {
        /// A buffer to write JSON in.
        var json = JSONWriter()
        var strings = StringDeduplicator()
        /// Lists of inferred fields, by their bits; rows share these arrays.
        var inferred: [UInt64: [String]] = [:]
    }

    /// Maps the record at the root of `scope`, which is unchanged afterwards.
    ///
    /// - Returns: nil for a record without an identity; it is counted as drift of `uid`.
    func row(
        from scope: inout ExpressionScope, drift: inout DriftCounter, scratch: inout Scratch
    ) -> Mapped? {
        guard let (uid, isCertain) = uid(in: scope, drift: &drift) else { return nil }
        var row = Row(uid: uid, of: source)
        let version = version?.read(in: scope, drift: &drift)
        row.setVersion(version?.value.integer)
        if version?.doesNotFit == true { row.markUnread("version") }
        var inferredBits: UInt64 = 0
        // Immutable, so that it is not copied for every field.
        let record = scope
        fields.forEach { field in
            let reading = field.read(in: record, drift: &drift)
            if reading.doesNotFit { row.markUnread(field.name) }
            switch reading.value {
            case .null: return
            case .text(let text): field.set(&row, .text(scratch.strings.shared(text)))
            default: field.set(&row, reading.value)
            }
            if reading.isInferred || field.isAlwaysInferred { inferredBits |= field.inferredBit }
        }
        // The call copies the scope, which most kinds of records need not.
        if !lists.isEmpty || !references.isEmpty {
            inferredBits |= readListsAndReferences(to: &row, in: scope, drift: &drift)
        }
        if inferredBits != 0 { row.inferred = names(of: inferredBits, in: &scratch.inferred) }
        setStatus(of: &row, in: scope, drift: &drift)
        derive(&row)
        if history != nil || !native.isEmpty {
            writeHistoryAndNative(to: &row, of: &scope, drift: &drift, json: &scratch.json)
        }
        return Mapped(row: row, isIdentified: isCertain && version?.doesNotFit != true)
    }

    /// Reads the fields that are no scalar of the record.
    ///
    /// - Returns: The bits of those that have a value and are inferred.
    private func readListsAndReferences(
        to row: inout Row, in scope: ExpressionScope, drift: inout DriftCounter
    ) -> UInt64 {
        var inferredBits: UInt64 = 0
        lists.forEach { list in
            guard let texts = list.read(in: scope, drift: &drift) else { return row.markUnread(list.name) }
            guard !texts.isEmpty else { return }
            list.set(&row, texts)
            inferredBits |= list.inferredBit
        }
        references.forEach { reference in
            let reading = reference.read(in: scope, drift: &drift)
            if reading.doesNotFit { row.markUnread(reference.name) }
            guard !reading.value.isNull else { return }
            reference.set(&row, reading.value)
            inferredBits |= reference.inferredBit
        }
        return inferredBits
    }

    /// Writes both into the shared buffer, then copies each at its exact size.
    private func writeHistoryAndNative(
        to row: inout Row, of scope: inout ExpressionScope, drift: inout DriftCounter,
        json: inout JSONWriter
    ) {
        json.clear()
        let hasHistory = history?.write(of: &scope, to: &json, drift: &drift) ?? false
        let end = json.bytes.count
        json.begin()
        if !native.isEmpty { NativeMember.write(native, of: scope.root, to: &json) }
        if hasHistory { row.setIncluded(.history, Array(json.bytes[..<end])) }
        if !native.isEmpty { row.setIncluded(.native, Array(json.bytes[end...])) }
    }

    /// The uid, and whether it is certain: of a part that the record has twice, the last is used.
    ///
    /// Nil for a record that lacks a part of the key, or has a repaired text there: it is not the platform's.
    private func uid(
        in scope: ExpressionScope, drift: inout DriftCounter
    ) -> (uid: String, isCertain: Bool)? {
        var uid = uidOfSource
        uid.reserveCapacity(128)
        var size = 0
        var isCertain = true
        let isComplete = key.allSatisfy { expression in
            let value = expression.evaluate(in: scope)
            if let fault = expression.fault(in: scope) {
                if isCertain { drift.count("uid", fault.note(on: value)) }
                guard fault == .repeated else { return false }
                isCertain = false
            }
            let part: String? =
                switch value {
                case .text(let text): text.isEmpty ? nil : text
                case .number(let number): Int64(exactly: number).map { String($0) }
                default: nil
                }
            size += part?.utf8.count ?? 0
            guard let part, size <= Self.keyLimit else {
                drift.count("uid", value.shortText)
                return false
            }
            uid.append(UInt8(ascii: "/"))
            uid.appendUIDPart(part)
            return true
        }
        return isComplete ? (String(decoding: uid, as: UTF8.self), isCertain) : nil
    }

    private func setStatus(
        of row: inout Row, in scope: ExpressionScope, drift: inout DriftCounter
    ) {
        let reading = statusTerm?.read(in: scope, drift: &drift)
        let term = reading?.value.text
        let verdict = vocabulary.verdict(for: term, in: scope)
        let fault = vocabulary.fault(for: term, in: scope)
        let isUnreadable = reading?.doesNotFit == true
        if isUnreadable {
            // The reader has counted it.
        } else if verdict.isUnknownTerm {
            drift.count("status", ExpressionValue.text(term ?? "").shortText)
        } else if let fault {
            drift.count("status", fault.note())
        }
        if isUnreadable || verdict.isUnknownTerm || fault != nil { row.markUnread("status") }
        row.setStatus(verdict, term: term)
    }

    private func names(of bits: UInt64, in known: inout [UInt64: [String]]) -> [String] {
        if let names = known[bits] { return names }
        let names = inferable.indices.filter { bits & (1 << UInt64($0)) != 0 }.map { inferable[$0] }
        known[bits] = names
        return names
    }
}
