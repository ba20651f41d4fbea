/// Tells on standard error that something takes longer than a moment; nothing where that is no terminal.
struct Progress<C: Clock<Duration>>: Sendable {
    var isShown: Bool
    var clock: C
    var output: Output

    /// How long a command may be silent.
    static var patience: Duration { .milliseconds(500) }

    /// Runs `work`; after ``patience`` a line appears, which is wiped when the work is done.
    func during<Value: Sendable>(
        _ message: String, _ work: @Sendable () async throws -> Value
    ) async throws -> Value {
        guard isShown else { return try await work() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [clock, output] in
                guard (try? await clock.sleep(for: Self.patience)) != nil else { return }
                output.writeError(message.neutralised() + " …")
                // Stays until it is cancelled, which the end of the work does.
                while (try? await clock.sleep(for: .seconds(3600))) != nil {}
                output.writeError("\r\u{1B}[K")
            }
            let value = try await work()
            group.cancelAll()
            return value
        }
    }
}
