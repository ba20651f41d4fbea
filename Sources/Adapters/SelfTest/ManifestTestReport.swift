extension [ManifestTestResult] {
    /// What came of a file's own tests, a line each: how many passed, then every difference at its test's place.
    package func report(adapter: String, file: String) -> [String] {
        let passed = count { $0.differences.isEmpty }
        var lines = ["\(adapter): \(passed) of \(count) tests passed"]
        if isEmpty { lines.append("\(file): has no tests") }
        for result in self where !result.differences.isEmpty {
            lines.append("\(file):\(result.line): \(result.test)")
            lines += result.differences.map { "    \($0)" }
        }
        return lines
    }
}
