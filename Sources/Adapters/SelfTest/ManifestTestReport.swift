extension [ManifestTestResult] {
    /// What came of a file's own tests, as text: each difference, then a line that counts.
    ///
    /// `file` is the file as the reader of the text knows it; the text ends without a line break.
    package func report(file: String) -> String {
        var lines: [String] = []
        let failed = filter { !$0.differences.isEmpty }
        for result in failed {
            lines.append("\(file):\(result.line): \(result.test)")
            lines += result.differences.map { "  \($0)" }
        }
        let tests = count == 1 ? "1 test" : "\(count) tests"
        if isEmpty {
            lines.append("\(file): has no tests")
        } else if failed.isEmpty {
            lines.append("\(file): \(tests) passed")
        } else {
            lines.append("\(file): \(failed.count) of \(tests) failed")
        }
        return lines.joined(separator: "\n")
    }
}
