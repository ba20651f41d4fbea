import Adapters
import Deployments
import Foundation
import Testing

/// `adapters.d/README.md`, compared with the reader, the function table and the test runner.
@Suite(.timeLimit(.minutes(10))) struct AdapterReferenceTests {
    private static let page = try? String(
        contentsOf: ShippedManifestTests.folder.appending(path: "README.md"), encoding: .utf8)

    private static var lines: [String] {
        (page ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The code blocks of these kinds, in their order.
    private static func blocks(_ kinds: String...) -> [(kind: String, text: String)] {
        var blocks: [(kind: String, text: String)] = []
        var isOpen = false
        for line in lines {
            if line.hasPrefix("```") {
                let kind = String(line.dropFirst(3))
                isOpen = !isOpen && kinds.contains(kind)
                if isOpen { blocks.append((kind, "")) }
            } else if isOpen {
                blocks[blocks.count - 1].text += line + "\n"
            }
        }
        return blocks
    }

    /// The first column of the table under a heading, and the rest of each row.
    private static func table(_ heading: String) -> [(name: String, rest: String)] {
        let start = (lines.firstIndex(of: heading) ?? lines.count - 1) + 1
        let end = lines[start...].firstIndex { $0.hasPrefix("#") } ?? lines.count
        return lines[start..<end].compactMap { line in
            guard line.hasPrefix("| `"), let close = line.dropFirst(3).firstIndex(of: "`") else { return nil }
            return (String(line.dropFirst(3)[..<close]), String(line[close...].dropFirst(4).dropLast(2)))
        }
    }

    // MARK: The steps

    /// The file after each step, and the output that the page shows for it.
    private static var steps: [(file: String, printed: String)] {
        var steps: [(file: String, printed: String)] = []
        var sections: [(key: String, text: String)] = []
        for (kind, text) in blocks("yaml step", "text step") {
            if kind == "yaml step" {
                merge(text, into: &sections)
            } else {
                steps.append((sections.map(\.text).joined(), String(text.dropLast())))
            }
        }
        return steps
    }

    /// A section replaces the one of the same key, and a new one is inserted before `tests`.
    ///
    /// Within `tests`, each test is merged in the same way.
    private static func merge(_ text: String, into sections: inout [(key: String, text: String)]) {
        for section in parts(of: text, beginning: { $0.first?.isLetter ?? false }) {
            let added = (section.key, section.text.hasSuffix("\n\n") ? section.text : section.text + "\n")
            guard let index = sections.firstIndex(where: { $0.key == section.key }) else {
                sections.insert(added, at: sections.firstIndex { $0.key == "tests" } ?? sections.count)
                continue
            }
            sections[index].text =
                section.key == "tests" ? merged(sections[index].text, with: section.text) : added.1
        }
    }

    private static func merged(_ old: String, with new: String) -> String {
        let isTest = { (line: Substring) in line.hasPrefix("  - name: ") }
        var tests = parts(of: String(old.dropFirst(7).dropLast()), beginning: isTest)
        for test in parts(of: String(new.dropFirst(7)), beginning: isTest) {
            if let index = tests.firstIndex(where: { $0.key == test.key }) {
                tests[index] = test
            } else {
                tests.append(test)
            }
        }
        return "tests:\n" + tests.map(\.text).joined() + "\n"
    }

    /// Splits a text before each line that begins a part; lines before the first part belong to it.
    private static func parts(
        of text: String, beginning: (Substring) -> Bool
    ) -> [(key: String, text: String)] {
        var parts: [(key: String, text: String)] = []
        var before = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if beginning(line) {
                let key = line.hasPrefix(" ") ? String(line) : String(line.prefix { $0 != ":" })
                parts.append((key, before + line + "\n"))
                before = ""
            } else if parts.isEmpty {
                before += line + "\n"
            } else {
                parts[parts.count - 1].text += line + "\n"
            }
        }
        return parts
    }

    @Test func everyStepPrintsWhatThePageSays() async throws {
        #expect(Self.steps.count == 8)
        for (index, step) in Self.steps.enumerated() {
            let manifest = try AdapterManifest(yaml: step.file, file: "nimbus.yaml")
            let report = await manifest.runTests().report(adapter: manifest.name, file: "nimbus.yaml")
            #expect(report.joined(separator: "\n") == step.printed, "output \(index + 1)")
        }
    }

    @Test func theWholeFileIsThatOfTheStepsAndPassesItsOwnTests() async throws {
        let file = try #require(Self.blocks("yaml whole").first?.text)
        #expect(Self.steps.last?.file == file + "\n")
        let results = try await AdapterManifest(yaml: file, file: "nimbus.yaml").runTests()
        #expect(results.count == 8)
        #expect(results.flatMap(\.differences) == [])
    }

    @Test func theMistakesAreReportedAsThePageSays() throws {
        let file = try #require(Self.steps.last?.file).replacing(
            "  name: $.name\n", with: "  name: $.first-name\n  nam: $.name\n  owner: $.model.token\n",
            maxReplacements: 1)
        let error = #expect(throws: (any Error).self) {
            try AdapterManifest(yaml: file, file: "nimbus.yaml")
        }
        let shown = try #require(Self.blocks("text problems").first?.text)
        #expect(error.map { "\($0)\n" } == shown)
    }

    // MARK: The reference

    /// Keys that the reader requests from the project's files and from a file for each variant of a section.
    private static var keysRead: Set<String> {
        get throws {
            var manifests = steps.map(\.file)
            for file in ShippedManifestTests.files {
                let url = ShippedManifestTests.folder.appending(path: file)
                manifests.append(try String(contentsOf: url, encoding: .utf8))
            }
            manifests += ["bearer: a", "header: {}", "query: {}", "basic: {}"].map { "auth: {\($0)}" }
            manifests += ["none", "page", "offset", "token", "link"].map {
                "list: {get: /, records: $, missing: {}, pages: {by: \($0), size: {}}, believe_empty: {}}"
            }
            manifests += manifests.filter { $0.hasPrefix("list:") }.map {
                "{list: {get: /}, providers" + $0.dropFirst(4).dropLast() + ", identity: {}, fields: {}}}"
            }
            manifests.append("{list: {get: /}, lookups: {a: {get: /}, b: {from: providers}}}")
            manifests += ["post", "put", "patch"].map {
                "update: {\($0): /, members: {config: {}}, allowed: [{}]}"
            }
            manifests.append("tests: [{update: {}, expect: {request: {}, refused: {}}}]")
            manifests.append("{cache: {}, limits: {}, history: {}, errors: {rules: [{}]}, inputs: {a: {}}}")
            let keys = manifests.flatMap {
                AdapterManifest.keysRead(yaml: "language: 1\n" + $0, file: "a.yaml")
            }
            let more = manifests.flatMap { AdapterManifest.keysRead(yaml: $0, file: "a.yaml") }
            return Set((keys + more).map(general))
        }
    }

    /// `inputs.regions.type` as `inputs.*.type`, also that of `update.members`, and `providers.get` as `list.get`: its keys are those of other
    /// sections.
    private static func general(_ key: String) -> String {
        var parts = key.split(separator: ".").map(String.init)
        if parts.count > 1, parts[0] == "providers" {
            parts.removeFirst()
            let ofRecord = ["identity", "fields", "inferred", "status", "never"]
            if !ofRecord.contains(where: { parts[0].hasPrefix($0) }) { parts.insert("list", at: 0) }
            return parts.joined(separator: ".")
        }
        if parts.count > 3, parts[..<2] == ["update", "members"] {
            parts.replaceSubrange(2..<(parts.count - 1), with: ["*"])
            return parts.joined(separator: ".")
        }
        guard parts.count > 2, ["inputs", "secrets", "accelerators", "lookups"].contains(parts[0]) else {
            return key
        }
        // A name may have dots itself; the requested key is the last part.
        parts.replaceSubrange(1..<(parts.count - 1), with: ["*"])
        return parts.joined(separator: ".")
    }

    @Test func theReferenceNamesEveryKeyAndNoOther() throws {
        let named = Self.table("### Keys").map(\.name)
        let requested = try Self.keysRead
        #expect(requested.subtracting(named).sorted() == [])
        #expect(Set(named).subtracting(requested).sorted() == [])
        #expect(named.count == Set(named).count)
    }

    @Test func theReferenceHasEveryFunctionAsItIsWritten() {
        #expect(
            Self.table("### Functions").map { "\($0.name): \($0.rest)" }
                == ExpressionFunction.all.map { "\($0.signature): \($0.summary)" })
    }

    @Test func theReferenceHasEveryFieldAndEveryWord() {
        #expect(
            Self.table("### Fields").map(\.name)
                == DeploymentField.all.filter { !$0.isStamped && $0.name != "version" }.map(\.name)
                + ["endpoint.models"])
        let lists = RecordSchema.providers.paths.filter(["served_models", "enabled_models"].contains)
        #expect(
            Self.table("### Fields of providers").map(\.name)
                == RecordSchema.providers.fields.filter { !$0.isStamped }.map(\.name) + lists)
        #expect(Self.table("### Status words").map(\.name) == DeploymentStatus.allCases.map(\.rawValue))
        #expect(Self.table("### Serving words").map(\.name) == Serving.allCases.map(\.rawValue))
        #expect(
            Self.table("### Error classes").map(\.name) == AdapterManifest.errorClasses.map(\.rawValue))
        #expect(!AdapterManifest.errorClasses.contains(.internal))
    }
}
