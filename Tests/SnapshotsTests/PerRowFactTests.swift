import Deployments
import Snapshots
import TestSupport
import Testing

/// A list whose rows have labels and regions of their own, as rules give them.
@Suite struct PerRowFactTests {
    private static let source = SourceDescription(
        name: "a", platform: "nimbus", adapter: "nimbus", region: "eu", labels: ["team": "platform"])

    private static func row(_ key: String, team: String?, region: String? = "eu") -> ModelDeployment {
        record(key, of: source) { row in
            row.labels["team"] = team
            if row.region != region { row.region = region }
        }
    }

    private static let snapshot = TestSupport.snapshot([
        rows(
            [
                row("1", team: "search"), row("2", team: "platform"), row("3", team: nil, region: nil),
                row("4", team: "search", region: "us"),
            ], of: source)
    ])

    private static func query(_ name: String, _ tests: Filter.Test...) throws -> Query {
        var query = Query()
        query.require(Filter(field: try field(name), anyOf: tests))
        return query
    }

    @Test(
        arguments: [
            ("labels.team", .eq(.text("search")), ["1", "4"]), ("labels.team", .exists(false), ["3"]),
            ("labels.team", .ne(.text("search")), ["2"]), ("labels.team", .eq(.text("platform")), ["2"]),
            ("labels.team", .eq(.text("x")), []), ("region", .eq(.text("us")), ["4"]),
            ("region", .exists(false), ["3"]), ("region", .eq(.text("eu")), ["1", "2"]),
            ("labels.none", .exists(false), ["1", "2", "3", "4"]), ("source", .eq(.text("b")), []),
        ] as [(String, Filter.Test, [String])])
    func aFilterOnThemIsJudgedRowByRow(_ name: String, _ test: Filter.Test, _ keys: [String]) throws {
        #expect(found(try Self.query(name, test), in: Self.snapshot).sorted() == keys)
    }

    @Test func theySortRows() throws {
        var query = Query()
        query.sort = [Query.SortKey(field: try field("labels.team"), descending: false)]
        #expect(found(query, in: Self.snapshot) == ["2", "1", "4", "3"])
    }

    @Test func theyGroupRows() throws {
        let keys = try ["region", "labels.team"].compactMap { Grouping.Key(try field($0)) }
        let summary = try Self.snapshot.summary(
            of: Query(), by: Grouping(of: .deployments, keys: keys, sums: []))
        let groups = summary.groups.map { group in
            "\(group.values.map { $0.text ?? "-" }.joined(separator: " ")) \(group.tally.count)"
        }
        #expect(groups.sorted() == ["- - 1", "eu platform 1", "eu search 1", "us search 1"])
    }

    @Test func eachRowIsWrittenWithItsOwn() {
        let list = Self.snapshot.lists[0]
        let teams = list.deployments.map { $0.labels["team"] }
        #expect(teams == ["search", "platform", nil, "search"])
        #expect(list.rowsWithValue["labels.team"] == 3)
        #expect(list.rowsWithValue["region"] == 3)
        #expect(list.rowsWithValue["model"] == 0)
    }

    @Test func anIndexOfALabelIsRightInTheNextListToo() async throws {
        let query = try Self.query("labels.team", .eq(.text("search")))
        let old = Self.snapshot.lists[0]
        #expect(found(query, in: Self.snapshot).count == 2)
        func next(_ listed: [ModelDeployment]) async -> Snapshot {
            TestSupport.snapshot([await SourceRows.updating(old, source: Self.source, listed: listed)])
        }
        let mixed = await next([Self.row("1", team: "platform"), Self.row("2", team: "search")])
        #expect(found(query, in: mixed) == ["2"])
        let same = await next([Self.row("1", team: "platform"), Self.row("2", team: "platform")])
        #expect(found(query, in: same).isEmpty)
        #expect(old.indexed.contains("labels.team") && !old.indexed.contains("labels.none"))
    }

    @Test func aFieldThatCouldNotBeReadIsToldOfAQueryByThem() throws {
        var row = Self.row("1", team: "search")
        row.unread = ["model"]
        let snapshot = TestSupport.snapshot([rows([row, Self.row("2", team: nil)], of: Self.source)])
        var query = try Self.query("labels.team", .eq(.text("search")))
        query.require(Filter(field: try field("model"), anyOf: [.exists(true)]))
        #expect(snapshot.uncertainFields(of: query).map(\.rows) == [1])
        var other = try Self.query("labels.team", .eq(.text("nobody")))
        other.require(Filter(field: try field("model"), anyOf: [.exists(true)]))
        #expect(snapshot.uncertainFields(of: other).isEmpty)
    }

    /// A source whose rules may give rows the team `search` or none, beside its own `platform`.
    @Test(
        arguments: [
            ("labels.team", .eq(.text("search")), true), ("labels.team", .eq(.text("platform")), true),
            ("labels.team", .exists(false), true), ("labels.team", .eq(.text("x")), false),
            ("region", .eq(.text("us")), false), ("region", .eq(.text("eu")), true),
        ] as [(String, Filter.Test, Bool)])
    func aSourceIsReachedByAFilterOnWhatRulesMaySet(
        _ name: String, _ test: Filter.Test, _ couldHold: Bool
    ) throws {
        var source = Self.source
        source.perRow = ["labels.team": [.text("search"), .null]]
        let query = try Self.query(name, test)
        #expect(query.reaches(source) == (couldHold || name == "labels.team"))
        #expect(Filter(field: try field(name), anyOf: [test]).couldHold(forRowsOf: source) == couldHold)
    }
}
