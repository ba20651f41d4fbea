import Deployments
import Snapshots
import TestSupport
import Testing

/// The fields that a query uses and that could not be read on rows that it reaches.
@Suite struct UncertainFieldsTests {
    /// Two sources, of which `a` has rows on which a field is not known.
    ///
    /// The status is not known on two rows, one of them of an earlier version, and one count on one row.
    private let lists: Snapshot = {
        func row(_ key: String, _ version: Int? = nil, unread: String...) -> ModelDeployment {
            record(key) {
                $0.version = version
                $0.createdAt = time(1)
                for field in unread { $0.markUnread(field) }
            }
        }
        let b = SourceDescription.example("b")
        return snapshot([
            rows([
                row("v", 1, unread: "status"), row("v", 2), row("w", unread: "status"),
                row("x", unread: "replicas.ready"), row("y"),
            ]),
            rows([record("z", of: b)], of: b),
        ])
    }()

    /// `status 1`: the fields of a query, each with the number of rows of source `a`.
    private func uncertain(_ query: Query, by grouping: Grouping? = nil) -> [String] {
        let found = lists.uncertainFields(of: query, by: grouping)
        #expect(found.allSatisfy { $0.source == "a" })
        return found.map { "\($0.use.field.name) \($0.rows)" }
    }

    private func filtered(_ name: String, _ test: Filter.Test = .exists(true)) throws -> Query {
        var query = Query()
        query.require(Filter(field: try field(name), anyOf: [test]))
        return query
    }

    @Test(arguments: [
        ("status", ["status 1"]), ("replicas.ready", ["replicas.ready 1"]), ("name", []), ("source", []),
        // Filled in from a field that could not be read.
        ("serving", ["serving 1"]), ("native_status", ["native_status 1"]),
        ("accelerator.total", ["accelerator.total 1"]), ("accelerator.family", []),
    ])
    func aFilterOnAFieldThatIsNotKnownIsUncertain(_ name: String, _ expected: [String]) throws {
        #expect(uncertain(try filtered(name)) == expected)
    }

    @Test func aQueryThatUsesNoFieldIsCertainWhateverItShows() {
        var query = Query()
        query.fields = ["status", "replicas.ready"]
        #expect(uncertain(query) == [])
    }

    @Test func earlierVersionsCountWhereTheyAreFound() throws {
        var query = try filtered("status")
        query.allVersions = true
        #expect(uncertain(query) == ["status 2"])
    }

    /// As if two partitions list the same row: only the first one is found.
    @Test(arguments: [([false, true], 0), ([true, false], 1), ([true, true], 1)])
    func aRowThatIsListedTwiceCountsOnce(_ unread: [Bool], _ expected: Int) async throws {
        let listed = unread.map { isUnread in
            record("v") {
                $0.version = 1
                if isUnread { $0.markUnread("status") }
            }
        }
        let source = SourceDescription.example("a")
        let updated = await SourceRows.updating(nil, source: source, listed: listed)
        for list in [SourceRows(source: source, listed: listed), updated] {
            for allVersions in [false, true] {
                var query = try filtered("status")
                query.allVersions = allVersions
                #expect(snapshot([list]).uncertainFields(of: query).reduce(0) { $0 + $1.rows } == expected)
            }
            #expect(list.rows.count == 1 && list.currentCount == 1)
        }
    }

    @Test func filtersCountWhereverTheyStandInACondition() throws {
        let ready = Filter(field: try field("replicas.ready"), anyOf: [.gt(.number(1))])
        let status = Filter(field: try field("status"), anyOf: [.eq(.text("READY"))])
        var query = Query()
        query.condition = .any([.not(.field(ready)), .all([.field(status), .field(ready)])])
        #expect(uncertain(query) == ["replicas.ready 1", "status 1"])
    }

    @Test func aSourceThatTheQueryDoesNotReachDoesNotCount() throws {
        var query = try filtered("status")
        query.require(Filter(field: try field("source"), anyOf: [.eq(.text("b"))]))
        #expect(uncertain(query) == [])
    }

    @Test func anOrderThatIsRequestedCounts() throws {
        var query = Query()
        query.sort = [
            .init(field: try field("name"), descending: false),
            .init(field: try field("status"), descending: true),
        ]
        #expect(uncertain(query) == ["status 1"])
    }

    @Test func wordsCountInEveryFieldThatTheyAreLookedForIn() {
        let named = snapshot([rows([record("x") { $0.markUnread("base_model") }])])
        var query = Query()
        #expect(named.uncertainFields(of: query) == [])
        query.words = ["llama"]
        let found = named.uncertainFields(of: query)
        #expect(found.map(\.use.field.name) == ["base_model"])
        #expect(found.map(\.use.role) == [.words])
    }

    @Test func keysAndSumsOfASummaryCountEachOnce() throws {
        let key = try #require(Grouping.Key(try field("status")))
        let grouping = Grouping(of: .deployments, keys: [key])
        #expect(
            uncertain(try filtered("status"), by: grouping)
                == ["status 1", "accelerator.total 1", "replicas.ready 1"])
        let without = Grouping(of: .deployments, keys: [key], sums: [])
        #expect(uncertain(Query(), by: without) == ["status 1"])
    }

    @Test func aTotalThatThePlatformStatesIsKnownWhateverItsFactors() throws {
        let stated = snapshot([
            rows([
                record("x") {
                    $0.accelerator.total = 8
                    $0.markUnread("replicas.ready")
                }
            ])
        ])
        #expect(stated.uncertainFields(of: try filtered("accelerator.total")) == [])
        #expect(stated.uncertainFields(of: try filtered("replicas.ready")).map(\.rows) == [1])
    }

    @Test func creationIsNotKnownWhereThatOfAnyVersionIsNot() throws {
        func version(_ number: Int, _ change: (inout ModelDeployment) -> Void) -> ModelDeployment {
            record("x") {
                $0.version = number
                change(&$0)
            }
        }
        let list = rows([
            version(1) { $0.markUnread("created_at") }, version(2) { $0.createdAt = time(20) },
            record("y") { $0.createdAt = time(5) },
        ])
        #expect(list.deployments.map(\.unread) == [["created_at"], ["created_at"], []])
        let found = snapshot([list]).uncertainFields(of: try filtered("created_at"))
        #expect(found.map(\.rows) == [1])
    }

    @Test func aRowThatCanBeReadNowIsANewRow() async {
        let broken = record("x") { $0.markUnread("task") }
        let list = rows([broken])
        let same = await SourceRows.updating(list, source: .example("a"), listed: [broken])
        #expect(same === list)
        let fixed = await SourceRows.updating(list, source: .example("a"), listed: [record("x")])
        #expect(fixed !== list)
        #expect(snapshot([fixed]).uncertainFields(of: Query()) == [])
    }
}
