import HTTPTypes
import Wire

extension DashScopePlatform {
    /// The time from a scaling to its end, in microseconds.
    private static let delay: Int64 = 15_000_000

    /// 200 with the record: UPDATING for 15 s, while the capacity that is ready serves on, then RUNNING.
    ///
    /// Refused with 409 where nothing serves, or the deployment is being deleted; for a status other than
    /// DELETING this is inferred.
    func scale(_ id: String, _ request: PlatformRequest, _ envelope: DashScopeEnvelope)
        throws(PlatformResponse) -> PlatformResponse
    {
        var record = try record(id, envelope)
        let order = DashScopeScaling(request.body, envelope)
        switch record.row.plan {
        case .mu:
            let units = try order.units(base: record.row.units)
            try check(record, envelope)
            let ready = min(units, record.phase.capacity(base: record.row.units).ready)
            record.phase = .resizing(units: units, ready: ready)
            record.row.lifecycle = lifecycle(of: record, then: .resized(units: units))
        case .ptu:
            record.row.throughput = try order.throughput()
            try check(record, envelope)
            record.phase = .resizing(units: record.row.units, ready: record.row.units)
            record.row.lifecycle = lifecycle(of: record, then: .running)
        default:
            throw order.invalid("plan \(record.row.plan.rawValue) does not support scaling")
        }
        fleet.write(record.row, at: now())
        // Replies to changes have fractions, stored times need not.
        var reply = try self.record(id, envelope)
        reply.row.hasFractions = true
        return envelope.output { reply.write(to: &$0) }
    }

    private func check(_ record: RowSnapshot<DashScopeDeployment>, _ envelope: DashScopeEnvelope)
        throws(PlatformResponse)
    {
        let serves = record.phase.capacity(base: record.row.units).ready > 0
        guard ["RUNNING", "UPDATING"].contains(record.status) || record.status == "FAILED" && serves else {
            throw envelope.error(
                .conflict, "Conflict",
                "Model: \(record.row.id) cannot be scaled while its status is \(record.status).")
        }
    }

    private func lifecycle(of record: RowSnapshot<DashScopeDeployment>, then next: DashScopePhase)
        -> Lifecycle<DashScopePhase>
    {
        .changed(record.phase, then: next, after: Self.delay, at: now(), createdAt: record.createdAt)
    }
}

/// The body of a scaling, whose members depend on the plan.
private struct DashScopeScaling: Sendable {
    private static let unitLimit = 1_000_000
    private var root: JSONValue?
    private var envelope: DashScopeEnvelope

    init(_ body: [UInt8], _ envelope: DashScopeEnvelope) {
        let parsed = try? JSONDocument(parsing: body).root
        root = parsed?.kind == .object ? parsed : nil
        self.envelope = envelope
    }

    func invalid(_ message: String) -> PlatformResponse {
        envelope.error(.badRequest, "InvalidParameter", message)
    }

    private func member(_ name: String, not other: String) throws(PlatformResponse) -> JSONValue {
        guard let root else {
            throw invalid("Required body invalid, please check the request body format.")
        }
        guard root[other] == nil else { throw invalid("\(other) is not supported by the plan") }
        guard let value = root[name] else { throw invalid("\(name) is required") }
        return value
    }

    /// The desired units of plan `mu`, a multiple of `base`.
    func units(base: Int) throws(PlatformResponse) -> Int {
        let value = try member("capacity", not: "ptu_capacity")
        guard let units = value.int, (1...Int64(Self.unitLimit)).contains(units),
            Int(units).isMultiple(of: base)
        else { throw invalid("capacity must be an integer multiple of base_capacity \(base)") }
        return Int(units)
    }

    /// The desired throughput of plan `ptu`.
    func throughput() throws(PlatformResponse) -> DashScopeThroughput {
        let value = try member("ptu_capacity", not: "capacity")
        func tokens(_ name: String) throws(PlatformResponse) -> Int? {
            guard let given = value[name] else { return nil }
            guard let number = given.int, (1...1_000_000_000).contains(number) else {
                throw invalid("ptu_capacity.\(name) must be a positive integer")
            }
            return Int(number)
        }
        guard let input = try tokens("input_tpm"), let output = try tokens("output_tpm") else {
            throw invalid("ptu_capacity.input_tpm and ptu_capacity.output_tpm are required")
        }
        return DashScopeThroughput(
            input: input, output: output, thinking: try tokens("thinking_output_tpm"))
    }
}
