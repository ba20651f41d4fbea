import Adapters
import Deployments
import TestSupport
import Testing
import Upstream

/// What makes a row a row, and a kept list a source's own.
@Suite(.timeLimit(.minutes(10))) struct IdentityTests {
    @Test(arguments: [
        (#"[{"id": "a", "v": 1}, {"id": "a", "v": "2"}]"#, [1, 2], 0),
        (#"[{"id": "a", "v": 1}, {"id": "a", "v": {"n": 2}}]"#, [1, nil], 1),
        (#"[{"id": "a", "v": "two"}]"#, [nil], 1),
        (#"[{"id": "a"}]"#, [nil], 0),
        (#"[{"v": 1}]"#, [], 1),
    ])
    func anUnreadableVersionKeepsItsRowAndProvesNothing(
        _ items: String, _ versions: [Int?], _ unidentified: Int
    ) async throws {
        let file = NimbusFile(identity: "{key: [$.id], version: $.v}")
        let fetch = try await file.source(ScriptedTransport { _ in .text(#"{"items": \#(items)}"#) }).fetch()
        #expect(fetch.rows.map(\.version) == versions)
        let listing = try fetch.partitions[0].result.get()
        #expect(listing.unidentified == unidentified)
        #expect(listing.isComplete == (unidentified == 0))
        #expect(fetch.drift.isEmpty == (unidentified == 0))
    }

    @Test func aStorageKeyChangesWithWhateverDecidesWhatTheRowsAre() throws {
        let transport = ScriptedTransport { _ in .text(#"{"items": []}"#) }
        let file = NimbusFile(inputs: "{team: {type: text, default: a, about: x}}")
        func key(
            _ file: NimbusFile, base: String = "https://one.example",
            bind: (inout SourceBinding) -> Void = { _ in }
        ) throws -> String {
            try file.source(transport, base: base, bind: bind).storageKey
        }
        let plain = try key(file)
        #expect(plain.hasPrefix("test#"))
        #expect(try key(file) == plain)
        #expect(try key(file) { $0.inputs = ["team": .text("a")] } == plain)
        #expect(try key(file) { $0.concurrency = 9 } == plain)
        var other = file
        other.fields = "{name: $.title}"
        let changed = [
            try key(other), try key(file, base: "https://two.example"),
            try key(file) { $0.exposesOwner = true }, try key(file) { $0.inputs = ["team": .text("b")] },
            try key(file) { $0.words = [OperatorWord(word: "up", status: .failed, serving: .none)] },
        ]
        #expect(Set(changed + [plain]).count == 6)
    }

    @Test func partitionsAreKnownBeforeTheyAreAsked() throws {
        let file = NimbusFile(
            inputs: "{regions: {type: list, default: [eu, us], about: x}}",
            partitions: "{region: inputs.regions}", get: "/{partition.region}",
            identity: "{key: [partition.region, $.id]}")
        let transport = ScriptedTransport { _ in .text(#"{"items": []}"#) }
        #expect(try file.source(transport).partitionKeys?.count == 2)
        #expect(try NimbusFile().source(transport).partitionKeys == [""])
    }
}
