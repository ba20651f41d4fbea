package import Wire

/// The sandbox's deployments in all three dialects, and the faults that are on.
///
/// The fleet at an instant is a function of configuration, start and that instant, plus what was changed by
/// hand: nothing runs in the background. May be used from anywhere at once.
package final class SandboxFleet: Sendable {
    /// As it was given at the start; nothing changes it.
    package let config: SandboxConfig
    /// Switched by tests here, by people at `/_faults`.
    package let faults = Faults()
    let nemo: NeMoFleet
    let dashscope: RowFleet<DashScopeDeployment>
    let deployList: RowFleet<DeployListDeployment>
    let now: @Sendable () -> Timestamp
    let clock: any Clock<Duration>

    /// Starts the fleet's life at what `now` says; `clock` times the faults that wait.
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
                DashScopeCast.deployment(row: $0, seed: config.seed, lives: config.lives)
            }, lives: config.lives, start: start)
        deployList = RowFleet(
            (0..<max(0, config.deployListRows)).map {
                DeployListCast.deployment(row: $0, seed: config.seed, lives: config.lives)
            }, lives: config.lives, start: start)
    }

    /// How many requests a dialect has had, the faulty ones included; the samples' are not counted.
    package func requestCount(_ dialect: Dialect) -> Int { faults.requestCount(dialect) }

    /// The keys of all deployments there are now, in the order of the list: what a gateway should know of.
    ///
    /// NeMo's are `workspace/name`, each once; DashScope's are `deployed_model`, deploy-list's `deploy_id`.
    package func keys(_ dialect: Dialect) -> [String] {
        switch dialect {
        case .nemo:
            var seen: Set<String> = []
            return nemo.versions(at: now()).map(\.deployment.key).filter { seen.insert($0).inserted }
        case .dashscope: return dashscope.sightings(at: now()).map(\.row.id)
        case .deployList: return deployList.sightings(at: now()).map(\.row.id)
        }
    }

    /// Adds a deployment that serves, made now, under such a key; one that is there is made anew.
    ///
    /// At most 10,000 for each dialect. For NeMo nothing happens unless the key is `workspace/name` with a workspace that exists.
    package func add(_ dialect: Dialect, _ key: String) {
        switch dialect {
        case .nemo: nemo.add(key, at: now())
        case .dashscope: dashscope.add(key, at: now())
        case .deployList: deployList.add(key, at: now())
        }
    }

    /// Takes a deployment off its list at once, without a phase of going; an unknown key does nothing.
    package func remove(_ dialect: Dialect, _ key: String) { setListed(dialect, key, false) }

    /// Brings a removed deployment back as it is by now.
    package func restore(_ dialect: Dialect, _ key: String) { setListed(dialect, key, true) }

    private func setListed(_ dialect: Dialect, _ key: String, _ isListed: Bool) {
        switch dialect {
        case .nemo: nemo.setListed(key, isListed)
        case .dashscope: dashscope.setListed(key, isListed)
        case .deployList: deployList.setListed(key, isListed)
        }
    }

    /// Gives a deployment (NeMo: its latest version) this native status word, whatever it is; nil undoes it.
    package func setStatus(_ dialect: Dialect, _ key: String, _ status: String?) {
        switch dialect {
        case .nemo: nemo.force(key, status)
        case .dashscope: dashscope.force(key, status)
        case .deployList: deployList.force(key, status)
        }
    }

    /// Ends what hangs or drips, now and later; to be called when shutdown begins.
    package func stop() { faults.close() }
}
