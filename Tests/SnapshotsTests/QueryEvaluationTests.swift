import Deployments
import Snapshots
import TestSupport
import Testing
import Wire

@Suite struct QueryEvaluationTests {
    private static let other = SourceDescription(
        name: "b", platform: "Cumulus", adapter: "cumulus", region: "eu", labels: ["team": "search"])

    private static let all = snapshot([
        rows([
            record("1") {
                $0.name = "Llama-3"
                $0.status = .ready
                $0.createdAt = time(100)
                $0.replicas.ready = 3
                $0.model = "meta/llama"
            },
            record("2") {
                $0.name = "qwen"
                $0.status = .failed
                $0.createdAt = time(200)
                $0.replicas.ready = 1
                $0.baseModel = "Qwen/qwen2"
            },
            record("3") { $0.status = .ready },
        ]),
        rows(
            [
                record("4", of: other) {
                    $0.name = "qwen"
                    $0.status = .stopped
                    $0.createdAt = time(300)
                    $0.workspace = "research, alpha"
                    $0.version = 1
                },
                record("4", of: other) {
                    $0.name = "Qwen"
                    $0.status = .updating
                    $0.createdAt = time(400)
                    $0.version = 2
                },
            ], of: other),
    ])

    struct Case: Sendable, CustomTestStringConvertible {
        var field: String
        var tests: [Filter.Test]
        var keys: [String]

        init(_ field: String, _ tests: [Filter.Test], _ keys: [String]) {
            self.field = field
            self.tests = tests
            self.keys = keys
        }

        var testDescription: String { "\(field) \(tests)" }
    }

    @Test(arguments: [
        Case("status", [.eq(.text("ready"))], ["1", "3"]),
        Case("status", [.eq(.text("READY")), .eq(.text("FAILED"))], ["2", "1", "3"]),
        Case("status", [.isIn([.text("READY"), .text("UPDATING")])], ["4@2", "1", "3"]),
        Case("status", [.ne(.text("READY"))], ["4@2", "2"]),
        Case("status", [.notIn([.text("ready"), .text("FAILED")])], ["4@2"]),
        Case("status", [.like(LikePattern("%ED"))], ["2"]),
        Case("name", [.eq(.text("qwen"))], ["2"]),
        Case("name", [.eq(.text("llama-3"))], []),
        Case("name", [.like(LikePattern("QWEN"))], ["4@2", "2"]),
        Case("name", [.ne(.text("qwen"))], ["4@2", "1"]),
        Case("name", [.notIn([.text("qwen")])], ["4@2", "1"]),
        Case("name", [.exists(false)], ["3"]),
        Case("name", [.exists(true)], ["4@2", "2", "1"]),
        Case("name", [.exists(true), .exists(false)], ["4@2", "2", "1", "3"]),
        Case("name", [.gt(.text("Llama-3"))], ["4@2", "2"]),
        Case("name", [.lt(.text("a"))], ["4@2", "1"]),
        Case("replicas.ready", [.gt(.number(1))], ["1"]),
        Case("replicas.ready", [.gte(.number(1))], ["2", "1"]),
        Case("replicas.ready", [.lt(.number(3))], ["2"]),
        Case("replicas.ready", [.lte(.number(3))], ["2", "1"]),
        Case("replicas.ready", [.exists(false)], ["4@2", "3"]),
        Case("created_at", [.gte(.time(time(200)))], ["4@2", "2"]),
        Case("created_at", [.lt(.time(time(200)))], ["1"]),
        Case("platform", [.eq(.text("CUMULUS"))], ["4@2"]),
        Case("platform", [.like(LikePattern("u"))], ["4@2", "2", "1", "3"]),
        Case("adapter", [.eq(.text("Nimbus"))], ["2", "1", "3"]),
        Case("source", [.eq(.text("B"))], []),
        Case("labels.team", [.eq(.text("search"))], ["4@2"]),
        Case("labels.team", [.exists(false)], ["2", "1", "3"]),
        Case("latest", [.eq(.bool(false))], []),
        Case("uid", [.eq(.text("a/2"))], ["2"]),
    ])
    func aFilterHoldsAsTheContractSays(_ example: Case) throws {
        var query = Query()
        query.condition = .filters([Filter(field: try field(example.field), anyOf: example.tests)])
        #expect(found(query, in: Self.all) == example.keys)
    }

    @Test func allFiltersMustHold() throws {
        var query = Query()
        query.condition = .filters([
            Filter(field: try field("status"), anyOf: [.eq(.text("READY"))]),
            Filter(field: try field("name"), anyOf: [.exists(true)]),
        ])
        #expect(found(query, in: Self.all) == ["1"])
    }

