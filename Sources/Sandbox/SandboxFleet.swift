package import Wire

/// The sandbox's deployments in all three dialects, and the faults that are on.
///
/// The fleet at an instant is a function of configuration, start and that instant, plus what was changed by
/// hand: nothing runs in the background. Any number of tasks may use it at once.
package final class SandboxFleet: Sendable {
    /// The configuration given at the start.
    package let config: SandboxConfig
    /// The faults that are on: tests switch them here, people at `/_faults`.
    package let faults = Faults()
    /// What writes did, for each deployment: tests look here, people at `/_effects`.
    package let effects = Effects()
    let nemo: NeMoFleet
    let dashscope: RowFleet<DashScopeDeployment>
    let deployList: RowFleet<DeployListDeployment>
    let now: @Sendable () -> Timestamp
    let clock: any Clock<Duration>

    /// Starts the fleet at the instant that `now` gives; `clock` times the faults that wait.
    package init(
        config: SandboxConfig, now: @escaping @Sendable () -> Timestamp,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.config = config
        self.now = now
        self.clock = clock
        let start = now()
        nemo = NeMoFleet(config: config, start: start)
        dashscope = RowFleet(
            (0..<max(0, config.dashscopeRows)).map {
                DashScopeGenerator.deployment(
                    row: $0, seed: config.seed, changesOverTime: config.changesOverTime)
            }, changesOverTime: config.changesOverTime, start: start)
        deployList = RowFleet(
            (0..<max(0, config.deployListRows)).map {
                DeployListGenerator.deployment(
                    row: $0, seed: config.seed, changesOverTime: config.changesOverTime)
            }, changesOverTime: config.changesOverTime, start: start)
    }

    /// The number of requests to a dialect, faulty ones included; requests to the samples are not counted.
    package func requestCount(_ dialect: Dialect) -> Int { faults.requestCount(dialect) }

    /// The keys of all deployments now, in the order of the list: those that a gateway should list.
    ///
    /// NeMo's are `workspace/name`, each once; DashScope's are `deployed_model`, deploy-list's `deploy_id`.
    package func keys(_ dialect: Dialect) -> [String] {
        switch dialect {
        case .nemo:
            var seen: Set<String> = []
            return nemo.versions(at: now()).map(\.deployment.key).filter { seen.insert($0).inserted }
        case .dashscope: return dashscope.snapshots(at: now()).map(\.row.id)
        case .deployList: return deployList.snapshots(at: now()).map(\.row.id)
        }
    }

    /// Adds a serving deployment with this key, created now; it replaces one with the same key.
    ///
    /// At most 10,000 can be added to a dialect. For NeMo nothing happens unless the key is `workspace/name`
    /// with a workspace that exists.
    package func add(_ dialect: Dialect, _ key: String) {
        switch dialect {
        case .nemo: nemo.add(key, at: now())
        case .dashscope: dashscope.add(key, at: now())
        case .deployList: deployList.add(key, at: now())
        }
    }

    /// Takes a deployment off its list at once, without a phase of deletion; an unknown key does nothing.
    package func remove(_ dialect: Dialect, _ key: String) { setListed(dialect, key, false) }

    /// Puts a removed deployment back on its list, as it is by now.
    package func restore(_ dialect: Dialect, _ key: String) { setListed(dialect, key, true) }

    private func setListed(_ dialect: Dialect, _ key: String, _ isListed: Bool) {
        switch dialect {
        case .nemo: nemo.setListed(key, isListed)
        case .dashscope: dashscope.setListed(key, isListed)
        case .deployList: deployList.setListed(key, isListed)
        }
    }

    /// Gives a deployment (NeMo: its latest version) any native status; nil undoes it.
    package func setStatus(_ dialect: Dialect, _ key: String, _ status: String?) {
        switch dialect {
        case .nemo: nemo.overrideStatus(of: key, with: status)
        case .dashscope: dashscope.overrideStatus(of: key, with: status)
        case .deployList: deployList.overrideStatus(of: key, with: status)
        }
    }

    /// Ends all responses that hang or drip, now and from now on; to be called when shutdown begins.
    package func stop() { faults.close() }
}
