import Settings

extension UpstreamConfig {
    /// Reads an `upstream` mapping over `base`: a given key wins, and so does its null where null has a
    /// meaning.
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
        fetchTimeout =
            keys.optional("fetch")?.duration(atLeast: least, atMost: .seconds(3600)) ?? fetchTimeout
        keys.refuseOthers()
    }

    private mutating func readLimits(_ keys: SettingsMapping) {
        if keys.has("concurrency") { concurrency = keys.optional("concurrency")?.int(in: 1...256) }
        if keys.has("rate") { rate = keys.optional("rate")?.double(above: 0) }
        if keys.has("burst") { burst = keys.optional("burst")?.int(in: 1...1_000_000) }
        if keys.has("daily") { daily = keys.optional("daily")?.int(in: 1...1_000_000_000) }
        bodyLimitBytes = keys.optional("body")?.byteCount(atMost: 1 << 30) ?? bodyLimitBytes
        if keys.has("pages") { pages = keys.optional("pages")?.int(in: 1...1_000_000) }
        rows = keys.optional("rows")?.int(in: 1...100_000_000) ?? rows
        keys.refuseOthers()
    }
}

extension SharedConfig {
    /// Reads the `shared` mapping of the file's `upstream`.
    init(_ keys: SettingsMapping) {
        answerBytes = keys.optional("answers")?.byteCount(atMost: 1 << 40) ?? answerBytes
        hostWidth = keys.optional("per_host")?.int(in: 1...10_000) ?? hostWidth
        keys.refuseOthers()
    }
}

extension SettingsNode {
    fileprivate func byteCount(atMost most: Int) -> Int? {
        guard let count = byteCount() else { return nil }
        guard count <= most else {
            problem("must be at most \(most >> 20)MiB")
            return nil
        }
        return count
    }
}
