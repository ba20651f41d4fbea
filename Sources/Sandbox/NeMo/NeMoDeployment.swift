import Wire

/// The constant part of one deployment, and its lifecycle.
final class NeMoDeployment: Sendable {
    let seed: UInt64
    let row: Int
    let name: String
    let workspace: String
    let project: String?
    let config: String
    let configVersion: Int
    let lifecycle: Lifecycle

    /// The course of a deployment through time.
    enum Lifecycle: Sendable {
        /// Versions of fixed ages (microseconds before the fleet's start, oldest first); all but the latest
        /// are READY.
        case steady(latest: NeMoStatus, ages: [Int64])
        /// Updated once a cycle: READY, then a new version that is PENDING (at first without a history) and
        /// finally READY or ERROR.
        case redeploys(Script<Void>)
        /// Created and deleted once a cycle; nil: not listed.
        case recurs(Script<NeMoStatus?>)
        /// Created by hand at an instant; PENDING after a third of the roll-out (microseconds), then READY.
        case created(at: Timestamp, rollOut: Int64)
    }

    init(
        seed: UInt64, row: Int, name: String, workspace: String, project: String? = nil, config: String,
        configVersion: Int = 1, lifecycle: Lifecycle
    ) {
        self.seed = seed
        self.row = row
        self.name = name
        self.workspace = workspace
        self.project = project
        self.config = config
        self.configVersion = configVersion
        self.lifecycle = lifecycle
    }

    /// `workspace/name`, as other records refer to it.
    var key: String { "\(workspace)/\(name)" }

    /// Appends the versions that are listed at an instant.
    ///
    /// The instant is `elapsed` microseconds after `start` for scripts, and `now` for deployments created by
    /// hand.
    func appendVersions(
        to versions: inout [NeMoVersion], start: Timestamp, elapsed: Int64, now: Timestamp
    ) {
        switch lifecycle {
        case .steady(let latest, let ages):
            for (index, age) in ages.enumerated() {
                let status = index == ages.count - 1 ? latest : .ready
                versions.append(steadyVersion(index + 1, status, createdAt: start.adding(microseconds: -age)))
            }
        case .redeploys(let script):
            appendRedeployed(to: &versions, script, start: start, elapsed: elapsed)
        case .recurs(let script):
            let step = script.step(at: elapsed)
            guard script.phases[step.index] != nil else { return }
            let changes = (0...step.index).compactMap { index in
                script.phases[index].map {
                    let begin = script.start(of: ScriptStep(cycle: step.cycle, index: index))
                    return NeMoChange(status: $0, at: start.adding(microseconds: begin))
                }
            }
            guard let creation = changes.first else { return }
            versions.append(
                version(
                    1, at: creation.at, changes: Array(changes.dropFirst()), initial: .created,
                    incarnation: step.cycle + 1))
        case .created(let instant, let rollOut):
            guard instant <= now else { return }
            let plan = [
                NeMoChange(status: .pending, at: instant.adding(microseconds: rollOut / 3)),
                NeMoChange(status: .ready, at: instant.adding(microseconds: rollOut)),
            ]
            let done = plan.filter { $0.at <= now }
            versions.append(version(1, at: instant, changes: done, initial: .created, incarnation: 0))
        }
    }

    /// A version of a steady deployment; its pod and its model each took a fixed time to start.
    private func steadyVersion(_ number: Int, _ status: NeMoStatus, createdAt created: Timestamp)
        -> NeMoVersion
    {
        let pending = NeMoChange(status: .pending, at: created.adding(microseconds: 80_764))
        let ready = NeMoChange(status: .ready, at: created.adding(microseconds: 95_404_117))
        let changes: [NeMoChange] =
            switch status {
            case .created: []
            case .pending: number > 1 ? [] : [pending]
            // A controller that polls rarely misses the step in between.
            case .ready: row.isMultiple(of: 3) ? [pending, ready] : [ready]
            case .error, .unknown: [pending, NeMoChange(status: status, at: ready.at)]
            case .lost, .deleting, .deleted:
                [pending, ready, NeMoChange(status: status, at: created.adding(microseconds: 1_803_263_009))]
            }
        let initial: NeMoStatus = status == .pending ? .pending : .created
        return version(number, at: created, changes: changes, initial: initial, incarnation: 0)
    }

    /// Appends at most the three newest versions; older ones are removed, or the list would grow forever.
    private func appendRedeployed(
        to versions: inout [NeMoVersion], _ script: Script<Void>, start: Timestamp, elapsed: Int64
    ) {
        let now = script.step(at: elapsed)
        // Version 1 is the update of cycle -1, so that a version exists whenever the fleet starts.
        let latest = now.cycle + (now.index == 0 ? 1 : 2)
        for number in max(1, latest - 2)...latest {
            func at(cycle: Int64, index: Int) -> Timestamp {
                start.adding(microseconds: script.start(of: ScriptStep(cycle: cycle, index: index)))
            }
            let cycle = number - 2
            let pending = NeMoChange(status: .pending, at: at(cycle: cycle, index: 2))
            var random = SeededRandom(seed, .nemo, row: row, salt: number)
            let outcome: NeMoStatus = number > 1 && random.percent(20) ? .error : .ready
            let final = NeMoChange(status: outcome, at: at(cycle: cycle + 1, index: 0))
            let isUpdating = number == latest && now.index > 0
            let changes = isUpdating ? (now.index > 1 ? [pending] : []) : [pending, final]
            versions.append(
                version(
                    Int(number), at: at(cycle: cycle, index: 1), changes: changes, initial: .pending,
                    incarnation: 0))
        }
    }

    private func version(
        _ number: Int, at created: Timestamp, changes: [NeMoChange], initial: NeMoStatus, incarnation: Int64
    ) -> NeMoVersion {
        NeMoVersion(
            deployment: self, number: number, createdAt: created, changes: changes, initial: initial,
            incarnation: incarnation, config: config, configVersion: configVersion)
    }
}
