import Deployments
import Upstream
import Wire

/// Reads one field of every record, and counts values that do not fit as drift of that field.
///
/// A class, so that iterating over a record's two dozen readers does not count references to their
/// properties.
final class FieldReader<Row: AdaptedRecord>: Sendable {
    let name: String
    let set: @Sendable (inout Row, FieldValue) -> Void
    /// The bit of this field in a set of inferred fields; 0 for a field that is never inferred.
    let inferredBit: UInt64
    /// True if the file says that the platform does not state this field as such.
    let isAlwaysInferred: Bool
    private let kind: Field.Kind
    /// The least number that the field can have; nil: any.
    private let lowest: Double?
    /// True for a URL, of which only the parts that may be shown are read.
    private let isURL: Bool
    private let expression: Expression

    init(
        _ expression: Expression, as kind: Field.Kind, named name: String, lowest: Double? = nil,
        isURL: Bool = false, inferredBit: UInt64 = 0, isAlwaysInferred: Bool = false,
        set: @escaping @Sendable (inout Row, FieldValue) -> Void = { _, _ in }
    ) {
        self.name = name
        self.kind = kind
        self.lowest = lowest
        self.isURL = isURL
        self.expression = expression
        self.set = set
        self.inferredBit = inferredBit
        self.isAlwaysInferred = isAlwaysInferred
    }

    convenience init(_ plan: RecordPlan<Row>.FieldPlan, inferredBit: UInt64) {
        self.init(
            plan.expression, as: plan.field.kind, named: plan.field.name, lowest: plan.field.lowest,
            isURL: plan.field.isURL, inferredBit: inferredBit, isAlwaysInferred: plan.isInferred,
            set: plan.field.set)
    }

    func read(in scope: ExpressionScope, drift: inout DriftCounter) -> FieldReading {
        let reading = expression.reading(as: kind, in: scope)
        guard reading.doesNotFit || scope.hasFaults || isURL || isTooLow(reading.value) else {
            return reading
        }
        return judged(reading, in: scope, drift: &drift)
    }

    private func isTooLow(_ value: FieldValue) -> Bool {
        guard let lowest, case .number(let number) = value else { return false }
        return number < lowest
    }

    /// The reading of a value that may not fit, or may have a fault; apart, so that all others stay fast.
    @inline(never)
    private func judged(
        _ reading: FieldReading, in scope: ExpressionScope, drift: inout DriftCounter
    ) -> FieldReading {
        var reading = isTooLow(reading.value) ? .unfit : reading
        if isURL, let text = reading.value.text {
            guard let url = RequestURL.published(text) else {
                // The text itself may hold a credential.
                drift.count(name, "no http or https URL")
                return .unfit
            }
            reading.value = .text(url)
        }
        if let fault = expression.fault(in: scope) {
            reading.doesNotFit = true
            drift.count(name, fault.note(on: expression.evaluate(in: scope)))
        } else if reading.doesNotFit {
            drift.count(name, expression.evaluate(in: scope).shortText)
        }
        return reading
    }

    /// Appends the text at a plain path, without making a `String` of it.
    ///
    /// - Returns: False, with nothing appended, if the expression is no path, if the path leads to no text,
    ///   or if a fault may have to be counted.
    func writeInPlace(_ key: JSONKey, in scope: ExpressionScope, to json: inout JSONWriter) -> Bool {
        guard case .text = kind, expression.isPath, !scope.hasFaults else { return false }
        return json.member(key, textOf: scope.root, at: expression.pointer)
    }
}
