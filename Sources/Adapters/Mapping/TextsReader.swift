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

extension ExpressionValue {
    /// The elements of a list; nil for any other value but null, which has none.
    var listElements: [ExpressionValue]? {
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
        guard let elements = listElements, elements.count <= limit else { return nil }
        var texts: [String] = []
        texts.reserveCapacity(elements.count)
        for element in elements {
            let reading = FieldReading(element, as: .text(ignoresCase: false), zone: nil)
            guard !reading.doesNotFit else { return nil }
            if let text = reading.value.text { texts.append(text) }
        }
        return texts
    }

    /// What a drift entry shows for a value that is no list of texts.
    fileprivate func listNote(limit: Int) -> String {
        guard let elements = listElements else { return shortText }
        guard elements.count <= limit else { return "a list of more than \(limit)" }
        let unfit = elements.first {
            FieldReading($0, as: .text(ignoresCase: false), zone: nil).doesNotFit
        }
        return unfit.map { "a list with \($0.shortText)" } ?? shortText
    }
}
