import Deployments

/// Reads a field of every record that names a deployment: the parts of its key become its uid.
final class ReferenceReader<Row: AdaptedRecord>: Sendable {
    let name: String
    let set: @Sendable (inout Row, FieldValue) -> Void
    /// See ``FieldReader/inferredBit``.
    let inferredBit: UInt64
    private let plan: RecordPlan<Row>.ReferencePlan
    private let source: String

    /// A reader for records of the source with this name.
    init(_ plan: RecordPlan<Row>.ReferencePlan, source: String, inferredBit: UInt64) {
        name = plan.field.name
        set = plan.field.set
        self.plan = plan
        self.source = source
        self.inferredBit = inferredBit
    }

    /// The uid; null if the record names no deployment.
    func read(in scope: ExpressionScope, drift: inout DriftCounter) -> FieldReading {
        var parts: [String] = []
        for expression in plan.parts {
            let value = expression.evaluate(in: scope)
            guard expression.fault(in: scope) == nil else { return unfit(value, &drift) }
            if case .null = value { continue }
            if case .text("") = value { continue }
            guard let texts = value.parts else { return unfit(value, &drift) }
            parts += texts
        }
        if parts.isEmpty || parts == [""] { return FieldReading() }
        guard parts.count == plan.count, !parts.contains(""),
            parts.reduce(0, { $0 + $1.utf8.count }) <= RecordMapper<Row>.keyLimit
        else {
            return unfit(.text(parts.joined(separator: "/")), &drift)
        }
        return FieldReading(value: .text(ModelDeployment.uid(source: source, key: parts)))
    }

    private func unfit(_ value: ExpressionValue, _ drift: inout DriftCounter) -> FieldReading {
        drift.count(name, value.shortText)
        return .unfit
    }
}

extension ExpressionValue {
    /// This value as parts of a key: those of a list, or the one text that it is; nil if a part is no text.
    fileprivate var parts: [String]? {
        let elements = listElements ?? [self]
        let parts = elements.compactMap { element -> String? in
            if case .text(let text) = element { return text }
            return FieldReading(element, as: .text(ignoresCase: false), zone: nil).value.text
        }
        return parts.count == elements.count ? parts : nil
    }
}
