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
        keys.refuseOthers()
    }
}

extension UpstreamConfig {
    /// Reads an `upstream` mapping: a key that is given wins over `base`, be it null where null means something.
    init(_ keys: SettingsMapping, over base: UpstreamConfig, folder: String) {
        self = base
        if let timeout = keys.optional("timeout")?.mapping() { readTimeouts(timeout) }
        if let limits = keys.optional("limits")?.mapping() { readLimits(limits) }
        if keys.has("proxy") {
            proxy = nil
            if let node = keys.optional("proxy"), let text = node.text ?? node.wrong("a proxy's URL") {
                do throws(BaseURL.Refusal) { proxy = try BaseURL(text).text } catch {
                    node.problem(error.description)
                }
            }
        }
        if keys.has("ca_file") {
            caFile = keys.optional("ca_file")?.nonEmptyString().map { absolutePath($0, in: folder) }
        }
        keys.refuseOthers()
    }

    private mutating func readTimeouts(_ keys: SettingsMapping) {
        let least = Duration.milliseconds(1)
        connectTimeout =
            keys.optional("connect")?.duration(atLeast: least, atMost: .seconds(600)) ?? connectTimeout
        totalTimeout = keys.optional("total")?.duration(atLeast: least, atMost: .seconds(600)) ?? totalTimeout
        keys.refuseOthers()
    }

    private mutating func readLimits(_ keys: SettingsMapping) {
        if keys.has("concurrency") { concurrency = keys.optional("concurrency")?.int(in: 1...256) }
        if keys.has("rate") { rate = keys.optional("rate")?.double(above: 0) }
        if keys.has("burst") { burst = keys.optional("burst")?.int(in: 1...1_000_000) }
        if keys.has("daily") { daily = keys.optional("daily")?.int(in: 1...1_000_000_000) }
        bodyLimitBytes = keys.optional("body")?.byteCount(atMost: 1 << 30) ?? bodyLimitBytes
        if keys.has("pages") { pages = keys.optional("pages")?.int(in: 1...1_000_000) }
        keys.refuseOthers()
    }
}

extension SettingsNode {
    /// A duration within bounds; nil after a problem.
    fileprivate func duration(atLeast least: Duration = .zero, atMost most: Duration? = nil) -> Duration? {
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

    fileprivate func byteCount(atMost most: Int) -> Int? {
        guard let count = byteCount() else { return nil }
        guard count <= most else {
            problem("must be at most \(most >> 20)MiB")
            return nil
        }
        return count
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
