extension [ManifestTestResult] {
    /// The results of a file's own tests as lines: the number that passed, then each failed test with its
    /// line and its differences.
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
