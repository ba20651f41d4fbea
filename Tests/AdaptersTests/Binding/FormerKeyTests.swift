import Adapters
import Deployments
import Foundation
import TestSupport
import Testing
import Upstream

/// Lists that release 0.1.0 stored, under keys of its own.
@Suite struct FormerKeyTests {
    private static let fixtures = ShippedManifestTests.folder.deletingLastPathComponent().appending(
        path: "Tests/Fixtures/0.1.0/adapters.d")

    private func source(_ text: String, bind: (inout SourceBinding) -> Void = { _ in }) throws
        -> AdapterSource
    {
        let manifest = try AdapterManifest(yaml: text, file: "adapter")
        var binding = SourceBinding(
            description: SourceDescription(name: "test", platform: "p", adapter: manifest.name),
            baseURL: "https://one.example")
        for input in manifest.inputs where input.defaultValue == nil && !input.isOptional {
            binding.inputs[input.name] = .list(["a"])
        }
        for slot in manifest.secrets { binding.secrets[slot.name] = .fixed("x") }
        bind(&binding)
        return try AdapterSource(
            manifest: manifest, binding: binding, transport: ScriptedTransport { _ in .text("{}") },
            now: { .at(0) })
    }

    @Test(arguments: ShippedManifestTests.files)
    func aRenamedSourceAdoptsTheListsOfItsFormerName(_ file: String) throws {
        let text = try String(contentsOf: ShippedManifestTests.folder.appending(path: file), encoding: .utf8)
        let former = try source(text)
        let renamed = try source(text) {
            ($0.description.name, $0.formerName) = ("renamed", former.description.name)
        }
        #expect(renamed.formerName == former.description.name)
        #expect(renamed.storageKey.hasPrefix("renamed#"))
        #expect(renamed.formerStorageKeys.isSuperset(of: former.formerStorageKeys))
        #expect(renamed.formerStorageKeys.contains(former.storageKey))
        let moved = try source(text) {
            ($0.description.name, $0.formerName) = ("renamed", former.description.name)
            $0.baseURL = "https://two.example"
        }
        #expect(!moved.formerStorageKeys.contains(former.storageKey))
    }

    @Test(arguments: ShippedManifestTests.files)
    func aShippedFileAdoptsTheListsOfItsFirstRelease(_ file: String) throws {
        let text = try String(contentsOf: Self.fixtures.appending(path: file), encoding: .utf8)
        let former = try source(text).formerStorageKeys
        #expect(former.count == 1)
        // Later edits of the file that do not change what it lists.
        let later = text.replacing("title:", with: "# later\ntitle:") + "\n# the end\n"
        #expect(try source(later).formerStorageKeys.isSuperset(of: former))
        #expect(try source(later).storageKey == source(text).storageKey)
        let today = try String(contentsOf: ShippedManifestTests.folder.appending(path: file), encoding: .utf8)
        #expect(try source(today).formerStorageKeys.isSuperset(of: former))

        let other = later.replacing("get: ", with: "query: {of: another}\n  get: ", maxReplacements: 1)
            .replacing("  query: {all_versions: \"true\", sort: created_at}\n", with: "")
        #expect(try source(other).formerStorageKeys.isDisjoint(with: former))
        let changes: [(inout SourceBinding) -> Void] = [
            { $0.baseURL = "https://two.example" }, { $0.exposesOwner = true },
            { $0.description.name = "other" },
        ]
        for change in changes {
            #expect(try source(later, bind: change).formerStorageKeys.isDisjoint(with: former))
        }
    }
}
