import Deployments
import Snapshots
import TestSupport
import Testing
import Wire

@Suite struct SummaryTests {
    private static let other = SourceDescription(
        name: "b", platform: "Cumulus", adapter: "cumulus", region: "eu", labels: ["team": "search"])

    /// A source of platform `nimbus` and one of `Cumulus`: two rows that are ready, one failed, one with two
    /// versions.
    private static let all = snapshot([
        rows([
            record("1") {
                $0.status = .ready
                $0.serving = .full
                $0.createdAt = time(86_400 + 3599)
                $0.replicas.ready = 3
                $0.accelerator.type = "H100"
                $0.capacity.unit = "MU"
                $0.capacity.ready = 1.5
            },
            record("2") {
                $0.status = .failed
                $0.createdAt = time(86_400 + 3600)
                $0.replicas.ready = 1
                $0.accelerator.type = "h100"
                $0.capacity.unit = "PTU"
                $0.capacity.ready = 40
            },
            record("3") { $0.status = .ready },
        ]),
        rows(
            [
                record("4", of: other) {
                    $0.status = .stopped
                    $0.createdAt = time(-1)
                    $0.version = 1
                },
                record("4", of: other) {
                    $0.status = .updating
                    $0.createdAt = time(86_400)
                    $0.version = 2
                    $0.replicas.ready = 7
                },
            ], of: other),
    ])

    private static func keys(_ names: String) throws -> [Grouping.Key] {
        try names.split(separator: ",").map { name in
            let parts = name.split(separator: ":").map(String.init)
            let span = parts.count == 2 ? Grouping.Span(rawValue: parts[1]) : nil
            return try #require(Grouping.Key(try field(parts[0]), span: span))
        }
    }

    /// A summary's groups as lines: the values, then the count, then each sum with its rows and null rows.
    private static func lines(
        _ names: String, sums: [String] = [], zeros: Bool = false, _ query: Query = Query(),
        of snapshot: Snapshot = all
    ) throws -> [String] {
        let grouping = Grouping(
            of: .deployments, keys: try keys(names), sums: try sums.map(field), withZeros: zeros)
        return try snapshot.summary(of: query, by: grouping).groups.map { group in
            (group.values.map(text) + [line(group.tally)]).joined(separator: " ")
        }
    }

    private static func text(_ value: FieldValue) -> String {
        switch value {
        case .null: "null"
        case .text(let text): text
        case .number(let number): "\(number)"
        case .time(let time): time.description
        case .bool(let bool): "\(bool)"
        }
    }

    private static func line(_ tally: Summary.Tally) -> String {
        let sums = tally.sums.map { sum in
            "\(sum.value.map { "\($0)" } ?? "null")/\(sum.rows)/\(sum.nullRows)"
        }
        return (["\(tally.count)"] + sums).joined(separator: " ")
    }

    @Test(arguments: [
        ("status", ["READY 2", "FAILED 1", "UPDATING 1"]),
        ("platform,status", ["nimbus READY 2", "Cumulus UPDATING 1", "nimbus FAILED 1"]),
        ("accelerator.type", ["null 2", "H100 1", "h100 1"]),
        ("labels.team", ["null 3", "search 1"]),
        ("latest", ["true 4"]),
        ("replicas.ready", ["1.0 1", "3.0 1", "7.0 1", "null 1"]),
        (
            "created_at:day",
            [
                "1970-01-02T00:00:00.000000Z 2", "1969-12-31T00:00:00.000000Z 1", "null 1",
            ]
        ),
        (
            "created_at:hour",
            [
                "1969-12-31T23:00:00.000000Z 1", "1970-01-02T00:00:00.000000Z 1",
                "1970-01-02T01:00:00.000000Z 1", "null 1",
            ]
        ),
        (
            "created_at:day,status,source",
            [
                "1969-12-31T00:00:00.000000Z UPDATING b 1", "1970-01-02T00:00:00.000000Z FAILED a 1",
                "1970-01-02T00:00:00.000000Z READY a 1", "null READY a 1",
            ]
        ),
    ])
    func rowsOfTheSameValuesAreOneGroup(_ names: String, _ expected: [String]) throws {
        #expect(try Self.lines(names) == expected)
    }

