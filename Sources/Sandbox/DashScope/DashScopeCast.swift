import Wire

/// Draws the DashScope deployments of a fleet from a seed.
enum DashScopeCast {
    private static let bases = [
        "qwen-plus-2025-12-01", "qwen3-8b", "qwen3-32b", "qwen-flash", "emo", "deepseek-v3.2",
    ]
    private static let units = ["MU1", "MU2", "MU3", "MU5", "MU6", "MU8", "MU9"]

    static func deployment(row: Int, seed: UInt64, lives: Bool) -> DashScopeDeployment {
        var chance = Chance(seed, .dashscope, row: row)
        let base = chance.pick(bases)
        // The first seven rows show every form that a record takes.
        let plans: [DashScopePlan] = [.unnamed, .cu, .mu, .ptu, .lora, .minimal, .mu]
        let plan = row < plans.count ? plans[row] : chance.pick(plans)
        let isTuned = plan == .lora || chance.percent(25)
        let model = isTuned ? "\(base)-ft-2026\(chance.between(10...99))" : base
        var deployment = DashScopeDeployment.made(
            "\(model)-\(chance.text(8, from: .hexadecimal))-\(row)", at: Timestamp(microseconds: 0))
        deployment.name = chance.percent(50) ? "\(chance.pick(NeMoCast.uses))_\(row)" : nil
        deployment.model = model
        deployment.base = base
        deployment.plan = plan
        deployment.unit = chance.pick(units)
        deployment.units = 1 + Int(chance.below(8))
        deployment.prepaid = plan == .ptu || plan == .minimal || chance.percent(20)
        deployment.hasStringNumbers = row == 2 || chance.percent(15)
        deployment.hasFractions = chance.percent(50)
        deployment.account = "\(Canary.account)-\(chance.between(1...40))"
        // Milliseconds, some of them round, so that fractions come in all lengths.
        let grain = chance.pick([1, 1, 10, 100]) as Int64
        deployment.age = chance.between(3_600_000 / grain...17_280_000_000 / grain) * grain * 1_000
        deployment.course = course(plan, lives: lives, &chance)
        return deployment
    }

    private static func course(
        _ plan: DashScopePlan, lives: Bool, _ chance: inout Chance
    ) -> Course<DashScopePhase> {
        if plan == .minimal, !lives { return .steady(.waitingForBilling) }
        guard lives, chance.percent(60) else { return .steady(steadyPhase(plan, &chance)) }
        switch chance.below(100) {
        case 0..<45:
            return .changes(
                Script(
                    [
                        (.running, 400...900), (.growing, 30...80), (.short, 10...30), (.scaled, 300...700),
                        (.shrinking, 20...50),
                    ], chance: &chance))
        case 45..<60:
            return .changes(
                Script(
                    [
                        (.running, 300...900), (.growing, 30...60), (.updateFailed, 60...200),
                        (.stopped, 100...300),
                    ],
                    chance: &chance))
        case 60..<85:
            let first: DashScopePhase = plan == .minimal ? .waitingForBilling : .pending
            return .comes(
                Script(
                    [(nil, 60...240), (first, 40...120), (.running, 400...1_000), (.deleting, 15...40)],
                    chance: &chance))
        default:
            return .comes(
                Script(
                    [(nil, 120...300), (.pending, 60...120), (.failed, 200...500), (.deleting, 15...40)],
                    chance: &chance))
        }
    }

    private static func steadyPhase(_ plan: DashScopePlan, _ chance: inout Chance) -> DashScopePhase {
        switch chance.below(100) {
        case 0..<72: .running
        case 72..<80: .short
        case 80..<88: .stopped
        case 88..<94: .failed
        case 94..<97: .updateFailed
        default: .pending
        }
    }
}

extension DashScopeDeployment {
    static func made(_ id: String, at now: Timestamp) -> DashScopeDeployment {
        DashScopeDeployment(
            id: id, model: "qwen-flash", base: "qwen-flash", plan: .mu, unit: "MU1", units: 1, prepaid: false,
            hasStringNumbers: false, hasFractions: false, workspace: "llm-8v53e0sandbox",
            account: Canary.account,
            age: 0, course: .made(.running, at: now))
    }
}
