import ServiceLifecycle
import UnixSignals

/// Runs an action for each SIGHUP, one at a time, until graceful shutdown.
struct ReloadSignals: Service {
    private let signals: UnixSignalsSequence
    private let action: @Sendable () async -> Void

    /// Stops SIGHUP from ending the program; signals that arrive before ``run()`` are not lost.
    static func trapped() async -> UnixSignalsSequence {
        await UnixSignalsSequence(trapping: .sighup)
    }

    init(_ signals: UnixSignalsSequence, action: @escaping @Sendable () async -> Void) {
        self.signals = signals
        self.action = action
    }

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() { await action() }
    }
}
