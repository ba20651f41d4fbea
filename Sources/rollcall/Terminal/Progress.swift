/// Shows a message on standard error while work takes longer than ``delay``.
struct Progress<C: Clock<Duration>>: Sendable {
    /// True if standard error is a terminal; otherwise nothing is shown.
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
                // The line stays until this task is cancelled at the end of the work.
                while (try? await clock.sleep(for: .seconds(3600))) != nil {}
                output.writeError("\r\u{1B}[K")
            }
            let value = try await work()
            group.cancelAll()
            return value
        }
    }
}
