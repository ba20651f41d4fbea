import Deployments
import Wire

/// Turns native records of one source into rows: a field that does not fit becomes null and counts as drift.
struct RecordMapper: Sendable {
    private let plan: RecordPlan
    private let source: SharedSource
    private let uidOfSource: [UInt8]
    private let key: PinnedObjects<Expression>
    private let vocabulary: StatusVocabulary
    private let version: FieldReader?
    private let fields: PinnedObjects<FieldReader>
    /// Names of time fields, by a bit for each that is among them: a platform's rows share the few that occur.
    private let inferred: [[String]]
    private let word: FieldReader?
    private let history: HistoryWriter?
    private let native: PinnedObjects<NativeMember>

    /// The longest key that makes an identity, in bytes over all its parts.
    private static let keyLimit = 1024

    init(plan: RecordPlan, source: SourceDescription, words: [OperatorWord], exposesOwner: Bool) {
        self.plan = plan
        self.source = SharedSource(source)
        uidOfSource = Array(ModelDeployment.uid(source: source.name, key: []).utf8)
        let vocabulary = StatusVocabulary(words.map(\.rule) + plan.status.rules)
        key = PinnedObjects(plan.key)
        version = plan.version.map { FieldReader($0, as: .number(integer: true), named: "version") }
        let readable = plan.fields.filter { exposesOwner || $0.field.name != "owner" }
        let times = DeploymentField.all.map(\.name).filter { name in
            readable.contains { $0.field.name == name && $0.field.kind == .time }
        }
        fields = PinnedObjects(
            readable.map { planned in
                FieldReader(
                    planned, inferredBit: times.firstIndex(of: planned.field.name).map { 1 << $0 } ?? 0)
            })
        inferred = (0..<(1 << times.count)).map { bits in
            times.indices.filter { bits & (1 << $0) != 0 }.map { times[$0] }
        }
        word = plan.status.word.map { FieldReader($0, as: .text(ignoresCase: true), named: "status") }
        self.vocabulary = vocabulary
        history = plan.history.map { HistoryWriter($0, vocabulary: vocabulary) }
        native = NativeMember.tree(plan.native.map { ($0.names[...], $0.isOpen) })
    }

    /// A record as a row, and whether all of its identity could be read.
    struct Mapped {
        var row: ModelDeployment
        /// False where a version is stated and cannot be read: which row this is, is then not known for sure.
        var isIdentified: Bool
    }

    /// What goes from one record of a page to the next, and means nothing to the rows.
    struct Scratch {
        /// Memory to write in.
        var json = JSONWriter()
        var texts = StringDeduplicator()
    }

    /// `scope` comes back as it was.
    ///
    /// - Returns: nil for a record without an identity; it is counted as drift of `uid`.
    func row(
        from scope: inout ExpressionScope, drift: inout DriftCounter, scratch: inout Scratch
    ) -> Mapped? {
        guard let uid = uid(in: scope, drift: &drift) else { return nil }
        var deployment = ModelDeployment(uid: uid, of: source)
        let version = version?.read(in: scope, drift: &drift)
        let number = version?.value.integer
        deployment.version = number
        var inferredBits = 0
        fields.forEach { field in
            let reading = field.read(in: scope, drift: &drift)
            switch reading.value {
            case .null: return
            case .text(let text): field.set(&deployment, .text(scratch.texts.shared(text)))
            default: field.set(&deployment, reading.value)
            }
            if reading.isInferred { inferredBits |= field.inferredBit }
        }
        if inferredBits != 0 { deployment.inferred = inferred[inferredBits] }
        setStatus(of: &deployment, in: scope, drift: &drift)
        setAccelerator(of: &deployment)
        writeKeptWords(to: &deployment, of: &scope, drift: &drift, json: &scratch.json)
        return Mapped(row: deployment, isIdentified: version?.isMisfit != true)
    }

    /// Both are written where memory is warm, and then kept at their size.
    private func writeKeptWords(
        to deployment: inout ModelDeployment, of scope: inout ExpressionScope, drift: inout DriftCounter,
        json: inout JSONWriter
    ) {
        json.clear()
        let hasHistory = history?.write(of: &scope, to: &json, drift: &drift) ?? false
        let end = json.bytes.count
        json.begin()
        if !native.isEmpty { NativeMember.write(native, of: scope.root, to: &json) }
        if hasHistory { deployment.history = Array(json.bytes[..<end]) }
        if !native.isEmpty { deployment.native = Array(json.bytes[end...]) }
    }

    private func uid(in scope: ExpressionScope, drift: inout DriftCounter) -> String? {
        var uid = uidOfSource
        uid.reserveCapacity(128)
        var size = 0
        let isWhole = key.allSatisfy { expression in
            let value = expression.evaluate(in: scope)
            let part: String? =
                switch value {
                case .text(let text): text.isEmpty ? nil : text
                case .number(let number): Int64(exactly: number).map { String($0) }
                default: nil
                }
            size += part?.utf8.count ?? 0
            guard let part, size <= Self.keyLimit else {
                drift.count("uid", value.inFewWords)
                return false
            }
            uid.append(UInt8(ascii: "/"))
            uid.appendPercentEncoded(part)
            return true
        }
        return isWhole ? String(decoding: uid, as: UTF8.self) : nil
    }

    private func setStatus(
        of deployment: inout ModelDeployment, in scope: ExpressionScope, drift: inout DriftCounter
    ) {
        let word = word?.read(in: scope, drift: &drift).value.text
        let verdict = vocabulary.verdict(for: word, in: scope)
        if verdict.isUnknownWord { drift.count("status", ExpressionValue.text(word ?? "").inFewWords) }
        deployment.status = verdict.status
        deployment.serving = verdict.serving
        deployment.nativeStatus = word
    }

    private func setAccelerator(of deployment: inout ModelDeployment) {
        if let alias = deployment.accelerator.type.flatMap({ plan.accelerators[$0] }) {
            deployment.accelerator.family = deployment.accelerator.family ?? alias.family
            deployment.accelerator.memoryGB = deployment.accelerator.memoryGB ?? alias.memoryGB
        }
        if deployment.accelerator.total == nil, let each = deployment.accelerator.perReplica,
            let ready = deployment.replicas.ready
        {
            let (total, overflow) = each.multipliedReportingOverflow(by: ready)
            deployment.accelerator.total = overflow ? nil : total
        }
    }
}
