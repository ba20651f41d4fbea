import Refresh
import Settings

extension CacheOverrides {
    /// Reads a `cache` mapping.
    init(_ keys: SettingsMapping) {
        ttl = keys.optional("ttl")?.duration(atLeast: .milliseconds(100))
        staleWhileRevalidate = keys.optional("stale_while_revalidate")?.duration()
        if let node = keys.optional("stale_if_error") {
            if node.text == "unlimited" {
                staleIfError = .unlimited
            } else if let text = node.text, let limit = Duration(setting: text) {
                staleIfError = .after(limit)
            } else {
                node.problem("must be unlimited, or a duration with its unit, such as 24h or 7d")
            }
        }
        minInterval = keys.optional("min_interval")?.duration(atLeast: .milliseconds(100))
        clientFloor = keys.optional("client_floor")?.duration()
        wait = keys.optional("wait")?.duration(atMost: .seconds(60))
        if let node = keys.optional("jitter") {
            if let share = node.text.flatMap(Double.init), (0...0.5).contains(share) {
                jitter = share
            } else {
                node.problem("must be a share of ttl from 0 to 0.5, such as 0.1")
            }
        }
        idleAfter = keys.optional("idle_after")?.duration(atLeast: .seconds(1))
        if let node = keys.optional("idle_interval") {
            if node.text == "off" {
                idleInterval = .off
            } else if let text = node.text, let interval = Duration(setting: text), interval > .zero {
                idleInterval = .every(interval)
            } else {
                node.problem("must be off, or a duration with its unit, such as 10m or 1h")
            }
        }
        ttlInTransition = keys.optional("ttl_in_transition")?.duration(atLeast: .milliseconds(100))
        maxDrop = keys.optional("max_drop").flatMap { MaxDrop($0) }
        keys.refuseOthers()
    }
}

extension MaxDrop {
    /// Reads `{share, count}`; nil after a problem.
    fileprivate init?(_ node: SettingsNode) {
        guard node.isMapping, let keys = node.mapping() else {
            node.problem("must be {share: 0 to 1, count: ROWS}, or one of them")
            return nil
        }
        let (shareNode, countNode) = (keys.optional("share"), keys.optional("count"))
        keys.refuseOthers()
        if shareNode == nil, countNode == nil {
            node.problem("must have a share, a count, or both")
            return nil
        }
        self.init()
        if let shareNode {
            guard let share = shareNode.share() else { return nil }
            self.share = share
        }
        if let countNode {
            guard let count = countNode.int(in: 0...Int.max) else { return nil }
            self.count = count
        }
    }
}

extension SettingsNode {
    /// A duration within bounds; nil after a problem.
    func duration(atLeast least: Duration = .zero, atMost most: Duration? = nil) -> Duration? {
        guard let duration = duration() else { return nil }
        if duration < least {
            problem("must be at least \(least.setting)")
            return nil
        }
        if let most, duration > most {
            problem("must be at most \(most.setting)")
            return nil
        }
        return duration
    }
}

extension SettingsNode {
    /// A plain number from 0 to 1; nil after a problem.
    fileprivate func share() -> Double? {
        guard !isQuoted, let text, let share = Double(text), (0...1).contains(share) else {
            return wrong("a number from 0 to 1")
        }
        return share
    }
}

extension Duration {
    /// As this file writes durations, in the largest unit that divides it; below a millisecond is cut.
    var setting: String {
        let (seconds, attoseconds) = components
        let rest = attoseconds / 1_000_000_000_000_000
        if rest != 0 || seconds == 0 { return "\(seconds * 1000 + rest)ms" }
        for (size, unit) in [(86_400, "d"), (3600, "h"), (60, "m")] as [(Int64, String)]
        where seconds % size == 0 {
            return "\(seconds / size)\(unit)"
        }
        return "\(seconds)s"
    }
}
