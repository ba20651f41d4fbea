import Testing

/// Looks every 20 ms until something holds; only the suite's time limit ends it before.
///
/// - Throws: What `holds` throws, and `CancellationError` at the time limit, with `awaited` in the report.
func poll(until awaited: @autoclosure () -> String, _ holds: () async throws -> Bool) async throws {
    do {
        while try await !holds() { try await Task.sleep(for: .milliseconds(20)) }
    } catch {
        if Task.isCancelled { Issue.record("in vain until the time limit: \(awaited())") }
        throw error
    }
}
