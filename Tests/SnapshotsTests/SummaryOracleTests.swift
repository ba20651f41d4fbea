import Deployments
import Snapshots
import TestSupport
import Testing
import Wire

/// Summaries compared with the list, and with a separate count.
@Suite struct SummaryOracleTests {
    @Test(arguments: [31, 32, 33, 34, 35, 36] as [UInt64])
    func aSummaryIsWhatCountingTheListGives(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<12 {
            let context: Comment = "seed \(seed), round \(round)"
            let snapshot = Self.snapshot(using: &random)
            var query = try Self.query(using: &random)
            let grouping = try Self.grouping(using: &random)
            let summary = try snapshot.summary(of: query, by: grouping)
            query.pageSize = 1000
            let listed = snapshot.rows(matching: query)
            let rows = listed.page.compactMap { snapshot.deployment($0) }

            #expect(summary.total.count == listed.total, context)
            #expect(summary.groups.reduce(0) { $0 + $1.tally.count } == listed.total, context)
            #expect(summary.total.sums == Self.sums(of: rows, grouping.sums), context)
            for group in summary.groups {
                let members = rows.filter { row in
                    zip(grouping.keys, group.values).allSatisfy {
                        Self.value($0, of: row) == Self.lowered($1, $0)
                    }
                }
                #expect(group.tally.count == members.count, context)
                #expect(group.tally.sums == Self.sums(of: members, grouping.sums), context)
                #expect(grouping.withZeros || !members.isEmpty, context)
            }
            let identities = summary.groups.map { zip($0.values, grouping.keys).map(Self.lowered) }
            #expect(Set(identities).count == identities.count, context)
            let counts = summary.groups.map(\.tally.count)
            #expect(counts == counts.sorted(by: >), context)
            // A group's values, given as filters, find its rows.
            guard let group = summary.groups.first(where: { $0.tally.count > 0 }) else { continue }
            for (key, value) in zip(grouping.keys, group.values) {
                guard key.span == nil else {
                    for filter in Self.within(key, value) { query.require(filter) }
                    continue
                }
                query.require(
                    Filter(field: key.field, anyOf: [value.isNull ? .exists(false) : .eq(value)]))
            }
            #expect(snapshot.rows(matching: query).total == group.tally.count, context)
        }
    }

    /// A key's value in the form in which filters compare it, computed without the engine.
    private static func value(_ key: Grouping.Key, of row: ModelDeployment) -> FieldValue {
        let value = DeploymentField.named(key.field.name)?.get(row) ?? .null
        guard let time = value.time else { return lowered(value, key) }
        let text = time.description
        let hour = key.name.hasSuffix(":hour")
        return FieldValue(Timestamp(text.prefix(hour ? 13 : 10) + (hour ? "" : "T00") + ":00:00Z"))
    }

    private static func lowered(_ value: FieldValue, _ key: Grouping.Key) -> FieldValue {
        guard key.name == "platform" else { return value }
        return FieldValue(value.text?.lowercased())
    }

    private static func sums(of rows: [ModelDeployment], _ fields: [Field]) -> [Summary.Sum] {
        fields.map { field in
            var sum = Summary.Sum()
            for row in rows { sum.add(DeploymentField.named(field.name)?.get(row).number) }
            return sum
        }
    }

    private static func within(_ key: Grouping.Key, _ start: FieldValue) -> [Filter] {
        guard let time = start.time else { return [Filter(field: key.field, anyOf: [.exists(false)])] }
        let length = Duration.seconds(key.span == .day ? 86_400 : 3600)
        return [
            Filter(field: key.field, anyOf: [.gte(start)]),
            Filter(field: key.field, anyOf: [.lt(.time(time.advanced(by: length)))]),
        ]
    }

    private static func snapshot(using random: inout SeededGenerator) -> Snapshot {
        let lists = ["a", "b", "c"].map { name in
            let source = SourceDescription(
                name: name, platform: ["nimbus", "Nimbus", "cumulus"].randomElement(using: &random) ?? "",
                adapter: "x", labels: name == "a" ? ["team": "search"] : [:])
            let records = (0..<Int.random(in: 0...60, using: &random)).map { index in
                record("\(index % 45)", of: source) { record in
                    record.version = Int.random(in: 0...3, using: &random)
                    record.name = ["x", "y", "X", nil].randomElement(using: &random) ?? nil
                    record.status = DeploymentStatus.allCases.randomElement(using: &random) ?? .ready
                    record.serving = Serving.allCases.randomElement(using: &random) ?? .full
                    record.updatedAt =
                        Bool.random(using: &random)
                        ? nil : time(Int64.random(in: -200_000...200_000, using: &random))
                    if Bool.random(using: &random) {
                        record.replicas.ready = Int.random(in: 0...9, using: &random)
                    }
                    record.accelerator.total = [0, 8, 64, nil].randomElement(using: &random) ?? nil
                }
            }
            return rows(records, of: source)
        }
        return TestSupport.snapshot(lists)
    }

    private static func query(using random: inout SeededGenerator) throws -> Query {
        var query = Query()
        query.allVersions = Bool.random(using: &random)
        let filters = [
            Filter(field: try field("status"), anyOf: [.notIn([.text("READY"), .text("LOST")])]),
            Filter(field: try field("serving"), anyOf: [.eq(.text("FULL")), .eq(.text("idle"))]),
            Filter(field: try field("replicas.ready"), anyOf: [.gte(.number(3)), .exists(false)]),
            Filter(field: try field("platform"), anyOf: [.eq(.text("NIMBUS"))]),
            Filter(field: try field("updated_at"), anyOf: [.lt(.time(time(0)))]),
        ]
        query.condition = .filters(filters.filter { _ in Int.random(in: 0..<4, using: &random) == 0 })
        if Int.random(in: 0..<5, using: &random) == 0 { query.words = ["x"] }
        return query
    }

    private static func grouping(using random: inout SeededGenerator) throws -> Grouping {
        let keys: [Grouping.Key?] = [
            Grouping.Key(try field("status")), Grouping.Key(try field("serving")),
            Grouping.Key(try field("platform")), Grouping.Key(try field("name")),
            Grouping.Key(try field("labels.team")), Grouping.Key(try field("replicas.ready")),
            Grouping.Key(try field("updated_at"), span: .day),
            Grouping.Key(try field("updated_at"), span: .hour),
        ]
        let chosen = keys.compactMap { $0 }.shuffled(using: &random)
        return Grouping(
            of: .deployments, keys: Array(chosen.prefix(Int.random(in: 1...3, using: &random))),
            withZeros: Bool.random(using: &random))
    }
}
