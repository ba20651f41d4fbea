import Deployments
import FoundationEssentials
import Logging
import Storage
import Synchronization
import TestSupport

/// A folder of one test, removed after it.
struct TemporaryFolder: Sendable {
    let path: String
    let log = LogLines()

    static func with(_ body: (TemporaryFolder) async throws -> Void) async throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "rollcall-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try await body(TemporaryFolder(path: url.path))
    }

    var file: String { path + "/store.sqlite" }

    var names: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []
    }

    func store(sizeLimitBytes: Int? = nil) throws -> SQLiteListStore {
        try SQLiteListStore(
            path: file, sizeLimitBytes: sizeLimitBytes, now: { .at(1_769_848_215) }, logger: log.logger)
    }

    func read(_ name: String) -> [UInt8] {
        FileManager.default.contents(atPath: path + "/" + name).map { Array($0) } ?? []
    }

    func write(_ bytes: [UInt8]) {
        _ = FileManager.default.createFile(atPath: file, contents: Data(bytes))
    }
}

/// Everything that was logged, message and metadata.
final class LogLines: Sendable {
    private let recorded = Mutex<[String]>([])
    private let recordedFields = Mutex<[[String]]>([])

    var lines: [String] { recorded.withLock { $0 } }

    /// The lines' metadata, as `key=value` in the order of keys.
    var fields: [[String]] { recordedFields.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.recorded.withLock { $0.append("\(event.message)") }
            let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            lines.recordedFields.withLock { $0.append(fields) }
        }
    }
}
