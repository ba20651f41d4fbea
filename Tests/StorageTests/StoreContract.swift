import Deployments
import Logging
import Snapshots
import Storage
import TestSupport
import Testing
import Wire

/// A conformer under test.
enum StoreKind: CaseIterable, Sendable {
    case memory, sqlite

    /// A fresh, empty store; its file, if it has one, is removed when `body` returns.
    func with(_ body: (any ListStore) async throws -> Void) async throws {
        switch self {
        case .memory: try await body(MemoryListStore())
        case .sqlite: try await TemporaryFolder.with { try await body($0.store()) }
        }
    }
}

/// The contract that every list store must meet.
@Suite struct StoreContract {
    private func saved(_ list: SourceLists, in store: any ListStore) async throws -> SourceLists {
        try await store.save(list)
        let loaded = try await store.load()
        return try #require(loaded.first { $0.source == list.source }).sorted
    }

    @Test(arguments: StoreKind.allCases)
    func anEmptyStoreHoldsNothing(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let loaded = try await store.load()
            #expect(loaded == [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aListComesBackEqual(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let list = SourceLists.rich.sorted
            let loaded = try await saved(list, in: store)
            #expect(loaded == list)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aListWithoutRowsOrPartitionsIsAListToo(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let empty = SourceLists(source: "alpha", partitions: [.example("p", rows: [])])
            let loaded = try await saved(empty, in: store)
            #expect(loaded == empty)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func whatWasSentIsStoredWithoutAListToo(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.save(
                SourceLists(source: "zeta", partitions: [], sent: [.init(minute: .at(60), count: 1)]))
            var list = SourceLists(
                source: "alpha", partitions: [],
                sent: [.init(minute: .at(0), count: 2, lookups: 2), .init(minute: .at(60), count: 1)])
            #expect(try await saved(list, in: store) == list)
            list.sent = [.init(minute: .at(60), count: 3), .init(minute: .at(120), count: 1)]
            #expect(try await saved(list, in: store) == list)
            list.sent[0].lookups = 2
            #expect(try await saved(list, in: store) == list)
            list.sent = []
            try await store.save(list)
            #expect(try await store.load().first { $0.source == "alpha" }?.sent ?? [] == [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aListIsStoredWithTheCredentialsThatItWasFetchedWith(_ kind: StoreKind) async throws {
        try await kind.with { store in
            var list = SourceLists.rich.sorted
            for bytes in [[1], [2], nil, [3]] as [[UInt8]?] {
                list.credentialDigest = bytes.map { CredentialDigest(key: .init(), bytes: $0) }
                #expect(try await saved(list, in: store) == list)
            }
            try await store.removeSources(notIn: [])
            list.credentialDigest = nil
            #expect(try await saved(list, in: store) == list)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aListThatIsRenamedIsTheSameUnderItsNewKey(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.save(.rich)
            try await store.save(SourceLists(source: "other", partitions: [.example("", rows: [])]))
            let old = SourceLists.rich.source
            try await store.rename([old: "new"])
            var renamed = SourceLists.rich.sorted
            renamed.source = "new"
            #expect(try await store.load().first { $0.source == "new" }?.sorted == renamed)
            #expect(try await Set(store.load().map(\.source)) == ["new", "other"])
            renamed.partitions[0].rows.removeFirst()
            renamed.partitions[0].missed = [:]
            #expect(try await saved(renamed, in: store) == renamed.sorted)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aListOfAFormerKeyBecomesItsSourcesAndStaysSo(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let former = SourceLists(source: "alpha#1", partitions: [.example("p", rows: [])])
            try await store.save(former)
            try await store.save(SourceLists(source: "beta#1", partitions: [.example("q", rows: [])]))
            try await store.save(SourceLists(source: "beta#2", partitions: [.example("r", rows: [])]))
            let sources = ["alpha", "beta"].map { name in
                ScriptedSource(
                    .example(name), storageKey: name + "#2", formerStorageKeys: [name + "#0", name + "#1"],
                    fetches: [])
            }
            for _ in 0..<2 {
                let lists = try await store.load(for: sources)
                #expect(lists.first { $0.source == "alpha#2" }?.partitions == former.partitions)
                // One that has a list takes no other's.
                #expect(lists.first { $0.source == "beta#2" }?.partitions.map(\.partition) == ["r"])
                #expect(Set(lists.map(\.source)) == ["alpha#2", "beta#1", "beta#2"])
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func theNewestListReplacesTheOneBefore(_ kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.save(.rich)
            var list = SourceLists.rich
            list.partitions.removeFirst()
            list.partitions[0].rows.removeFirst()
            list.partitions[0].missed = [:]
            list.partitions[0].observedAt = .at(77)
            list.partitions[0].rows[0].status = .failed
            list.partitions[0].rows[0].history = nil
            list.partitions[0].rows.append(.example("new"))
            list.partitions.append(.example("z", rows: [.example("other")]))
            list = list.sorted
            let loaded = try await saved(list, in: store)
            #expect(loaded == list)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func sourcesAreStoredSeparately(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let beta = SourceLists(
                source: "beta", partitions: [.example("", rows: [.example("b", of: "beta")])])
            try await store.save(.rich)
            try await store.save(beta)
            let rich = try await saved(.rich, in: store)
            #expect(rich == SourceLists.rich.sorted)
            try await store.removeSources(notIn: ["beta", "unheard-of"])
            #expect(try await store.load() == [beta])
            try await store.removeSources(notIn: [])
            #expect(try await store.load() == [])
            #expect(try await saved(.rich, in: store) == SourceLists.rich.sorted)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func sourcesThatSaveTogetherAreAllStored(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let names = (0..<20).map { "source-\($0)" }
            try await withThrowingTaskGroup { group in
                for name in names {
                    group.addTask {
                        for round in 0..<3 {
                            try await store.save(
                                SourceLists(
                                    source: name,
                                    partitions: [.example("", rows: [.example("r\(round)", of: name)])]))
                        }
                    }
                }
                try await group.waitForAll()
            }
            let loaded = try await store.load()
            #expect(loaded.map(\.source).sorted() == names.sorted())
            #expect(loaded.allSatisfy { $0.partitions.first?.rows.map(\.name) == ["r2"] })
        }
    }

