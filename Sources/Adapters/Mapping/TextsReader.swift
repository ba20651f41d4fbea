import Deployments
import Wire

/// Reads one list of texts of every record, and counts values that do not fit as drift of that list.
///
/// A class, for the same reason as ``FieldReader``.
final class TextsReader<Row: AdaptedRecord>: Sendable {
    let name: String
    let set: @Sendable (inout Row, [String]) -> Void
    /// See ``FieldReader/inferredBit``.
    let inferredBit: UInt64
    private let expression: Expression

    /// The largest number of texts in a list.
    static var limit: Int { 1000 }

    init(_ plan: RecordPlan<Row>.TextsPlan, inferredBit: UInt64) {
        name = plan.list.name
        set = plan.list.set
        expression = plan.expression
        self.inferredBit = inferredBit
    }

    /// The texts, without empty ones; nil if the platform stated something else than a list of texts.
    func read(in scope: ExpressionScope, drift: inout DriftCounter) -> [String]? {
        let value = expression.evaluate(in: scope)
        let texts = value.texts(limit: Self.limit)
        if let fault = expression.fault(in: scope) {
            drift.count(name, fault.note(on: value))
            return nil
        }
        guard let texts else {
            drift.count(name, value.listNote(limit: Self.limit))
            return nil
        }
        return texts
    }
}

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
    /// The elements of a list; nil for any other value but null, which has none.
    private var elements: [ExpressionValue]? {
        switch self {
        case .null: []
        case .list(let elements): elements
        case .node(let node) where node.kind == .array && node.count <= ExpressionLimits.elements:
            node.elements.map { ExpressionValue($0) }
        default: nil
        }
    }

    /// The texts of a list, without those that are missing; nil for any other value, or if there are too many.
    fileprivate func texts(limit: Int) -> [String]? {
        guard let elements, elements.count <= limit else { return nil }
        var texts: [String] = []
        texts.reserveCapacity(elements.count)
        for element in elements {
            let reading = FieldReading(element, as: .text(ignoresCase: false), zone: nil)
            guard !reading.doesNotFit else { return nil }
            if let text = reading.value.text { texts.append(text) }
        }
        return texts
    }

    /// This value as parts of a key: those of a list, or the one text that it is; nil if a part is no text.
    fileprivate var parts: [String]? {
        guard let elements = elements ?? [self] as [ExpressionValue]? else { return nil }
        let parts = elements.compactMap { element -> String? in
            if case .text(let text) = element { return text }
            return FieldReading(element, as: .text(ignoresCase: false), zone: nil).value.text
        }
        return parts.count == elements.count ? parts : nil
    }

    /// What a drift entry shows for a value that is no list of texts.
    fileprivate func listNote(limit: Int) -> String {
        guard let elements else { return shortText }
        guard elements.count <= limit else { return "a list of more than \(limit)" }
        let unfit = elements.first {
            FieldReading($0, as: .text(ignoresCase: false), zone: nil).doesNotFit
        }
        return unfit.map { "a list with \($0.shortText)" } ?? shortText
    }
}
