import Deployments
import Foundation
import Settings
import TestSupport
import Testing

@testable import rollcall

/// Stray and broken files in the folders of adapter files.
@Suite struct AdapterCatalogTests {
    private static let shipped = repositoryRoot + "/adapters.d/nemo.yaml"

    /// Runs `body` with a folder of these files by their names; `nemo.yaml` is the shipped one.
    private func withAdapters(
        _ files: [String: String] = [:], _ body: (_ folder: URL) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "rollcall-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.copyItem(
            at: URL(filePath: Self.shipped), to: folder.appending(path: "nemo.yaml"))
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        try await body(folder)
    }

    /// The problems and the warnings of a gateway with a source for each of these adapters.
    private func check(_ folders: [URL], adapters: [String]) -> (problems: [String], warnings: [String]) {
        let problems = SettingsProblems()
        var config = GatewayConfig(adapterFolders: folders.map(\.path))
        config.sources = adapters.enumerated().compactMap { index, adapter in
            guard let url = try? BaseURL("https://nimbus.example.com") else { return nil }
            var source = SourceConfig(
                name: "s\(index)",
                location: SettingsLocation(file: "test.yaml", line: index + 1, key: "sources[\(index)]"),
                adapter: adapter, baseURL: url)
            source.secrets = ["token": .environment("TOKEN")]
            return source
        }
        let assembly = SourceAssembly(
            config: config, transport: ScriptedTransport { _ in throw CancellationError() },
            environment: ["TOKEN": "t"], now: Assembly.now, problems: problems)
        let sources = assembly.sources(problems: problems)
        #expect(sources.count == adapters.count { $0 == "nemo" })
        func shown(_ problem: SettingsProblem) -> String {
            folders.enumerated().reduce(problem.description) {
                $0.replacing($1.element.path + "/", with: "\($1.offset)/")
            }
        }
        return (problems.all.map(shown), problems.warnings.map(shown))
    }

    @Test func hiddenFilesAreSkipped() async throws {
        try await withAdapters(["._nemo.yaml": "\u{0}\u{5}", ".draft.yaml": "x"]) { folder in
            // The lock of an editor: a link to nothing.
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(path: ".#nemo.yaml").path,
                withDestinationPath: "ops@host.1234:1700000000")
            let found = check([folder], adapters: ["nemo"])
            #expect(found.problems == [] && found.warnings == [])
        }
    }

    @Test func aBrokenFileThatNoSourceUsesIsOneWarning() async throws {
        let shipped = try String(contentsOfFile: Self.shipped, encoding: .utf8)
        try await withAdapters(["nemo (copy).yaml": shipped, "draft.yaml": "adapter: [", "empty.yaml": ""]) {
            folder in
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(path: "gone.yaml").path, withDestinationPath: "nowhere")
            let found = check([folder], adapters: ["nemo"])
            #expect(found.problems == [])
            #expect(found.warnings.count == 4)
            #expect(found.warnings.allSatisfy { $0.hasSuffix("; no source uses this file") })
            #expect(
                found.warnings.map { $0.prefix { $0 != ":" } }
                    == ["0/draft.yaml", "0/empty.yaml", "0/gone.yaml", "0/nemo (copy).yaml"])
            #expect(
                found.warnings[2]
                    == "0/gone.yaml: cannot be read: No such file or directory; no source uses this file")
            #expect(found.warnings[3].contains("adapter: must be the file's own name, `nemo (copy)`"))
        }
    }

    @Test func everyMistakeInABrokenFileThatASourceUsesIsAProblem() async throws {
        try await withAdapters(["draft.yaml": "adapter: draft\nlst: {}\n"]) { folder in
            let found = check([folder], adapters: ["nemo", "draft", "draft"])
            #expect(found.warnings == [])
            #expect(found.problems.count > 1)
            #expect(found.problems.allSatisfy { $0.hasPrefix("0/draft.yaml:") })
            #expect(found.problems.count { $0.contains("unknown key") } == 1)
        }
    }

    @Test func aFileInALaterFolderTakesThePlaceOfABrokenOneAndABrokenOneOfAGoodOne() async throws {
        try await withAdapters(["nemo.yaml": "x"]) { broken in
            try await withAdapters { good in
                let mended = check([broken, good], adapters: ["nemo"])
                #expect(mended.problems == [])
                #expect(mended.warnings.count == 1 && mended.warnings[0].hasPrefix("0/nemo.yaml"))
            }
        }
        try await withAdapters { good in
            try await withAdapters(["nemo.yaml": "x"]) { broken in
                let problems = SettingsProblems()
                let catalog = AdapterCatalog(folders: [good.path, broken.path], problems: problems)
                #expect(catalog.manifests.isEmpty && !catalog.lacks("nemo"))
                catalog.reportFaults(to: problems, usedBy: ["nemo"])
                #expect(problems.all.map(\.location.file) == [broken.path + "/nemo.yaml"])
            }
        }
    }

    @Test func aMissingAdaptersFileWithAnotherEndingIsNamed() async throws {
        try await withAdapters(["azure.yml": "adapter: azure"]) { folder in
            #expect(
                check([folder], adapters: ["azure", "azur"]).problems == [
                    "test.yaml:1: sources[0].adapter: there is no adapter `azure`; 0/azure.yml is not read: its "
                        + "name must end in .yaml",
                    "test.yaml:2: sources[1].adapter: there is no adapter `azur`; the adapters are nemo",
                ])
            try FileManager.default.removeItem(at: folder.appending(path: "nemo.yaml"))
            #expect(
                check([folder], adapters: ["azure"]).problems == [
                    "\(folder.path): has no adapter files (*.yaml); `azure.yml` is not read: its name must end in "
                        + ".yaml"
                ])
        }
    }

    @Test func twoFilesOfOneNameAreBothTested() async throws {
        try await withAdapters { first in
            try await withAdapters(["draft.yaml": "x"]) { second in
                let files = [first, second].map { $0.appending(path: "nemo.yaml").path }
                let finding = await CommandWiring.testAdapters(files: files, folders: [])
                #expect(finding.problems == [])
                #expect(finding.remarks.count == 2)
                for (remark, file) in zip(finding.remarks, files) {
                    #expect(remark.hasPrefix("\(file): ") && remark.hasSuffix(" tests passed"))
                }
                let folder = await CommandWiring.testAdapters(files: [], folders: [second.path])
                #expect(folder.remarks.count == 1 && folder.remarks[0].hasPrefix("nemo: "))
                #expect(folder.problems.count == 1 && folder.problems[0].contains("draft.yaml"))
                let described = try CommandWiring.describeAdapters(in: [second.path])
                #expect(described.remarks.contains { $0.hasPrefix("nemo  ") })
                #expect(described.problems == folder.problems)
            }
        }
    }

    @Test func theWayASecretIsSentDecidesWhatItMayHold() async throws {
        let basic = try String(contentsOfFile: Self.shipped, encoding: .utf8)
            .replacing("auth: {bearer: token}", with: "auth: {basic: {user: ops, password: token}}")
        try await withAdapters(["nemo.yaml": basic]) { folder in
            let config = GatewayConfig(adapterFolders: [folder.path])
            let problems = SettingsProblems()
            let assembly = SourceAssembly(
                config: config, transport: ScriptedTransport { _ in throw CancellationError() },
                environment: [:], now: Assembly.now, problems: problems)
            #expect(problems.isEmpty && problems.warnings == [])
            var source = SourceConfig(
                name: "a", location: SettingsLocation(file: "t", line: 1, key: ""), adapter: "nemo",
                baseURL: .unread)
            #expect(assembly.use(ofSecret: "token", in: source) == .password)
            source.adapter = "missing"
            #expect(assembly.use(ofSecret: "token", in: source) == .password)
        }
        try await withAdapters { folder in
            let assembly = SourceAssembly(
                config: GatewayConfig(adapterFolders: [folder.path]),
                transport: ScriptedTransport { _ in throw CancellationError() }, environment: [:],
                now: Assembly.now, problems: SettingsProblems())
            let source = SourceConfig(
                name: "a", location: SettingsLocation(file: "t", line: 1, key: ""), adapter: "nemo",
                baseURL: .unread)
            #expect(assembly.use(ofSecret: "token", in: source) == .token)
        }
    }
}