    @Test(arguments: [
        (["qwen"], ["4@2", "2"]), (["QWEN", "2"], ["2"]), (["meta/"], ["1"]), (["research"], []),
        (["%"], []), (["none"], []),
    ])
    func everyWordMustBeFoundInAModelNameOrWorkspace(_ words: [String], _ keys: [String]) {
        var query = Query()
        query.words = words
        #expect(found(query, in: Self.all) == keys)
    }

    @Test func allVersionsAreListedOnRequestOnly() {
        var query = Query()
        #expect(found(query, in: Self.all) == ["4@2", "2", "1", "3"])
        query.allVersions = true
        // Both versions have the creation of the earlier one, so the version decides.
        #expect(found(query, in: Self.all) == ["4@1", "4@2", "2", "1", "3"])
    }

    @Test(arguments: [
        ([("name", false)], ["1", "4@2", "2", "3"]),
        ([("name", true)], ["2", "4@2", "1", "3"]),
        ([("replicas.ready", false)], ["2", "1", "3", "4@2"]),
        ([("replicas.ready", true)], ["1", "2", "3", "4@2"]),
        ([("created_at", false)], ["1", "2", "4@2", "3"]),
        ([("created_at", true)], ["4@2", "2", "1", "3"]),
        ([("status", false), ("uid", true)], ["2", "4@2", "3", "1"]),
        ([("latest", false)], ["1", "2", "3", "4@2"]),
        ([("labels.team", false), ("name", false)], ["4@2", "1", "2", "3"]),
    ])
    func rowsAreSortedWithNullsLastEitherWay(_ keys: [(String, Bool)], _ expected: [String]) throws {
        var query = Query()
        query.sort = try keys.map { Query.SortKey(field: try field($0.0), descending: $0.1) }
        #expect(found(query, in: Self.all) == expected)
    }

    @Test(arguments: [
        (1, 2, ["4@2", "2"]), (2, 2, ["1", "3"]), (3, 2, []), (1, 1000, ["4@2", "2", "1", "3"]),
        (.max, 1000, []), (2, 3, ["3"]),
    ])
    func aPageIsAPartOfTheOrder(_ page: Int, _ size: Int, _ expected: [String]) {
        var query = Query()
        query.page = page
        query.pageSize = size
        #expect(found(query, in: Self.all) == expected)
        #expect(Self.all.rows(matching: query).total == 4)
    }

    @Test(arguments: [
        Case("source", [.eq(.text("b"))], ["b"]),
        Case("source", [.ne(.text("b"))], ["a"]),
        Case("source", [.eq(.text("c"))], []),
        Case("platform", [.eq(.text("NIMBUS"))], ["a"]),
        Case("adapter", [.like(LikePattern("cum"))], ["b"]),
        Case("region", [.exists(false)], ["a"]),
        Case("region", [.ne(.text("us"))], ["b"]),
        Case("labels.team", [.isIn([.text("search")])], ["b"]),
        Case("labels.team", [.exists(true)], ["b"]),
        Case("uid", [.eq(.text("a/1"))], ["a"]),
        Case("uid", [.isIn([.text("a/1"), .text("b/9")])], ["a", "b"]),
        Case("uid", [.eq(.text("a"))], []),
        Case("uid", [.like(LikePattern("1"))], ["a", "b"]),
        Case("uid", [.ne(.text("a/1"))], ["a", "b"]),
        Case("uid", [.exists(false)], []),
        Case("status", [.eq(.text("LOST"))], ["a", "b"]),
    ])
    func aQueryReachesTheSourcesThatItDoesNotExclude(_ example: Case) throws {
        var query = Query()
        query.condition = .filters([Filter(field: try field(example.field), anyOf: example.tests)])
        let sources = [SourceDescription.example("a"), Self.other]
        #expect(sources.filter { query.reaches($0) }.map(\.name) == example.keys)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func theOrderIsTotalAndThePagesMakeUpTheList(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let records = (0..<60).map { index in
            record("\(index % 40)") { record in
                record.version = Int.random(in: 0...3, using: &random)
                record.name = Bool.random(using: &random) ? nil : "n\(Int.random(in: 0...3, using: &random))"
                record.createdAt =
                    Bool.random(using: &random) ? nil : time(Int64.random(in: 0...3, using: &random))
            }
        }
        let snapshot = snapshot([rows(records.shuffled(using: &random))])
        var query = Query()
        query.allVersions = true
        query.pageSize = 1000
        for sort in [nil, [Query.SortKey(field: try field("name"), descending: true)]] {
            query.sort = sort
            query.page = 1
            query.pageSize = 1000
            let complete = found(query, in: snapshot)
            #expect(Set(complete).count == complete.count, "seed \(seed)")
            #expect(complete.count == snapshot.lists[0].rows.count, "seed \(seed)")
            query.pageSize = 7
            var pages: [String] = []
            for page in 1...9 {
                query.page = page
                pages += found(query, in: snapshot)
            }
            #expect(pages == complete, "seed \(seed)")
        }
    }
}
