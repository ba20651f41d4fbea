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

    /// If a field is not known, the verdict is that of every value that it may have, or none.
    @Test(arguments: 6000..<6020 as Range<UInt64>)
    func aVerdictHoldsWhateverTheUnknownFieldIs(_ seed: UInt64) throws {
        var source = RandomQueries(seed: seed, rows: 9)
        let rows = source.snapshot.lists.flatMap(\.deployments)
        for _ in 0..<60 {
            let condition = source.query().condition
            let names = Set(condition.filters.map(\.field.name)).sorted()
            // It changes with every other field.
            if names.contains("revision") { continue }
            let verdict = condition.rowVerdict(of: ModelDeployment.self)
            let test = condition.rowTest(of: ModelDeployment.self)
            for row in rows {
                #expect(verdict(row, []) == test(row))
                guard let name = names.first, let field = ModelDeployment.table.named(name),
                    let known = verdict(row, [name]), !field.isStamped
                else { continue }
                for other in rows {
                    var changed = row
                    field.set(&changed, field.get(other))
                    #expect(test(changed) == known, "seed \(seed): \(name) in \(condition)")
                }
            }
        }
    }

    @Test func aConditionOnAFieldThatTheKindLacksIsOneOnNull() throws {
        let missing = Condition.field(Filter(field: try field("replicas.ready"), anyOf: [.exists(false)]))
        #expect(missing.rowTest(of: Lamp.self)(Lamp(uid: "a/1", of: SharedSource(.example("a")))))
    }
}
