import Synchronization
import Wire

/// The NeMo deployments of the sandbox at any instant.
final class NeMoFleet: Sendable {
    /// Changes by people and tests, on top of the scripts.
    private struct Overlay {
        var added: [NeMoDeployment] = []
        var removed: Set<String> = []
        var deleted: [String: Timestamp] = [:]
        var written: [String: NeMoWritten] = [:]
        var statusOverrides: [String: String] = [:]

        var isEmpty: Bool {
            added.isEmpty && removed.isEmpty && deleted.isEmpty && written.isEmpty
                && statusOverrides.isEmpty
        }
    }

    let workspaces: [String]
    private let seed: UInt64
    private let changesOverTime: Bool
    private let start: Timestamp
    private let deployments: [NeMoDeployment]
    /// The versions at the start, in order of creation; empty if the fleet changes over time.
    private let initialVersions: [NeMoVersion]
    private let overlay = Mutex(Overlay())

    init(config: SandboxConfig, start: Timestamp) {
        workspaces = config.nemoWorkspaces.isEmpty ? ["default"] : config.nemoWorkspaces
        seed = config.seed
        changesOverTime = config.changesOverTime
        self.start = start
        let generator = NeMoGenerator(
            seed: config.seed, workspaces: workspaces, changesOverTime: config.changesOverTime)
        deployments = (0..<max(0, config.nemoRows)).map(generator.deployment)
        initialVersions =
            config.changesOverTime ? [] : Self.versions(of: deployments, start: start, elapsed: 0, now: start)
    }

    /// Every workspace: the configured ones, and two that always exist and are empty.
    var allWorkspaces: [String] {
        workspaces + ["default", "system"].filter { !workspaces.contains($0) }
    }

    /// Every version listed at an instant, in the order of creation.
    func versions(at now: Timestamp) -> [NeMoVersion] {
        let (isPlain, added) = overlay.withLock { ($0.isEmpty, $0.added) }
        if isPlain, !changesOverTime { return initialVersions }
        let replaced = Set(added.map(\.key))
        let all = (replaced.isEmpty ? deployments : deployments.filter { !replaced.contains($0.key) }) + added
        let elapsed = changesOverTime ? max(0, now.microseconds - start.microseconds) : 0
        let versions = Self.versions(of: all, start: start, elapsed: elapsed, now: now)
        return isPlain ? versions : overlaid(versions, at: now)
    }

    private static func versions(
        of deployments: [NeMoDeployment], start: Timestamp, elapsed: Int64, now: Timestamp
    ) -> [NeMoVersion] {
        var versions: [NeMoVersion] = []
        versions.reserveCapacity(deployments.count * 2)
        for deployment in deployments {
            deployment.appendVersions(to: &versions, start: start, elapsed: elapsed, now: now)
        }
        return ordered(versions)
    }

    private static func ordered(_ versions: [NeMoVersion]) -> [NeMoVersion] {
        versions.sorted { ($0.createdAt, $0.deployment.row) < ($1.createdAt, $1.deployment.row) }
    }

    private func overlaid(_ generated: [NeMoVersion], at now: Timestamp) -> [NeMoVersion] {
        overlay.withLock { overlay in
            var versions: [NeMoVersion] = []
            var latest: [String: Int] = [:]
            func append(_ version: NeMoVersion, _ key: String) {
                if latest[key].map({ versions[$0].number < version.number }) ?? true {
                    latest[key] = versions.count
                }
                versions.append(version)
            }
            func isWritten(_ key: String) -> Bool { overlay.written[key].map { $0.since <= now } ?? false }
            for version in generated {
                let key = version.deployment.key
                guard !overlay.removed.contains(key), !isWritten(key) else { continue }
                append(version, key)
            }
            for (key, written) in overlay.written where isWritten(key) && !overlay.removed.contains(key) {
                for version in written.versions(at: now) { append(version, key) }
            }
            for (key, status) in overlay.statusOverrides {
                if let index = latest[key] { versions[index].statusOverride = status }
            }
            // A deleted row stays listed for a while: DELETING, then DELETED, then collected.
            for (key, since) in overlay.deleted {
                guard since <= now, let index = latest[key] else { continue }
                let age = now.microseconds - since.microseconds
                versions[index].statusOverride = (age < 15_000_000 ? NeMoStatus.deleting : .deleted).rawValue
            }
            return Self.ordered(
                versions.filter {
                    guard let since = overlay.deleted[$0.deployment.key] else { return true }
                    return now.microseconds - since.microseconds < 30_000_000
                })
        }
    }

