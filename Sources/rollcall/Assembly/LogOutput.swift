import Logging
import Wire

extension LogConfig {
    /// A logger on standard error: text on a terminal, else one JSON object per line; ``format`` decides
    /// otherwise.
    func logger(on terminal: Terminal) -> Logger {
        let isText =
            switch format {
            case .text: true
            case .json: false
            case .auto: terminal.isErrorInteractive
            }
        var logger = Logger(label: "rollcall") { label -> any LogHandler in
            if isText { return StreamLogHandler.standardError(label: label) }
            return JSONLogHandler(write: Output.standard.writeError)
        }
        logger.logLevel = level
        return logger
    }
}

/// Writes each log line as one JSON object: `time`, `level`, `message`, then the metadata by name.
struct JSONLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    private let write: @Sendable (String) -> Void

    init(write: @escaping @Sendable (String) -> Void) { self.write = write }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var json = JSONWriter()
        json.object { json in
            json.key("time")
            json.time(.ofSystemClock())
            json.key("level")
            json.string(event.level.rawValue)
            json.key("message")
            json.string("\(event.message)")
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            for (name, value) in all.sorted(by: { $0.key < $1.key }) {
                json.key(["time", "level", "message"].contains(name) ? "metadata.\(name)" : name)
                json.string("\(value)")
            }
        }
        write(String(decoding: json.bytes, as: UTF8.self) + "\n")
    }
}
