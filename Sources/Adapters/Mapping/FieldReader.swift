import Deployments

/// Reads one field of every record, and counts what does not fit it as drift of that field.
///
/// A class: going through a record's two dozen readers counts no reference of what is in them.
final class FieldReader: Sendable {
    let name: String
    let set: @Sendable (inout ModelDeployment, FieldValue) -> Void
    private let kind: DeploymentField.Kind
    private let expression: Expression

    init(
        _ expression: Expression, as kind: DeploymentField.Kind, named name: String,
        set: @escaping @Sendable (inout ModelDeployment, FieldValue) -> Void = { _, _ in }
    ) {
        self.name = name
        self.kind = kind
        self.expression = expression
        self.set = set
    }

    convenience init(_ plan: RecordPlan.FieldPlan) {
        self.init(plan.expression, as: plan.field.kind, named: plan.field.name, set: plan.field.set)
    }

    func read(in scope: ExpressionScope, drift: inout DriftCounter) -> FieldReading {
        let reading = expression.reading(as: kind, in: scope)
        if reading.isMisfit { drift.count(name, expression.evaluate(in: scope).inFewWords) }
        return reading
    }
}
