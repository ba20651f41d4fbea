import Wire

/// Generates the DashScope deployments of a fleet from a seed.
enum DashScopeGenerator {
    private static let bases = [
        "qwen-plus-2025-12-01", "qwen3-8b", "qwen3-32b", "qwen-flash", "emo", "deepseek-v3.2",
    ]
    private static let units = ["MU1", "MU2", "MU3", "MU5", "MU6", "MU8", "MU9"]

    static func deployment(row: Int, seed: UInt64, changesOverTime: Bool) -> DashScopeDeployment {
        var random = SeededRandom(seed, .dashscope, row: row)
        let base = random.pick(bases)
        // The first seven rows show every form that a record takes.
        let plans: [DashScopePlan] = [.unnamed, .cu, .mu, .ptu, .lora, .minimal, .mu]
        let plan = row < plans.count ? plans[row] : random.pick(plans)
        let isTuned = plan == .lora || random.percent(25)
        let model = isTuned ? "\(base)-ft-2026\(random.between(10...99))" : base
        var deployment = DashScopeDeployment.created(
            "\(model)-\(random.text(8, from: .hexadecimal))-\(row)", at: Timestamp(microseconds: 0))
        deployment.name = random.percent(50) ? "\(random.pick(NeMoGenerator.uses))_\(row)" : nil
        deployment.model = model
        deployment.base = base
        deployment.plan = plan
        deployment.unit = random.pick(units)
        deployment.units = 1 + Int(random.below(8))
        deployment.prepaid = plan == .ptu || plan == .minimal || random.percent(20)
        deployment.hasStringNumbers = row == 2 || random.percent(15)
        deployment.hasFractions = random.percent(50)
        deployment.account = "\(Canary.account)-\(random.between(1...40))"
        // Milliseconds, some of them round, so that fractions come in all lengths.
        let grain = random.pick([1, 1, 10, 100]) as Int64
        deployment.age = random.between(3_600_000 / grain...17_280_000_000 / grain) * grain * 1_000
        deployment.lifecycle = lifecycle(plan, changesOverTime: changesOverTime, &random)
        return deployment
    }

    private static func lifecycle(
        _ plan: DashScopePlan, changesOverTime: Bool, _ random: inout SeededRandom
    ) -> Lifecycle<DashScopePhase> {
        if plan == .minimal, !changesOverTime { return .steady(.waitingForBilling) }
        guard changesOverTime, random.percent(60) else { return .steady(steadyPhase(plan, &random)) }
        switch random.below(100) {
        case 0..<45:
            return .changes(
                Script(
                    [
                        (.running, 400...900), (.scalingUp, 30...80), (.underprovisioned, 10...30),
                        (.scaled, 300...700),
                        (.scalingDown, 20...50),
                    ], random: &random))
        case 45..<60:
            return .changes(
                Script(
                    [
                        (.running, 300...900), (.scalingUp, 30...60), (.updateFailed, 60...200),
                        (.stopped, 100...300),
                    ],
                    random: &random))
        case 60..<85:
            let first: DashScopePhase = plan == .minimal ? .waitingForBilling : .pending
            return .recurs(
                Script(
                    [(nil, 60...240), (first, 40...120), (.running, 400...1_000), (.deleting, 15...40)],
                    random: &random))
        default:
            return .recurs(
                Script(
                    [(nil, 120...300), (.pending, 60...120), (.failed, 200...500), (.deleting, 15...40)],
                    random: &random))
        }
    }

    private static func steadyPhase(_ plan: DashScopePlan, _ random: inout SeededRandom) -> DashScopePhase {
        switch random.below(100) {
        case 0..<72: .running
        case 72..<80: .underprovisioned
        case 80..<88: .stopped
        case 88..<94: .failed
        case 94..<97: .updateFailed
        default: .pending
        }
    }
}

extension DashScopeDeployment {
    static func created(_ id: String, at now: Timestamp) -> DashScopeDeployment {
        DashScopeDeployment(
            id: id, model: "qwen-flash", base: "qwen-flash", plan: .mu, unit: "MU1", units: 1, prepaid: false,
            hasStringNumbers: false, hasFractions: false, workspace: "llm-8v53e0sandbox",
            account: Canary.account,
            age: 0, lifecycle: .created(.running, at: now))
    }
}
