import Deployments

/// Fills in the fields that follow from others: the accelerator's family and memory from the file's aliases, the
/// numbers of accelerators, the model's family.
///
/// A value that the platform or the operator stated stays. Any other is made anew, so that it is right also after
/// the fields that it follows from have changed.
struct DerivedFields: Sendable {
    private let accelerators: [String: AcceleratorAlias]
    private let statesFamily: Bool
    private let statesMemory: Bool
    private let statesTotal: Bool
    private let statesDesired: Bool

    init(of plan: RecordPlan<ModelDeployment>) {
        accelerators = plan.accelerators
        let stated = Set(plan.fields.map(\.field.name))
        statesFamily = stated.contains("accelerator.family")
        statesMemory = stated.contains("accelerator.memory_gb")
        statesTotal = stated.contains("accelerator.total")
        statesDesired = stated.contains("accelerator.desired")
    }

    /// Fills in the fields of a row; the second time changes nothing.
    func fill(_ row: inout ModelDeployment) {
        let byOperator = row.statedByOperator
        var accelerator = row.accelerator
        let before = accelerator
        let alias = accelerator.type.flatMap { accelerators[$0] }
        if !byOperator.contains("accelerator.family") {
            accelerator.family = (statesFamily ? accelerator.family : nil) ?? alias?.family
        }
        if !byOperator.contains("accelerator.memory_gb") {
            accelerator.memoryGB = (statesMemory ? accelerator.memoryGB : nil) ?? alias?.memoryGB
        }
        let replicas = row.replicas
        let started = replicas.ready.flatMap { ready in replicas.pending.map { ready + $0 } }
        let total = Self.product(accelerator.perReplica, replicas.ready)
        let desired = Self.product(accelerator.perReplica, replicas.desired ?? started)
        let derivesTotal =
            !byOperator.contains("accelerator.total") && !(statesTotal && accelerator.total != nil)
        let derivesDesired =
            !byOperator.contains("accelerator.desired") && !(statesDesired && accelerator.desired != nil)
        if derivesTotal { accelerator.total = total }
        if derivesDesired { accelerator.desired = desired }
        if accelerator != before { row.accelerator = accelerator }
        markInferred(&row, derivesTotal: derivesTotal, derivesDesired: derivesDesired)
        row.setModelFamily()
    }

    /// Marks numbers of accelerators that follow from an inferred field.
    private func markInferred(_ row: inout ModelDeployment, derivesTotal: Bool, derivesDesired: Bool) {
        guard !row.inferred.isEmpty else { return }
        let follows = row.isInferred("accelerator.per_replica")
        if derivesTotal {
            let isInferred = follows || row.isInferred("replicas.ready")
            mark("accelerator.total", inferred: isInferred && row.accelerator.total != nil, on: &row)
        }
        if derivesDesired {
            let isInferred =
                follows || row.isInferred("replicas.desired")
                || (row.replicas.desired == nil
                    && (row.isInferred("replicas.ready") || row.isInferred("replicas.pending")))
            mark("accelerator.desired", inferred: isInferred && row.accelerator.desired != nil, on: &row)
        }
    }

    private func mark(_ name: String, inferred isInferred: Bool, on row: inout ModelDeployment) {
        if row.isInferred(name) != isInferred { row.mark(name, inferred: isInferred) }
    }

    /// Nil if one of both is, and beyond `Int`.
    private static func product(_ each: Int?, _ replicas: Int?) -> Int? {
        guard let each, let replicas else { return nil }
        let (product, overflow) = each.multipliedReportingOverflow(by: replicas)
        return overflow ? nil : product
    }
}
