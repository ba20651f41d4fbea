import Deployments
import Snapshots
import TestSupport
import Testing

/// Some twenty thousand queries, evaluated by indexes and compared with the row-by-row definition.
@Suite struct QueryOracleTests {
    @Test(arguments: 0..<100 as Range<UInt64>)
    func aQueryOverAFewRowsFindsWhatItsDefinitionSays(_ seed: UInt64) {
        var source = RandomQueries(seed: seed, rows: 9)
        for _ in 0..<200 { Self.compare(source.query(), in: source.snapshot, "seed \(seed)") }
    }

    /// Enough rows that their groups are sorted in each of the possible ways.
    @Test(arguments: 1000..<1006 as Range<UInt64>)
    func aQueryOverManyRowsFindsWhatItsDefinitionSays(_ seed: UInt64) {
        var source = RandomQueries(seed: seed, rows: 400)
        for _ in 0..<20 { Self.compare(source.query(), in: source.snapshot, "seed \(seed)") }
    }

    /// Lists of few rows, and of enough rows that the two halves of a list are read concurrently.
    @Test(arguments: [(3000, 20, 60), (3001, 40, 60), (3002, 60, 60), (3003, 2600, 5)])
    func indexesMadeBeforeTheirReadersSayTheSame(_ seed: UInt64, _ rows: Int, _ queries: Int) async {
        var source = RandomQueries(seed: seed, rows: 20)
        for _ in 0..<60 { Self.compare(source.query(), in: source.snapshot, "seed \(seed)") }
        var next = await source.next(rows: rows)
        for _ in 0..<queries { Self.compare(next.query(), in: next.snapshot, "seed \(seed), next") }
    }

    private static func compare(_ query: Query, in snapshot: Snapshot, _ seed: String) {
        let expected = snapshot.rowsByDefinition(matching: query)
        let found = snapshot.rows(matching: query)
        let (start, overflow) = (query.page - 1).multipliedReportingOverflow(by: query.pageSize)
        let page = overflow ? [] : Array(expected.dropFirst(start).prefix(query.pageSize))
        // Only every other time, to save time: both find the same rows.
        let all = query.pageSize % 2 == 0 ? snapshot.allRows(matching: query) : expected
        let middle = expected.count * 2 / 3
        let further = snapshot.matches(of: query).rows(from: middle, limit: 5)
        guard found.total == expected.count, found.page == page, all == expected,
            further == Array(expected[middle...].prefix(5))
        else {
            Issue.record("\(seed): \(query) finds \(found), \(further), \(all), expected \(expected)")
            return
        }
    }

    @Test(arguments: 2000..<2060 as Range<UInt64>)
    func aSummaryIsWhatItsDefinitionSays(_ seed: UInt64) {
        var source = RandomQueries(seed: seed, rows: seed % 20 == 0 ? 300 : 20)
        for _ in 0..<20 {
            let (query, grouping) = (source.query(), source.grouping())
            let expected = Result { () throws(TooManyGroups) in
                try source.snapshot.summaryByDefinition(of: query, by: grouping)
            }
            let summary = Result { () throws(TooManyGroups) in
                try source.snapshot.summary(of: query, by: grouping)
            }
            guard summary == expected else {
                Issue.record("seed \(seed): \(query) by \(grouping) is \(summary), expected \(expected)")
                return
            }
        }
    }
}
