import Adapters
import Deployments
import TestSupport
import Testing
import Upstream

/// The identity of rows, and the storage keys of a source's lists.
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

    private static let team = "team: {type: text, default: a, about: x}"

    @Test func theDefaultOfAnInputThatNamesTheUserCounts() throws {
        var file = NimbusFile(inputs: "{\(Self.team)}")
        file.signIn(as: "{inputs.team}")
        var other = file
        other.inputs = other.inputs.replacing("default: a", with: "default: b")
        #expect(try key(file) != key(other))
    }

    private func key(
        _ file: NimbusFile, base: String = "https://one.example",
        bind: (inout SourceBinding) -> Void = { _ in }
    ) throws -> String {
        try file.source(ScriptedTransport { _ in .text("{}") }, base: base) { binding in
            if !file.secrets.isEmpty { binding.secrets["token"] = .fixed("x") }
            bind(&binding)
        }.storageKey
    }

    @Test func aStorageKeyChangesWithWhateverDecidesWhichRowsThereAreAndWhatMayBeShown() throws {
        let file = NimbusFile(
            inputs: "{\(Self.team), regions: {type: list, default: [eu], about: x}}", get: "/{inputs.team}")
        let plain = try key(file)
        #expect(plain.hasPrefix("test#"))
        #expect(try key(file) == plain)
        let changes: [(inout NimbusFile) -> Void] = [
            { $0.get = "/v2/{inputs.team}" }, { $0.get = #"["/{inputs.team}", /old]"# },
            { $0.list = "  query: {all: \"true\"}" }, { $0.list = "  headers: {X-Scope: all}" },
            { $0.identity = "{key: [$.team, $.id]}" }, { $0.identity = "{key: [$.id], version: $.v}" },
            { $0.partitions = "{region: inputs.regions}" }, { $0.more = "never: [$.secret]" },
            { $0.inputs = $0.inputs.replacing("default: a", with: "default: b") },
            { $0.signIn(as: "ann") }, { $0.signIn(as: "bob") },
        ]
        var keys = try changes.map { change in
            var changed = file
            change(&changed)
            return try key(changed)
        }
        keys += [
            try key(file, base: "https://two.example"), try key(file) { $0.exposesOwner = true },
            try key(file) { $0.inputs = ["team": .text("b")] },
            try key(file) { $0.inputs = ["regions": .list(["eu", "us"])] },
        ]
        #expect(Set(keys + [plain]).count == keys.count + 1)
    }

    @Test func aStorageKeyStaysWhateverElseAFileOrAnOperatorSays() throws {
        let file = NimbusFile(inputs: "{\(Self.team)}")
        let plain = try key(file)
        let changes: [(inout NimbusFile) -> Void] = [
            { $0.fields = "{name: $.title}" }, { $0.records = "$.data" }, { $0.more = "native: [$.id]" },
            { $0.status = "{word: $.phase, rules: [{words: [on], is: [READY, full]}]}" },
            { $0.pages = "{by: page, parameter: page, total: $.total}" },
            { $0.more = "errors: {rules: [{http: [418], is: rejected}]}" },
            { $0.more = "# a comment\nhistory: {each: $.past, at: $.at}" },
            {
                $0.secrets = "{token: {about: x}}"
                $0.auth = "{bearer: token}"
            },
            { $0.inputs = "{\(Self.team), zone: {type: zone, default: Z, about: a later release's}}" },
        ]
        for change in changes {
            var changed = file
            change(&changed)
            #expect(try key(changed) == plain)
        }
        #expect(try key(file) { $0.inputs = ["team": .text("a")] } == plain)
        #expect(try key(file) { $0.concurrency = 9 } == plain)
        #expect(
            try key(file) { $0.statusTerms = [OperatorTerm(term: "up", status: .failed, serving: .none)] }
                == plain)
    }

    @Test func partitionsAreKnownBeforeTheFirstRequest() throws {
        let file = NimbusFile(
            inputs: "{regions: {type: list, default: [eu, us], about: x}}",
            partitions: "{region: inputs.regions}", get: "/{partition.region}",
            identity: "{key: [partition.region, $.id]}")
        let transport = ScriptedTransport { _ in .text(#"{"items": []}"#) }
        #expect(try file.source(transport).partitionKeys?.count == 2)
        #expect(try NimbusFile().source(transport).partitionKeys == [""])
    }
}

extension NimbusFile {
    fileprivate mutating func signIn(as user: String) {
        secrets = "{token: {about: x}}"
        auth = "{basic: {user: \"\(user)\", password: token}}"
    }
}
