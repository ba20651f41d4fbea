import Deployments
import Wire

/// Turns native records of one source into rows: a field that does not fit becomes null and counts as drift.
struct RecordMapper: Sendable {
    private let plan: RecordPlan
    private let source: SourceDescription
    private let vocabulary: StatusVocabulary
    private let version: FieldReader?
    /// In the order of ``DeploymentField/all``, so that `inferred` is too.
    private let fields: [FieldReader]
    private let word: FieldReader?
    private let history: HistoryWriter?
    private let native: [NativeMember]

    /// The longest key that makes an identity, in bytes over all its parts.
    private static let keyLimit = 1024

    init(plan: RecordPlan, source: SourceDescription, words: [OperatorWord], exposesOwner: Bool) {
        self.plan = plan
        self.source = source
        let vocabulary = StatusVocabulary(words.map(\.rule) + plan.status.rules)
        version = plan.version.map { FieldReader($0, as: .number(whole: true), named: "version") }
        let readable = plan.fields.filter { exposesOwner || $0.field.name != "owner" }
        fields = DeploymentField.all.flatMap { field in readable.filter { $0.field.name == field.name } }
            .map { FieldReader($0) }
        word = plan.status.word.map { FieldReader($0, as: .text(ignoresCase: true), named: "status") }
        self.vocabulary = vocabulary
        history = plan.history.map { HistoryWriter($0, vocabulary: vocabulary) }
        native = NativeMember.tree(plan.native.map { ($0.names[...], $0.isOpen) })
    }

    /// - Returns: nil for a record without an identity; it is counted as drift of `uid`.
    func row(from scope: ExpressionScope, drift: inout DriftCounter) -> ListedDeployment? {
        guard let key = key(in: scope, drift: &drift) else { return nil }
        var deployment = source.record(uid: ModelDeployment.uid(source: source.name, key: key))
        deployment.version = version?.read(in: scope, drift: &drift).value.whole
        for field in fields {
            let reading = field.read(in: scope, drift: &drift)
            if case .null = reading.value { continue }
            field.set(&deployment, reading.value)
            if reading.isInferred { deployment.inferred.append(field.name) }
        }
        setStatus(of: &deployment, in: scope, drift: &drift)
        setAccelerator(of: &deployment)
        return ListedDeployment(
            deployment, history: history?.json(of: scope, drift: &drift),
            native: NativeMember.json(of: scope.root, showing: native))
    }

    private func key(in scope: ExpressionScope, drift: inout DriftCounter) -> [String]? {
        var parts: [String] = []
        var size = 0
        for expression in plan.key {
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
                return nil
            }
            parts.append(part)
        }
        return parts
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
