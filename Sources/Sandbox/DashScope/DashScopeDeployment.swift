import Wire

/// A phase of a DashScope deployment, in more detail than its status.
enum DashScopePhase: Sendable {
    case pending, waitingForBilling
    /// All capacity ready; `scaled` doubles it.
    case running, scaled
    /// RUNNING with less ready than desired.
    case underprovisioned
    case scalingUp, scalingDown
    case stopped, failed
    /// An update failed: FAILED, while the old one still serves.
    case updateFailed
    case deleting
    /// Scaled by a write to this many units: UPDATING, while `ready` of them serve, then RUNNING.
    case resizing(units: Int, ready: Int)
    case resized(units: Int)

    var nativeStatus: String {
        switch self {
        case .pending: "PENDING"
        case .waitingForBilling: "WAIT_PRE_PAID_BILLING_TO_DEPLOYING"
        case .running, .scaled, .underprovisioned, .resized: "RUNNING"
        case .scalingUp, .scalingDown, .resizing: "UPDATING"
        case .stopped: "STOPPED"
        case .failed, .updateFailed: "FAILED"
        case .deleting: "DELETING"
        }
    }

    /// Desired and ready units, for a base of `base` units.
    func capacity(base: Int) -> (desired: Int, ready: Int) {
        switch self {
        case .pending, .waitingForBilling, .stopped, .failed: (base, 0)
        case .running, .updateFailed: (base, base)
        case .scaled: (base * 2, base * 2)
        case .underprovisioned: (base * 2, base)
        case .scalingUp: (base * 2, base)
        case .scalingDown, .deleting: (base, base)
        case .resizing(let units, let ready): (units, ready)
        case .resized(let units): (units, units)
        }
    }
}

/// The billing plans, each with fields of its own.
enum DashScopePlan: String, Sendable {
    /// No plan in the record, as in the English list example.
    case unnamed = ""
    case cu, mu, ptu, lora
    /// A plan whose records have four fields only.
    case minimal = "ptu_v2"
}

/// The constant part of one deployment, and its lifecycle.
struct DashScopeDeployment: SimulatedRow {
    /// The record's `deployed_model`.
    var id: String
    var name: String?
    var model: String
    var base: String
    var plan: DashScopePlan
    var unit: String
    /// The record's `base_capacity`; for plan `ptu`, what its throughput is made of.
    var units: Int
    /// What plan `ptu` was scaled to; nil: what ``units`` give.
    var throughput: DashScopeThroughput?
    var prepaid: Bool
    /// True if some numbers are written as strings.
    var hasStringNumbers: Bool
    /// True if times have a fraction of up to three digits.
    var hasFractions: Bool
    var workspace: String
    var account: String
    /// Microseconds before the fleet's start.
    var age: Int64
    var lifecycle: Lifecycle<DashScopePhase>
}

/// Tokens per minute, each above 0.
struct DashScopeThroughput: Sendable {
    var input: Int
    var output: Int
    /// nil: none.
    var thinking: Int?
}

extension DashScopeDeployment {
    static let keys = RecordKeys(identity: ["deployed_model"], times: ["gmt_create", "gmt_modified"])
}

extension RowSnapshot<DashScopeDeployment> {
    var encoded: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 600)
        write(to: &writer)
        return writer.bytes
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            text("deployed_model", row.id, &writer)
            guard row.plan != .minimal else { return writeMinimal(to: &writer) }
            text("name", row.name, &writer)
            text("gmt_create", createdAt.chinaLocal(withFraction: row.hasFractions), &writer)
            text("gmt_modified", changedAt.chinaLocal(withFraction: row.hasFractions), &writer)
            text("status", status, &writer)
            text("fail_reason", failure, &writer)
            text("model_name", row.model, &writer)
            text("base_model", row.base, &writer)
            writeCapacities(to: &writer)
            text("workspace_id", row.workspace, &writer)
            text("charge_type", row.prepaid ? "pre_paid" : "post_paid", &writer)
            text("creator", row.account, &writer)
            text("modifier", row.account, &writer)
            if row.plan != .unnamed { text("plan", row.plan.rawValue, &writer) }
            writePlan(to: &writer)
        }
    }

    var status: String { statusOverride ?? phase.nativeStatus }

    private var failure: String? {
        switch phase {
        case .failed: "insufficient resources"
        case .updateFailed: "scaling failed, capacity unchanged"
        default: nil
        }
    }

    private func text(_ key: String, _ value: String?, _ writer: inout JSONWriter) {
        guard let value else { return }
        writer.key(key)
        writer.string(value)
    }

    private func writeMinimal(to writer: inout JSONWriter) {
        text("plan", row.plan.rawValue, &writer)
        text("status", status, &writer)
        writer.key("ptu_capacity")
        writer.object {
            $0.key("input_tpm_quota")
            $0.int(row.units * 100)
            $0.key("output_tpm_quota")
            $0.int(row.units * 10)
        }
    }

    private func writeCapacities(to writer: inout JSONWriter) {
        guard row.plan != .lora, row.plan != .ptu else { return }
        let capacity = phase.capacity(base: row.units)
        writer.key("base_capacity")
        writer.int(row.units)
        writer.key("capacity")
        if row.hasStringNumbers { writer.string("\(capacity.desired)") } else { writer.int(capacity.desired) }
        writer.key("ready_capacity")
        writer.int(capacity.ready)
    }

    private func writePlan(to writer: inout JSONWriter) {
        switch row.plan {
        case .mu:
            text("model_unit_spec", row.unit, &writer)
            writer.key("enable_thinking")
            writer.bool(row.units.isMultiple(of: 2))
            writer.key("max_context_length")
            writer.int(32_768)
            writer.key("rpm_limit")
            // Documented as a string, printed as a number.
            if row.hasStringNumbers { writer.string("500") } else { writer.int(500) }
            writer.key("tpm_limit")
            writer.int(200_000)
        case .ptu:
            writer.key("ptu_capacity")
            writer.object {
                $0.key("input_tpm")
                $0.int(row.throughput?.input ?? row.units * 10_000)
                $0.key("output_tpm")
                $0.int(row.throughput?.output ?? row.units * 1_000)
                guard let thinking = row.throughput?.thinking else { return }
                $0.key("thinking_output_tpm")
                $0.int(thinking)
            }
            text("overflow_strategy", "enable", &writer)
            text("ptu_service_tier", "ptu_default", &writer)
        default: break
        }
    }
}
