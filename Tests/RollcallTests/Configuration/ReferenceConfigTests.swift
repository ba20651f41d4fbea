import Deployments
import Foundation
import Refresh
import Settings
import Testing

@testable import rollcall

@Suite struct ReferenceConfigTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().appending(path: "../../../config").standardized

    private func file(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: Self.folder.appending(path: name)))
    }

    private func read(_ name: String) throws -> GatewayConfig {
        let loader = ConfigLoader(environment: [:], workingDirectory: "/etc/rollcall")
        let problems = SettingsProblems()
        let config = loader.parse(
            try file(name), file: name, overrides: ConfigOverrides(), problems: problems)
        try problems.throwIfAny()
        return config
    }

    @Test func theReferenceShowsTheDefaultsOfTheCode() throws {
        let read = try read("rollcall.reference.yaml")
        let shortest = try config(
            "version: 1\nsources: [{name: example, adapter: nemo, base_url: 'https://nemo.example.com'}]")
        #expect(read.listen == ListenConfig())
        #expect(read.tokens == [])
        #expect(read.adapterFolders == ["/etc/rollcall/adapters.d"])
        #expect(read.adapterFolders == shortest.adapterFolders)
        #expect(read.store == shortest.store)
        #expect(read.log == LogConfig())
        #expect(read.modelFamilies == [] && read.rules == [])
        #expect(read.cache.over(CacheWindows()) == CacheWindows())
        #expect(read.upstream == UpstreamConfig() && read.shared == SharedConfig())
        var source = try #require(read.sources.first)
        (source.cache, source.lines) = (CacheWindows.Overrides(), [:])
        let baseURL = try BaseURL("https://nemo.example.com")
        #expect(
            source
                == SourceConfig(name: "example", location: source.location, adapter: "nemo", baseURL: baseURL)
        )
    }

    @Test(arguments: [
        ("", "unheardof: 1"),
        ("listen", "listen: {unheardof: 1}"),
        ("listen.limits", "listen: {limits: {unheardof: 1}}"),
        ("listen.cors", "listen: {cors: {unheardof: 1}}"),
        ("auth", "auth: {unheardof: 1}"),
        ("log", "log: {unheardof: 1}"),
        ("cache", "cache: {unheardof: 1}"),
        ("upstream", "upstream: {unheardof: 1}"),
        ("upstream.timeout", "upstream: {timeout: {unheardof: 1}}"),
        ("upstream.limits", "upstream: {limits: {unheardof: 1}}"),
        ("upstream.shared", "upstream: {shared: {unheardof: 1}}"),
        ("sources[0]", "sources: [{unheardof: 1}]"),
    ])
    func theReferenceHasEveryKeyThatIsReadAndNoOther(_ path: String, _ wrong: String) throws {
        let marker = "unknown key; the keys here are "
        let problem = try #require(problems(wrong).first { $0.contains(marker) })
        let accepted = problem[(try #require(problem.firstRange(of: marker))).upperBound...]
            .split(separator: ", ").map(String.init)
        #expect(try keys(at: path) == accepted)
    }

    @Test func theExampleIsRight() throws {
        let read = try read("rollcall.example.yaml")
        #expect(read.sources.map(\.adapter) == ["nemo", "dashscope", "deploy-list"])
        #expect(
            read.rules.map(\.rule.text) == [
                #"{"source":"research","workspace":["search-prod","search-lab"]}"#,
                #"{"source":"research","workspace":"ml-prod"}"#,
            ])
        let problems = SettingsProblems()
        read.checkSecrets(environment: [:], problems: problems) { _, _ in .token }
        #expect(
            problems.all.map(\.message) == [
                "env NEMO_TOKEN is not set", "env DASHSCOPE_API_KEY is not set",
                "env DEEPINFRA_API_KEY is not set",
            ])
    }

    /// The keys that the reference has at a path, sorted.
    private func keys(at path: String) throws -> [String] {
        let text = String(decoding: try file("rollcall.reference.yaml"), as: UTF8.self)
        let problems = SettingsProblems()
        var node = try #require(SettingsNode.parse(text, file: "reference", problems: problems))
        for key in path.split(separator: ".") where !key.isEmpty {
            if key == "sources[0]" {
                node = try #require(node.mapping()?.optional("sources")?.sequence()?.first)
            } else {
                node = try #require(node.mapping()?.optional(String(key)))
            }
        }
        return try #require(node.mapping()).entries.map(\.name).sorted()
    }
}
