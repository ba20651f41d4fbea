import Testing

/// Checks every 20 ms until `holds` is true; only the suite's time limit ends it earlier.
///
/// - Throws: The error of `holds`, and `CancellationError` at the time limit, with `awaited` in the report.
func poll(until awaited: @autoclosure () -> String, _ holds: () async throws -> Bool) async throws {
    do {
        while try await !holds() { try await Task.sleep(for: .milliseconds(20)) }
    } catch {
        if Task.isCancelled { Issue.record("in vain until the time limit: \(awaited())") }
        throw error
    }
}
