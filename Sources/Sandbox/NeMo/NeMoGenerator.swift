import Wire

/// Generates the NeMo deployments of a fleet from a seed.
struct NeMoGenerator: Sendable {
    var seed: UInt64
    /// Never empty.
    var workspaces: [String]
    var changesOverTime: Bool

    static let uses = [
        "chat", "support", "search", "rerank", "summarize", "translate", "code", "embed", "moderate",
        "vision",
        "agent", "draft",
    ]
    static let models = [
        "llama-8b", "llama-70b", "qwen-32b", "mistral-7b", "nemotron-49b", "gemma-27b", "phi-14b",
        "mixtral-8x7b",
    ]

    static let stages = ["prod", "dev", "canary", "eu", "us", "batch"]

    /// The deployment of a row.
    ///
    /// In every fleet row 0 is READY with two versions, and row 1 is READY with an update that is PENDING.
    func deployment(row: Int) -> NeMoDeployment {
        var random = SeededRandom(seed, .nemo, row: row)
        let index = row / workspaces.count
        let isShared = index.isMultiple(of: 4)
        let name = Self.name(isShared ? index / 4 : row) + (isShared ? "" : "-\(random.pick(Self.stages))")
        let config = random.pick(NeMoConfigs.names)
        let project = random.percent(20) ? "urn:project:ml-models/\(random.pick(Self.uses))" : nil
        return NeMoDeployment(
            seed: seed, row: row, name: name, workspace: workspaces[row % workspaces.count], project: project,
            config: config, lifecycle: lifecycle(row: row, &random))
    }

    /// A name that is unique for every number; from the 97th on it ends in a number.
    static func name(_ number: Int) -> String {
        let (round, index) = number.quotientAndRemainder(dividingBy: uses.count * models.count)
        // 35 and 96 have no common factor, so all pairs occur before the first one is repeated.
        let pair = index * 35 % (uses.count * models.count)
        let name = "\(uses[pair % uses.count])-\(models[pair / uses.count])"
        return round == 0 ? name : "\(name)-\(round + 1)"
    }

    private func lifecycle(row: Int, _ random: inout SeededRandom) -> NeMoDeployment.Lifecycle {
        if row == 0 { return .steady(latest: .ready, ages: ages(2, &random)) }
        if row == 1 { return .steady(latest: .pending, ages: ages(2, &random)) }
        guard changesOverTime, random.percent(50) else {
            return .steady(latest: steadyStatus(&random), ages: ages(1 + Int(random.below(3)), &random))
        }
        switch random.below(100) {
        case 0..<40:
            return .redeploys(Script([((), 400...1_400), ((), 8...20), ((), 20...60)], random: &random))
        case 40..<70:
            return .recurs(
                Script(
                    [
                        (nil, 60...240), (.created, 5...10), (.pending, 20...60), (.ready, 500...1_200),
                        (.deleting, 15...30), (.deleted, 20...40),
                    ], random: &random))
        case 70..<88:
            return .recurs(
                Script(
                    [
                        (nil, 120...400), (.created, 5...10), (.pending, 30...90), (.error, 300...600),
                        (.deleting, 15...30),
                    ], random: &random))
        default:
            return .recurs(
                Script(
                    [
                        (nil, 60...240), (.created, 5...10), (.pending, 20...60), (.ready, 400...900),
                        (.lost, 120...300), (.deleting, 15...30),
                    ], random: &random))
        }
    }

    private func steadyStatus(_ random: inout SeededRandom) -> NeMoStatus {
        switch random.below(100) {
        case 0..<78: .ready
        case 78..<84: .error
        case 84..<86: .unknown
        case 86..<90: .pending
        case 90..<93: .lost
        case 93..<95: .created
        case 95..<97: .unknown
        case 97..<99: .deleting
        default: .deleted
        }
    }

    /// Ages from an hour to 200 days, in microseconds, oldest first.
    private func ages(_ count: Int, _ random: inout SeededRandom) -> [Int64] {
        (0..<count).map { _ in random.between(3_600_000_000...17_280_000_000_000) }.sorted(by: >)
    }
}
