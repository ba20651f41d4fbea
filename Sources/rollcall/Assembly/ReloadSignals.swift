import ServiceLifecycle
import UnixSignals

/// Does something at each SIGHUP, one after another, until the program is told to stop.
struct ReloadSignals: Service {
    private let signals: UnixSignalsSequence
    private let action: @Sendable () async -> Void

    /// From here on a SIGHUP ends the program no more; those that come before ``run()`` are not lost.
    static func trapped() async -> UnixSignalsSequence { await UnixSignalsSequence(trapping: .sighup) }

    init(_ signals: UnixSignalsSequence, action: @escaping @Sendable () async -> Void) {
        self.signals = signals
        self.action = action
    }

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() { await action() }
    }
}
