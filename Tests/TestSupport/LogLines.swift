package import Logging
import Synchronization

/// Records everything that is logged.
package final class LogLines: Sendable {
    private struct Line {
        var level: Logger.Level
        var message: String
        var fields: [String]
    }

    private let recorded = Mutex<[Line]>([])

    package init() {}

    /// Level, message and metadata of each line, such as `info deployments removed rows=1`.
    package var lines: [String] {
        recorded.withLock { $0.map { (["\($0.level) \($0.message)"] + $0.fields).joined(separator: " ") } }
    }

    /// The message of each line.
    package var messages: [String] { recorded.withLock { $0.map(\.message) } }

    /// The metadata of each line, as `key=value` in the order of keys.
    package var fields: [[String]] { recorded.withLock { $0.map(\.fields) } }

    /// A logger that records what has this level or a higher one.
    package func logger(_ level: Logger.Level = .info) -> Logger {
        var logger = Logger(label: "test") { _ in Handler(lines: self) }
        logger.logLevel = level
        return logger
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = metadata.merging(event.metadata ?? [:]) { $1 }
                .sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let line = Line(level: event.level, message: "\(event.message)", fields: fields)
            lines.recorded.withLock { $0.append(line) }
        }
    }
}
