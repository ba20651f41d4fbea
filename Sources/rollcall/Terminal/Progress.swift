/// Shows on standard error that work takes longer than a moment; only where that is a terminal.
struct Progress<C: Clock<Duration>>: Sendable {
    var isShown: Bool
    var clock: C
    var output: Output

    /// The delay before the message appears.
    static var delay: Duration { .milliseconds(500) }

    /// Runs `work`; after ``delay`` a line appears, which is erased when the work is done.
    func during<Value: Sendable>(
        _ message: String, _ work: @Sendable () async throws -> Value
    ) async throws -> Value {
        guard isShown else { return try await work() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [clock, output] in
                guard (try? await clock.sleep(for: Self.delay)) != nil else { return }
                output.writeError(message.neutralized() + " …")
                // Stays until the end of the work cancels this task.
                while (try? await clock.sleep(for: .seconds(3600))) != nil {}
                output.writeError("\r\u{1B}[K")
            }
            let value = try await work()
            group.cancelAll()
            return value
        }
    }
}
