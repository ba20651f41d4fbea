import Wire

/// Draws the deploy-list deployments of a fleet from a seed.
enum DeployListCast {
    private static let gpus = [
        "L4-24GB", "L40S-48GB", "A100-80GB", "H100-80GB", "H200-141GB", "B200-180GB", "RTXPRO6000-96GB",
        "other",
    ]
    private static let models = [
        "llama-3-70b-ft", "mistral-small", "qwen3-32b", "gemma-3-27b", "whisper-large",
    ]

    static func deployment(row: Int, seed: UInt64, lives: Bool) -> DeployListDeployment {
        var chance = Chance(seed, .deployList, row: row)
        // The first seven rows show every form that a record takes.
        let forms: [DeployListForm] = [.full, .serverless, .legacy, .early, .lora, .tts, .full]
        let drawn: DeployListForm = chance.percent(70) ? .full : chance.pick(forms)
        let form = row < forms.count ? forms[row] : drawn
        var deployment = DeployListDeployment.made(
            chance.text(16, from: .base62), at: Timestamp(microseconds: 0))
        deployment.model = "acme/\(chance.pick(models))-\(row)"
        deployment.version = chance.text(64, from: .hexadecimal)
        deployment.form = form
        deployment.gpu = chance.pick(gpus)
        deployment.gpuCount = chance.pick([1, 1, 2, 4, 8])
        deployment.wanted = 1 + Int(chance.below(4))
        deployment.minimum = Int(chance.below(2))
        deployment.secret = "\(Canary.weightsToken)_\(chance.text(20, from: .base62))"
        deployment.age = chance.between(3_600...17_280_000) * 1_000_000
        deployment.course = course(form, lives: lives, &chance)
        return deployment
    }

    private static func course(
        _ form: DeployListForm, lives: Bool, _ chance: inout Chance
    ) -> Course<DeployListPhase> {
        if form == .serverless || form == .legacy { return .steady(.running) }
        guard lives, chance.percent(65) else { return .steady(steadyPhase(form, &chance)) }
        switch chance.below(100) {
        case 0..<40:
            return .changes(
                Script(
                    [
                        (.running, 400...900), (form == .full ? .idle : .stopped, 120...400),
                        (.starved, 10...30),
                        (.running, 300...600), (.updating, 20...60),
                    ], chance: &chance))
        case 40..<60:
            return .changes(
                Script(
                    [
                        (.running, 400...900), (.stopping, 10...30), (.stopped, 200...500),
                        (.deploying, 20...60),
                    ], chance: &chance))
        case 60..<85:
            return .comes(
                Script(
                    [
                        (nil, 60...240), (.initializing, 10...25), (.downloading, 20...60),
                        (.deploying, 15...40),
                        (.running, 400...900), (.stopping, 10...20), (.deleted, 20...60),
                    ], chance: &chance))
        default:
            return .comes(
                Script(
                    [
                        (nil, 120...300), (.initializing, 10...25), (.downloading, 30...60),
                        (.failed, 200...500),
                        (.deleted, 20...60),
                    ], chance: &chance))
        }
    }

    private static func steadyPhase(_ form: DeployListForm, _ chance: inout Chance) -> DeployListPhase {
        switch chance.below(100) {
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
    static func made(_ id: String, at now: Timestamp) -> DeployListDeployment {
        DeployListDeployment(
            id: id, model: "acme/\(id)", version: "0", form: .full, gpu: "H100-80GB", gpuCount: 1, wanted: 1,
            minimum: 1, secret: Canary.weightsToken, age: 0, course: .made(.running, at: now))
    }
}
