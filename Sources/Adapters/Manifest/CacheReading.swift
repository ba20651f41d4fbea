package import Deployments
package import Settings

extension CacheWindows.Overrides {
    /// The files that have a `cache` mapping; they differ in the keys that they may give.
    package enum Origin {
        case adapterFile, configuration
    }

    /// Reads a `cache` mapping of an adapter file, or of a configuration or one of its sources.
    package init(_ keys: SettingsMapping, in origin: Origin) {
        self.init()
        read(.ttl, of: keys) { $0.duration(atLeast: .milliseconds(100)) }
        read(.staleWhileRevalidate, of: keys) { $0.duration() }
        read(.staleIfError, of: keys) { $0.limit(orTerm: "unlimited", suchAs: "24h or 7d", from: .zero) }
        read(.minInterval, of: keys) { $0.duration(atLeast: .milliseconds(100)) }
        read(.ttlInTransition, of: keys) { $0.duration(atLeast: .milliseconds(100)) }
        if origin == .configuration { readForReaders(keys) }
        keys.refuseOthers()
    }

    /// Reads the keys that concern the gateway's readers, which an adapter file may not set.
    private mutating func readForReaders(_ keys: SettingsMapping) {
        read(.clientFloor, of: keys) { $0.duration() }
        read(.wait, of: keys) { $0.duration(atLeast: .zero, atMost: .seconds(60)) }
        read(.jitter, of: keys) { $0.jitter() }
        read(.idleAfter, of: keys) { $0.duration(atLeast: .seconds(1)) }
        read(.idleInterval, of: keys) { $0.limit(orTerm: "off", suchAs: "10m or 1h", from: .milliseconds(1)) }
        read(.maxDrop, of: keys) { MaxDrop($0) }
    }

    private mutating func read<Value>(
        _ key: CacheWindows.Key<Value>, of keys: SettingsMapping, _ value: (SettingsNode) -> Value?
    ) {
        set(key, to: keys.optional(key.name).flatMap(value))
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
    /// A duration, or the term that means no limit; nil after a problem.
    fileprivate func limit(orTerm term: String, suchAs examples: String, from least: Duration) -> CacheWindows
        .Limit?
    {
        if text == term { return CacheWindows.Limit.none }
        guard let text, let duration = Duration(setting: text), duration >= least else {
            problem("must be \(term), or a duration with its unit, such as \(examples)")
            return nil
        }
        return .after(duration)
    }

    /// A share of ttl, from 0 to 0.5; nil after a problem.
    fileprivate func jitter() -> Double? {
        guard let share = text.flatMap(Double.init), (0...0.5).contains(share) else {
            problem("must be a share of ttl from 0 to 0.5, such as 0.1")
            return nil
        }
        return share
    }

    /// A plain number from 0 to 1; nil after a problem.
    fileprivate func share() -> Double? {
        guard !isQuoted, let text, let share = Double(text), (0...1).contains(share) else {
            return wrong("a number from 0 to 1")
        }
        return share
    }
}
