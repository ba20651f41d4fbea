extension SettingsNode {
    /// A duration with its unit: `500ms`, `30s`, `5m`, `24h`, `7d`; a bare number is a problem.
    package func duration() -> Duration? {
        guard let text, let duration = Duration(setting: text) else {
            return wrong("a duration with its unit, such as 500ms, 30s, 5m, 24h or 7d")
        }
        return duration
    }

    /// A size with its unit: `512B`, `64KiB`, `64MiB`, `1GiB`; a bare number is a problem.
    package func byteCount() -> Int? {
        let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1)]
        guard let text, let (suffix, factor) = units.first(where: { text.hasSuffix($0.0) }),
            let number = Int(text.dropLast(suffix.count)), number > 0
        else { return wrong("a size with its unit, such as 512KiB or 64MiB") }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? wrong("a size below 8 EiB") : bytes
    }

    /// A duration within bounds; nil after a problem.
    package func duration(atLeast least: Duration, atMost most: Duration? = nil) -> Duration? {
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

extension Duration {
    /// Reads `500ms`, `30s`, `5m`, `24h`, `7d`: an integer and a unit; nil for anything else.
    package init?(setting text: String) {
        let units: [(String, Int64)] = [
            ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
        ]
        guard let (suffix, factor) = units.first(where: { text.hasSuffix($0.0) }),
            let number = Int64(text.dropLast(suffix.count)), (0...1_000_000_000).contains(number)
        else { return nil }
        self = .milliseconds(number * factor)
    }

    /// The duration as settings write it, in the largest unit that divides it, cut to milliseconds.
    package var setting: String {
        let (seconds, attoseconds) = components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        if milliseconds != 0 || seconds == 0 { return "\(seconds * 1000 + milliseconds)ms" }
        for (size, unit) in [(86_400, "d"), (3600, "h"), (60, "m")] as [(Int64, String)]
        where seconds % size == 0 {
            return "\(seconds / size)\(unit)"
        }
        return "\(seconds)s"
    }
}