    /// Takes a deployment, `workspace/name`, off the list at once, or brings it back.
    func setListed(_ key: String, _ isListed: Bool) {
        overlay.withLock { overlay in
            if isListed { overlay.removed.remove(key) } else { overlay.removed.insert(key) }
        }
    }

    /// Adds a deployment, `workspace/name`, that takes `rollOut` microseconds to be READY.
    ///
    /// A deployment with this key is replaced. Nothing happens for a workspace that the fleet does not have,
    /// and nothing is added beyond ``ManualChanges/limit``.
    func add(
        _ key: String, config: String = NeMoConfigs.names[0], configVersion: Int = 1, rollOut: Int64 = 0,
        at now: Timestamp
    ) {
        let parts = key.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2, allWorkspaces.contains(parts[0]) else { return }
        overlay.withLock { overlay in
            overlay.removed.remove(key)
            overlay.deleted[key] = nil
            overlay.written[key] = nil
            overlay.statusOverrides[key] = nil
            overlay.added.removeAll { $0.key == key }
            guard overlay.added.count < ManualChanges.limit else { return }
            overlay.added.append(
                NeMoDeployment(
                    seed: seed, row: deployments.count + overlay.added.count, name: parts[1],
                    workspace: parts[0], config: config, configVersion: configVersion,
                    lifecycle: .created(at: now, rollOut: rollOut)))
        }
    }

    /// Gives a deployment's latest version any status, even an unknown one; nil undoes it.
    func overrideStatus(of key: String, with status: String?) {
        overlay.withLock { $0.statusOverrides[key] = status }
    }

    func delete(_ key: String, at now: Timestamp) {
        overlay.withLock { overlay in
            if overlay.deleted[key] == nil { overlay.deleted[key] = now }
        }
    }

    /// Makes a new version of a deployment, which has no script from then on; returns its number.
    func update(_ key: String, config: String, configVersion: Int, at now: Timestamp) -> Int {
        let before = versions(at: now).filter { $0.deployment.key == key }
        return overlay.withLock { overlay in
            var written = overlay.written[key] ?? NeMoWritten(since: now, before: before)
            written.append(NeMoUpdate(config: config, configVersion: configVersion, at: now))
            overlay.written[key] = written
            overlay.statusOverrides[key] = nil
            return written.latest
        }
    }
}

/// A version made through the API.
struct NeMoUpdate: Sendable {
    var config: String
    var configVersion: Int
    var at: Timestamp
}

/// A deployment that was updated through the API.
private struct NeMoWritten: Sendable {
    /// The instant of the first update.
    var since: Timestamp
    /// The versions that were listed then.
    var before: [NeMoVersion]
    /// The number of updates that are listed no more.
    private var collected = 0
    /// The others, oldest first.
    private var updates: [NeMoUpdate] = []

    init(since: Timestamp, before: [NeMoVersion]) {
        self.since = since
        self.before = before
    }

    /// The number of the newest version.
    var latest: Int { (before.map(\.number).max() ?? 0) + collected + updates.count }

    mutating func append(_ update: NeMoUpdate) {
        updates.append(update)
        // The list must not grow forever.
        guard updates.count > 100 else { return }
        updates.removeFirst()
        collected += 1
    }

    /// The versions that are listed at an instant after the first update.
    func versions(at now: Timestamp) -> [NeMoVersion] {
        guard let last = before.max(by: { $0.number < $1.number }) else { return [] }
        let made = updates.prefix { $0.at <= now }.enumerated().map { index, update in
            update.version(after: last, by: collected + index + 1, at: now)
        }
        return before + made
    }
}

extension NeMoUpdate {
    /// The version that an update makes: PENDING, after 5 s with a history, and READY after 15 s.
    fileprivate func version(after last: NeMoVersion, by steps: Int, at now: Timestamp) -> NeMoVersion {
        let plan = [
            NeMoChange(status: .pending, at: at.adding(microseconds: 5_000_000)),
            NeMoChange(status: .ready, at: at.adding(microseconds: 15_000_000)),
        ]
        var version = last
        version.number += steps
        version.createdAt = at
        version.changes = plan.filter { $0.at <= now }
        version.initial = .pending
        version.config = config
        version.configVersion = configVersion
        version.statusOverride = nil
        return version
    }
}
