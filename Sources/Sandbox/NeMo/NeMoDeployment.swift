import Wire

/// What stays the same about one deployment, and the script of what does not.
final class NeMoDeployment: Sendable {
    let seed: UInt64
    let row: Int
    let name: String
    let workspace: String
    let project: String?
    let config: String
    let course: Course

    /// How a deployment goes through time.
    enum Course: Sendable {
        /// Versions of a fixed age (microseconds before the fleet's start, oldest first); only the last one's
        /// status is not READY.
        case steady(latest: NeMoStatus, ages: [Int64])
        /// Updated once a cycle: READY, then a new version PENDING as made, PENDING, READY or ERROR.
        case redeploys(Script<Void>)
        /// Is made, lives and goes once a cycle; nil: not there.
        case comes(Script<NeMoStatus?>)
        /// Made by hand at an instant, PENDING a third of the roll-out later, READY at its end (microseconds).
        case made(at: Timestamp, rollOut: Int64)
    }

    init(
        seed: UInt64, row: Int, name: String, workspace: String, project: String? = nil, config: String,
        course: Course
    ) {
        self.seed = seed
        self.row = row
        self.name = name
        self.workspace = workspace
        self.project = project
        self.config = config
        self.course = course
    }

    /// As in paths of other records: `workspace/name`.
    var key: String { "\(workspace)/\(name)" }

    /// Appends the versions that are listed at an instant.
    ///
    /// For the scripts it is `elapsed` microseconds after `start`, for what was made by hand it is `now`.
    func appendVersions(
        to versions: inout [NeMoVersion], start: Timestamp, elapsed: Int64, now: Timestamp
    ) {
        switch course {
        case .steady(let latest, let ages):
            for (index, age) in ages.enumerated() {
                let status = index == ages.count - 1 ? latest : .ready
                versions.append(steadyVersion(index + 1, status, bornAt: start.adding(microseconds: -age)))
            }
        case .redeploys(let script):
            appendRedeployed(to: &versions, script, start: start, elapsed: elapsed)
        case .comes(let script):
            let place = script.moment(at: elapsed)
            guard script.words[place.step] != nil else { return }
            let steps = (0...place.step).compactMap { step in
                script.words[step].map {
                    NeMoChange(
                        status: $0,
                        at: start.adding(microseconds: script.begin(cycle: place.cycle, step: step)))
                }
            }
            guard let birth = steps.first else { return }
            versions.append(
                version(
                    1, at: birth.at, changes: Array(steps.dropFirst()), initial: .created,
                    life: place.cycle + 1
                ))
        case .made(let instant, let rollOut):
            let plan = [
                NeMoChange(status: .pending, at: instant.adding(microseconds: rollOut / 3)),
                NeMoChange(status: .ready, at: instant.adding(microseconds: rollOut)),
            ]
            let done = plan.filter { $0.at <= now }
            versions.append(version(1, at: instant, changes: done, initial: .created, life: 0))
        }
    }

    /// How long the two steps of a roll-out took in the fixed past: a pod to wait for, a model to load.
    private func steadyVersion(_ number: Int, _ status: NeMoStatus, bornAt born: Timestamp) -> NeMoVersion {
        let pending = NeMoChange(status: .pending, at: born.adding(microseconds: 80_764))
        let ready = NeMoChange(status: .ready, at: born.adding(microseconds: 95_404_117))
        let changes: [NeMoChange] =
            switch status {
            case .created: []
            case .pending: number > 1 ? [] : [pending]
            // A controller that looks only now and then misses the step between.
            case .ready: row.isMultiple(of: 3) ? [pending, ready] : [ready]
            case .error, .unknown: [pending, NeMoChange(status: status, at: ready.at)]
            case .lost, .deleting, .deleted:
                [pending, ready, NeMoChange(status: status, at: born.adding(microseconds: 1_803_263_009))]
            }
        let initial: NeMoStatus = status == .pending ? .pending : .created
        return version(number, at: born, changes: changes, initial: initial, life: 0)
    }

    /// At most the three newest versions: the older ones are collected, or the list would grow for ever.
    private func appendRedeployed(
        to versions: inout [NeMoVersion], _ script: Script<Void>, start: Timestamp, elapsed: Int64
    ) {
        let now = script.moment(at: elapsed)
        // Version 1 is the update of cycle -1, so that there is one whenever the fleet starts.
        let latest = now.cycle + (now.step == 0 ? 1 : 2)
        for number in max(1, latest - 2)...latest {
            func at(cycle: Int64, step: Int) -> Timestamp {
                start.adding(microseconds: script.begin(cycle: cycle, step: step))
            }
            let cycle = number - 2
            let pending = NeMoChange(status: .pending, at: at(cycle: cycle, step: 2))
            var chance = Chance(seed, .nemo, row: row, salt: number)
            let outcome: NeMoStatus = number > 1 && chance.percent(20) ? .error : .ready
            let final = NeMoChange(status: outcome, at: at(cycle: cycle + 1, step: 0))
            let isUpdating = number == latest && now.step > 0
            let changes = isUpdating ? (now.step > 1 ? [pending] : []) : [pending, final]
            versions.append(
                version(
                    Int(number), at: at(cycle: cycle, step: 1), changes: changes, initial: .pending, life: 0))
        }
    }

    private func version(
        _ number: Int, at created: Timestamp, changes: [NeMoChange], initial: NeMoStatus, life: Int64
    ) -> NeMoVersion {
        NeMoVersion(
            deployment: self, number: number, createdAt: created, changes: changes, initial: initial,
            life: life, config: config)
    }
}
