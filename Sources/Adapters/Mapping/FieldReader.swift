import Deployments
import Wire

/// Reads one field of every record, and counts what does not fit it as drift of that field.
///
/// A class: going through a record's two dozen readers counts no reference of what is in them.
final class FieldReader: Sendable {
    let name: String
    let set: @Sendable (inout ModelDeployment, FieldValue) -> Void
    /// What stands for this field where several are told of as inferred; 0 for a field that never is.
    let inferredBit: Int
    private let kind: DeploymentField.Kind
    private let expression: Expression

    init(
        _ expression: Expression, as kind: DeploymentField.Kind, named name: String, inferredBit: Int = 0,
        set: @escaping @Sendable (inout ModelDeployment, FieldValue) -> Void = { _, _ in }
    ) {
        self.name = name
        self.kind = kind
        self.expression = expression
        self.set = set
        self.inferredBit = inferredBit
    }

    convenience init(_ plan: RecordPlan.FieldPlan, inferredBit: Int) {
        self.init(
            plan.expression, as: plan.field.kind, named: plan.field.name, inferredBit: inferredBit,
            set: plan.field.set)
    }

    func read(in scope: ExpressionScope, drift: inout DriftCounter) -> FieldReading {
        let reading = expression.reading(as: kind, in: scope)
        if reading.isMisfit { drift.count(name, expression.evaluate(in: scope).inFewWords) }
        return reading
    }

    /// Appends the text that a plain path leads to, without making a text of it.
    ///
    /// - Returns: False, with nothing appended, where it has to be read: it is no path, or leads to no text.
    func writeInPlace(_ key: JSONKey, in scope: ExpressionScope, to json: inout JSONWriter) -> Bool {
        guard case .text = kind, expression.isPath else { return false }
        return json.member(key, textOf: scope.root, at: expression.pointer)
    }
}
