import Deployments
import FoundationEssentials
import Storage
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
            path: file, sizeLimitBytes: sizeLimitBytes, now: { .at(1_769_848_215) }, logger: log.logger())
    }

    func read(_ name: String) -> [UInt8] {
        FileManager.default.contents(atPath: path + "/" + name).map { Array($0) } ?? []
    }

    func remove(_ name: String) { try? FileManager.default.removeItem(atPath: path + "/" + name) }

    /// The bytes of the database and its log.
    var size: Int { read("store.sqlite").count + read("store.sqlite-wal").count }

    func write(_ bytes: [UInt8]) {
        _ = FileManager.default.createFile(atPath: file, contents: Data(bytes))
    }
}