    /// Random lists, one over another, each read back: by the store that wrote it and, where it has a file,
    /// by another that opens it.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func theNewestOfAnySeriesOfListsIsStored(seed: UInt64) async throws {
        try await TemporaryFolder.with { folder in
            var random = SeededGenerator(seed: seed)
            var store = try folder.store()
            var list = SourceLists(source: "alpha", partitions: [])
            for step in 0..<25 {
                list = list.mutated(using: &random)
                try await store.save(list)
                if Bool.random(using: &random) { store = try folder.store() }
                let loaded = try await store.load()
                let expected = list.partitions.isEmpty && list.providers.isEmpty ? [] : [list.sorted]
                try #require(loaded.map(\.sorted) == expected, "seed \(seed), step \(step)")
            }
        }
    }
}

extension SourceLists {
    /// Two partitions with all that a row can hold.
    static var rich: SourceLists {
        var full = ModelDeployment.example("full", version: 3, status: .degraded)
        for field in DeploymentField.all {
            switch field.kind {
            case .text where !field.isStamped:
                field.set(&full, .text("\(field.name) \u{0}\"é\u{301}😀"))
            case .number(let isInteger): field.set(&full, .number(isInteger ? 7 : 0.1))
            case .time: field.set(&full, .time(.at(1_700_000_000)))
            default: break
            }
        }
        full.version = 9_007_199_254_740_993
        full.labels = ["team": "search", "a.b": ""]
        full.inferred = ["status_since"]
        full.unread = ["task", "replicas.max"]
        full.history = Array(#"[{"at":null,"status":"READY"}]"#.utf8)
        full.native = Array(#"{"x":"\u0000"}"#.utf8)
        let rows: [ModelDeployment] = [
            full, .example("a"), .example("a", version: 1), .example("a", version: -2), .example("%/é"),
        ]
        return SourceLists(
            source: "alpha",
            partitions: [
                .example("team/é", rows: [.example("first")]),
                PartitionState(
                    partition: "", observedAt: .epoch.advanced(by: .microseconds(-1)), proven: false,
                    pages: 12,
                    rows: rows, missed: [VersionKey(full): 1]),
            ],
            providers: [
                PartitionState(
                    partition: "team/é", observedAt: .at(7), proven: true, pages: 2,
                    rows: [.full, .example("first")], missed: [VersionKey(ModelProvider.full): 1]),
                PartitionState(partition: "", observedAt: .at(8), proven: false, pages: 1, rows: []),
            ],
            sent: [.init(minute: .at(1_700_000_040), count: 7), .init(minute: .at(1_700_000_100), count: 1)],
            credentialDigest: richDigest)
    }

    // The same in every process: some tests compare over two.
    private static let richDigest = CredentialDigest(text: "AQID.AAf/")

    /// The same, with rows in an order of their own: a store promises none.
    var sorted: SourceLists {
        var list = self
        for index in list.partitions.indices {
            list.partitions[index].rows.sort {
                let (left, right) = ($0, $1)
                return left.uid == right.uid
                    ? (left.version ?? .min) < (right.version ?? .min) : left.uid < right.uid
            }
        }
        for index in list.providers.indices { list.providers[index].rows.sort { $0.uid < $1.uid } }
        return list
    }

    /// A list that might follow this one.
    fileprivate func mutated(using random: inout SeededGenerator) -> SourceLists {
        var list = self
        if Int.random(in: 0..<3, using: &random) == 0 {
            list.providers = ["", "p"].filter { _ in .random(using: &random) }.map { name in
                let names = ["a", "b", "c"].filter { _ in .random(using: &random) }
                return PartitionState(
                    partition: name, observedAt: .at(.random(in: -9...9, using: &random)),
                    proven: .random(using: &random), pages: .random(in: 1...2, using: &random),
                    rows: names.map {
                        .example($0, status: .random(using: &random) ? .ready : .failed)
                    }, missed: names.last.map { [VersionKey(ModelProvider.example($0)): 1] } ?? [:])
            }
        }
        if list.partitions.isEmpty || Int.random(in: 0..<6, using: &random) == 0 {
            list.partitions.removeAll { _ in Bool.random(using: &random) }
            let known = Set(list.partitions.map(\.partition))
            for name in ["", "p", "q"] where !known.contains(name) && Bool.random(using: &random) {
                list.partitions.append(.example(name, rows: []))
            }
            list.partitions.shuffle(using: &random)
        }
        for index in list.partitions.indices {
            list.partitions[index].observedAt = .at(.random(in: -9...9, using: &random))
            list.partitions[index].pages = .random(in: 1...2, using: &random)
            list.partitions[index].proven = .random(using: &random)
            if Bool.random(using: &random) { list.partitions[index].changeRows(using: &random) }
            let keys = list.partitions[index].rows.map { VersionKey($0) }
            list.partitions[index].missed = [:]
            for key in keys where Int.random(in: 0..<3, using: &random) == 0 {
                list.partitions[index].missed[key] = .random(in: 1...2, using: &random)
            }
        }
        return list
    }
}

extension ModelProvider {
    /// A provider with all that a row can hold.
    static var full: ModelProvider {
        var full = ModelProvider.example("full", status: .degraded)
        for field in ModelProvider.table.fields {
            switch field.kind {
            case .text where !field.isStamped: field.set(&full, .text("\(field.name) \u{0}\"é\u{301}😀"))
            case .time: field.set(&full, .time(.at(1_700_000_000)))
            default: break
            }
        }
        full.labels = ["team": "search"]
        full.servedModels = ["a/b", "é"]
        full.enabledModels = [""]
        full.inferred = ["created_at"]
        full.unread = ["project"]
        return full
    }
}

extension PartitionState<ModelDeployment> {
    static func example(_ partition: String, rows: [ModelDeployment]) -> PartitionState<ModelDeployment> {
        PartitionState(partition: partition, observedAt: .at(1), proven: true, pages: 1, rows: rows)
    }

    fileprivate mutating func changeRows(using random: inout SeededGenerator) {
        rows.removeAll { _ in Int.random(in: 0..<4, using: &random) == 0 }
        for index in rows.indices where Int.random(in: 0..<3, using: &random) == 0 {
            rows[index].name = ["e\u{301}", "\u{E9}", "x"].randomElement(using: &random)
        }
        let known = Set(rows.map { VersionKey($0) })
        for _ in 0..<Int.random(in: 0..<3, using: &random) {
            let row = ModelDeployment.example(
                ["a", "b", "c"].randomElement(using: &random) ?? "a",
                version: [nil, 1, 2].randomElement(using: &random) ?? nil)
            if !known.contains(VersionKey(row)), !rows.contains(where: { $0.hasKey(of: row) }) {
                rows.append(row)
            }
        }
        rows.shuffle(using: &random)
    }
}

extension ModelDeployment {
    fileprivate func hasKey(of other: ModelDeployment) -> Bool {
        VersionKey(self) == VersionKey(other)
    }
}
