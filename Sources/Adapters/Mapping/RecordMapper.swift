import Deployments
import Wire

/// Turns native records of one source into rows: a field that does not fit becomes null and counts as drift.
struct RecordMapper: Sendable {
    private let plan: RecordPlan
    private let source: SourceDescription
    private let vocabulary: StatusVocabulary
    private let fields: [RecordPlan.FieldPlan]
    private let native: [NativeMember]
    private let inferable: [String]

    /// The longest key that makes an identity, in bytes over all its parts.
    private static let keyLimit = 1024

    init(plan: RecordPlan, source: SourceDescription, words: [OperatorWord], exposesOwner: Bool) {
        self.plan = plan
        self.source = source
        vocabulary = StatusVocabulary(words.map(\.rule) + plan.status.rules)
        fields = plan.fields.filter { exposesOwner || $0.field.name != "owner" }
        native = NativeMember.tree(plan.native.map { ($0.names[...], $0.isOpen) })
        inferable = DeploymentField.all.map(\.name)
    }

    /// - Returns: nil for a record without an identity; it is counted as drift of `uid`.
    func row(from scope: ExpressionScope, drift: inout DriftCounter) -> ListedDeployment? {
        guard let key = key(in: scope, drift: &drift) else { return nil }
        var deployment = source.record(uid: ModelDeployment.uid(source: source.name, key: key))
        if let version = plan.version {
            deployment.version =
                read(version, as: .number(whole: true), named: "version", in: scope, drift: &drift).value
                .whole
        }
        for planned in fields {
            let reading = read(
                planned.expression, as: planned.field.kind, named: planned.field.name, in: scope,
                drift: &drift)
            guard !reading.value.isNull else { continue }
            planned.field.set(&deployment, reading.value)
            if reading.isInferred { deployment.inferred.append(planned.field.name) }
        }
        setStatus(of: &deployment, in: scope, drift: &drift)
        setAccelerator(of: &deployment)
        if deployment.inferred.count > 1 {
            deployment.inferred = inferable.filter(deployment.inferred.contains)
        }
        return ListedDeployment(
            deployment, history: history(in: scope, drift: &drift), native: nativeRecord(scope.root))
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

    private func read(
        _ expression: Expression, as kind: DeploymentField.Kind, named name: String,
        in scope: ExpressionScope, drift: inout DriftCounter
    ) -> FieldReading {
        let value = expression.evaluate(in: scope)
        let reading = FieldReading(value, as: kind, zone: scope.zone)
        if reading.isMisfit { drift.count(name, value.inFewWords) }
        return reading
    }

    private func setStatus(
        of deployment: inout ModelDeployment, in scope: ExpressionScope, drift: inout DriftCounter
    ) {
        var word: String?
        if let expression = plan.status.word {
            let reading = read(
                expression, as: .text(ignoresCase: true), named: "status", in: scope, drift: &drift)
            word = reading.value.text
        }
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

    private func history(in scope: ExpressionScope, drift: inout DriftCounter) -> [UInt8]? {
        guard let plan = plan.history, let entries = plan.entries.value(in: scope.root), !entries.isNull
        else { return nil }
        guard entries.kind == .array else {
            drift.count("history", ExpressionValue.node(entries).inFewWords)
            return nil
        }
        let elements = entries.elements
        var json = JSONWriter(reservingCapacity: elements.count * 160 + 2)
        json.open("[")
        var inner = scope
        for entry in elements {
            inner.root = entry
            writeEntry(plan, in: inner, to: &json, drift: &drift)
        }
        json.close("]")
        return json.bytes
    }

    private func writeEntry(
        _ plan: HistoryPlan, in scope: ExpressionScope, to json: inout JSONWriter, drift: inout DriftCounter
    ) {
        func text(_ expression: Expression?) -> String? {
            expression.flatMap {
                read($0, as: .text(ignoresCase: false), named: "history", in: scope, drift: &drift).value.text
            }
        }
        let at = read(plan.at, as: .time, named: "history", in: scope, drift: &drift)
        let word = text(plan.word)
        let verdict = vocabulary.verdict(for: word, in: scope)
        if verdict.isUnknownWord { drift.count("history", ExpressionValue.text(word ?? "").inFewWords) }
        json.open("{")
        json.key("at")
        json.timeOrNull(at.value.time)
        json.key("status")
        json.string(verdict.status.rawValue)
        json.key("native_status")
        json.stringOrNull(word)
        json.key("message")
        json.stringOrNull(text(plan.message))
        json.close("}")
    }

    private func nativeRecord(_ record: JSONValue) -> [UInt8]? {
        guard !native.isEmpty else { return nil }
        var json = JSONWriter(reservingCapacity: 512)
        json.object { NativeMember.write(native, of: record, to: &$0) }
        return json.bytes
    }
}

/// One member of what `include=native` shows: the platform's own value, or some members of it.
private struct NativeMember: Sendable {
    var name: String
    var content: Content

    enum Content: Sendable {
        /// The value, if it is a scalar: an object where none was expected may hold anything.
        case scalar
        /// Every scalar member of an object.
        case scalarMembers
        case members([NativeMember])
    }

    /// Lays out paths as the nested object that they stand in, in the order of their first mention.
    static func tree(_ paths: [(names: ArraySlice<String>, isOpen: Bool)]) -> [NativeMember] {
        var names: [String] = []
        for path in paths {
            if let first = path.names.first, !names.contains(first) { names.append(first) }
        }
        return names.map { name in
            let below = paths.filter { $0.names.first == name }.map { ($0.names.dropFirst(), $0.isOpen) }
            if let leaf = below.first(where: { $0.0.isEmpty }) {
                return NativeMember(name: name, content: leaf.1 ? .scalarMembers : .scalar)
            }
            return NativeMember(name: name, content: .members(tree(below)))
        }
    }

    static func write(_ members: [NativeMember], of record: JSONValue, to json: inout JSONWriter) {
        for member in members {
            guard let value = record[member.name] else { continue }
            json.key(member.name)
            switch member.content {
            case .scalar:
                json.scalarOrNull(value)
            case _ where value.kind != .object:
                json.null()
            case .members(let inner):
                json.object { write(inner, of: value, to: &$0) }
            case .scalarMembers:
                json.object {
                    for (name, inner) in value.members {
                        $0.key(name)
                        $0.scalarOrNull(inner)
                    }
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func scalarOrNull(_ value: JSONValue) {
        if value.kind == .object || value.kind == .array { null() } else { self.value(value) }
    }
}