    @Test func allPagesAreSummedWhateverTheOrder() throws {
        var query = Query()
        query.page = 3
        query.pageSize = 1
        query.sort = [Query.SortKey(field: try field("name"), descending: true)]
        #expect(try Self.lines("status", query) == ["READY 2", "FAILED 1", "UPDATING 1"])
    }

    @Test func numbersThatJSONCannotExpressAreGroupedAndSummedAsNull() throws {
        let odd = snapshot([
            rows(
                [Double.nan, .nan, .infinity, 2].enumerated().map { index, ready in
                    record("\(index)") { $0.capacity.ready = ready }
                })
        ])
        #expect(
            try Self.lines("capacity.ready", sums: ["capacity.ready"], of: odd) == [
                "null 3 null/0/3", "2.0 1 2.0/1/0",
            ])
    }

    @Test func sumsCountStatedValuesAndNulls() throws {
        let sums = ["replicas.ready", "accelerator.total"]
        #expect(
            try Self.lines("status", sums: sums) == [
                "READY 2 3.0/1/1 null/0/2", "FAILED 1 1.0/1/0 null/0/1", "UPDATING 1 7.0/1/0 null/0/1",
            ])
        #expect(
            try Self.lines("serving", sums: sums, zeros: true) == [
                "unknown 3 8.0/2/1 null/0/3", "full 1 3.0/1/0 null/0/1", "none 0 0.0/0/0 0.0/0/0",
                "partial 0 0.0/0/0 0.0/0/0", "idle 0 0.0/0/0 0.0/0/0",
            ])
    }

    @Test func amountsInAUnitAreNotAddedUpOverUnits() throws {
        let sums = ["capacity.ready", "replicas.ready"]
        #expect(
            try Self.lines("capacity.unit", sums: sums) == [
                "null 2 null/0/2 7.0/1/1", "MU 1 1.5/1/0 3.0/1/0", "PTU 1 40.0/1/0 1.0/1/0",
            ])
        let grouping = Grouping(
            of: .deployments, keys: try Self.keys("capacity.unit"), sums: try sums.map(field))
        #expect(Self.line(try Self.all.summary(of: Query(), by: grouping).total) == "4 11.0/3/1")
    }

    @Test func someFieldsAreAddedUpByDefault() throws {
        #expect(
            RecordSchema.deployments.standardSums.map(\.name) == [
                "accelerator.total", "replicas.ready", "replicas.desired",
            ])
        #expect(
            RecordSchema.deployments.summable.map(\.name) == [
                "replicas.ready", "replicas.pending", "replicas.desired", "replicas.min", "replicas.max",
                "capacity.ready", "capacity.desired", "capacity.base", "accelerator.total",
                "accelerator.desired",
            ])
    }

    @Test func termsThatNoRowHasAppearWithZero() throws {
        let ones = try Self.lines("status", zeros: true)
        #expect(
            ones == [
                "READY 2", "FAILED 1", "UPDATING 1", "LOST 0", "DEGRADED 0", "UNKNOWN 0", "PENDING 0",
                "DEPLOYING 0", "STOPPING 0", "DELETING 0", "STOPPED 0", "DELETED 0",
            ])
        // Every combination if all keys have terms, also if there are no rows.
        #expect(try Self.lines("serving,status", zeros: true).count == 60)
        #expect(try Self.lines("serving,status", zeros: true, of: snapshot([])).count == 60)
        #expect(try Self.lines("serving,status", of: snapshot([])) == [])
        // With other fields, beside each combination of their values that rows have.
        let mixed = try Self.lines("source,status,region", zeros: true)
        #expect(mixed.count == 24)
        #expect(
            mixed.prefix(5) == [
                "a READY null 2", "a FAILED null 1", "b UPDATING eu 1", "a LOST null 0",
                "a DEGRADED null 0",
            ])
        #expect(try Self.lines("source,status", zeros: true, of: snapshot([])) == [])
        // Without terms, nothing is added.
        #expect(try Self.lines("source", zeros: true) == ["a 3", "b 1"])
    }

    @Test func termsThatAFilterExcludesHaveNoZero() throws {
        var query = Query()
        let status = Filter(field: try field("status"), anyOf: [.isIn([.text("ready"), .text("LOST")])])
        func source(_ name: String) throws -> Filter {
            Filter(field: try field("source"), anyOf: [.eq(.text(name))])
        }
        query.condition = .filters([status, try source("a")])
        #expect(try Self.lines("status", zeros: true, query) == ["READY 2", "LOST 0"])
        query.condition = .filters([status, try source("b")])
        #expect(try Self.lines("status", zeros: true, query) == ["LOST 0", "READY 0"])
        #expect(try Self.lines("source,status", zeros: true, query) == [])
    }

    @Test func valuesComparedWithoutCaseAreOneGroupInOneSpelling() throws {
        let spellings = ["nimbus", "Nimbus", "NIMBUS"].enumerated().map { index, platform in
            let source = SourceDescription(name: "s\(index)", platform: platform, adapter: "x")
            return rows([record("r", of: source) { $0.status = index == 2 ? .failed : .ready }], of: source)
        }
        #expect(try Self.lines("platform", of: snapshot(spellings)) == ["NIMBUS 3"])
        #expect(
            try Self.lines("platform,status", of: snapshot(spellings)) == [
                "NIMBUS READY 2", "NIMBUS FAILED 1",
            ])
    }

    @Test func stringsThatUnicodeTreatsAsEqualAreTwoGroups() throws {
        let two = snapshot([
            rows([record("1") { $0.name = "\u{e9}" }, record("2") { $0.name = "e\u{301}" }])
        ])
        #expect(try Self.lines("name", of: two).count == 2)
    }

    @Test(arguments: [Int64.min, -1, 0, 1, 86_399_999_999, 86_400_000_000, .max])
    func aSpanBeginsNotAfterItsTimes(_ microseconds: Int64) {
        for (span, length) in [(Grouping.Span.day, Int64(86_400_000_000)), (.hour, 3_600_000_000)] {
            let start = span.start(of: Timestamp(microseconds: microseconds)).microseconds
            #expect(start <= microseconds)
            #expect(start == .min || (start % length == 0 && microseconds - start < length))
        }
    }

    @Test func aTimeIsGroupedByASpanAndNothingElseIs() throws {
        #expect(Grouping.Key(try field("created_at")) == nil)
        #expect(Grouping.Key(try field("created_at"), span: .day)?.name == "created_at:day")
        #expect(Grouping.Key(try field("status"), span: .hour) == nil)
    }

    @Test func thereIsALimitToGroups() throws {
        func summary(rows count: Int, _ names: String, zeros: Bool) throws -> Int {
            let many = snapshot([rows((0..<count).map { record("\($0)") })])
            return try Self.lines(names, zeros: zeros, of: many).count
        }
        #expect(try summary(rows: 10_000, "uid", zeros: true) == 10_000)
        #expect(throws: TooManyGroups(onlyWithZeros: false)) { try summary(rows: 10_001, "uid", zeros: true) }
        #expect(try summary(rows: 2000, "uid,serving", zeros: true) == 10_000)
        #expect(throws: TooManyGroups(onlyWithZeros: true)) {
            try summary(rows: 2001, "uid,serving", zeros: true)
        }
        #expect(try summary(rows: 2001, "uid,serving", zeros: false) == 2001)
    }
}
