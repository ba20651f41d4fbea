import Wire

/// Generates the deploy-list deployments of a fleet from a seed.
enum DeployListGenerator {
    private static let gpus = [
        "L4-24GB", "L40S-48GB", "A100-80GB", "H100-80GB", "H200-141GB", "B200-180GB", "RTXPRO6000-96GB",
        "other",
    ]
    private static let models = [
        "llama-3-70b-ft", "mistral-small", "qwen3-32b", "gemma-3-27b", "whisper-large",
    ]

    static func deployment(row: Int, seed: UInt64, changesOverTime: Bool) -> DeployListDeployment {
        var random = SeededRandom(seed, .deployList, row: row)
        // The first seven rows show every form that a record takes.
        let forms: [DeployListForm] = [.full, .serverless, .legacy, .early, .lora, .tts, .full]
        let drawn: DeployListForm = random.percent(70) ? .full : random.pick(forms)
        let form = row < forms.count ? forms[row] : drawn
        var deployment = DeployListDeployment.created(
            random.text(16, from: .base62), at: Timestamp(microseconds: 0))
        deployment.model = "acme/\(random.pick(models))-\(row)"
        deployment.version = random.text(64, from: .hexadecimal)
        deployment.form = form
        deployment.gpu = random.pick(gpus)
        deployment.gpuCount = random.pick([1, 1, 2, 4, 8])
        deployment.desired = 1 + Int(random.below(4))
        deployment.minimum = Int(random.below(2))
        deployment.secret = "\(Canary.weightsToken)_\(random.text(20, from: .base62))"
        deployment.age = random.between(3_600...17_280_000) * 1_000_000
        deployment.lifecycle = lifecycle(form, changesOverTime: changesOverTime, &random)
        return deployment
    }

    private static func lifecycle(
        _ form: DeployListForm, changesOverTime: Bool, _ random: inout SeededRandom
    ) -> Lifecycle<DeployListPhase> {
        if form == .serverless || form == .legacy { return .steady(.running) }
        guard changesOverTime, random.percent(65) else { return .steady(steadyPhase(form, &random)) }
        switch random.below(100) {
        case 0..<40:
            return .changes(
                Script(
                    [
                        (.running, 400...900), (form == .full ? .idle : .stopped, 120...400),
                        (.starved, 10...30),
                        (.running, 300...600), (.updating, 20...60),
                    ], random: &random))
        case 40..<60:
            return .changes(
                Script(
                    [
                        (.running, 400...900), (.stopping, 10...30), (.stopped, 200...500),
                        (.deploying, 20...60),
                    ], random: &random))
        case 60..<85:
            return .recurs(
                Script(
                    [
                        (nil, 60...240), (.initializing, 10...25), (.downloading, 20...60),
                        (.deploying, 15...40),
                        (.running, 400...900), (.stopping, 10...20), (.deleted, 20...60),
                    ], random: &random))
        default:
            return .recurs(
                Script(
                    [
                        (nil, 120...300), (.initializing, 10...25), (.downloading, 30...60),
                        (.failed, 200...500),
                        (.deleted, 20...60),
                    ], random: &random))
        }
    }

    private static func steadyPhase(_ form: DeployListForm, _ random: inout SeededRandom) -> DeployListPhase {
        switch random.below(100) {
        case 0..<72: .running
        case 72..<80: form == .full ? .idle : .running
        case 80..<87: .stopped
        case 87..<93: .failed
        case 93..<97: .downloading
        default: .deleted
        }
    }
}

extension DeployListDeployment {
    static func created(_ id: String, at now: Timestamp) -> DeployListDeployment {
        DeployListDeployment(
            id: id, model: "acme/\(id)", version: "0", form: .full, gpu: "H100-80GB", gpuCount: 1, desired: 1,
            minimum: 1, secret: Canary.weightsToken, age: 0, lifecycle: .created(.running, at: now))
    }
}
