import Adapters
import Foundation
import Testing

/// The shipped adapter files, checked by their own tests.
@Suite struct ShippedManifestTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "adapters.d")

    static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".yaml") }.sorted()

    @Test func thereAreFourPlatforms() {
        #expect(Self.files == ["dashscope.yaml", "deploy-list.yaml", "hf-endpoints.yaml", "nemo.yaml"])
    }

    @Test(arguments: files) func everyFileIsReadAndPassesItsOwnTests(_ file: String) async throws {
        let text = try String(contentsOf: Self.folder.appending(path: file), encoding: .utf8)
        let manifest = try AdapterManifest(yaml: text, file: file)
        let results = await manifest.runTests()
        #expect(!results.isEmpty)
        for result in results {
            #expect(result.differences.isEmpty, "\(file):\(result.line) \(result.test)")
        }
    }
}
