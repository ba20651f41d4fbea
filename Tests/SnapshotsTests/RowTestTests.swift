import Deployments
import Snapshots
import TestSupport
import Testing

/// Conditions on one record, without indexes.
@Suite struct RowTestTests {
    /// Some ten thousand conditions over lists in which rows have labels and regions of their own.
    @Test(arguments: 5000..<5050 as Range<UInt64>)
    func aConditionHoldsForTheRowsThatAQueryFinds(_ seed: UInt64) {
        var source = RandomQueries(seed: seed, rows: 9)
        let rows = source.snapshot.lists.indices.flatMap { list in
            source.snapshot.lists[list].deployments.indices.map {
                RowID(list: Int32(list), row: Int32($0))
            }
        }
        for _ in 0..<200 {
            var query = Query()
            query.allVersions = true
            query.condition = source.query().condition
            let found = Set(source.snapshot.allRows(matching: query))
            let test = query.condition.rowTest(of: ModelDeployment.self)
            let holding = Set(rows.filter { id in source.snapshot.deployment(id).map(test) ?? false })
            #expect(holding == found, "seed \(seed): \(query.condition)")
        }
    }

    @Test func aConditionOnAFieldThatTheKindLacksIsOneOnNull() throws {
        let missing = Condition.field(Filter(field: try field("replicas.ready"), anyOf: [.exists(false)]))
        #expect(missing.rowTest(of: Lamp.self)(Lamp(uid: "a/1", of: SharedSource(.example("a")))))
    }
}
