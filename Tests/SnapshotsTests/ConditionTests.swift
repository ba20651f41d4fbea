import Deployments
import Snapshots
import TestSupport
import Testing

@Suite struct ConditionTests {
    private static let other = SourceDescription(
        name: "b", platform: "cumulus", adapter: "cumulus", region: "eu")

    private static let all = snapshot([
        rows([
            record("1") {
                $0.name = "llama"
                $0.status = .ready
            },
            record("2") {
                $0.name = "qwen"
                $0.status = .failed
            },
            record("3") { $0.status = .ready },
        ]),
        rows([record("4", of: other) { $0.status = .stopped }], of: other),
    ])

    private static func has(_ name: String, _ value: String) -> Condition {
        .field(
            Filter(field: RecordSchema.deployments.named(name) ?? .label("none"), anyOf: [.eq(.text(value))]))
    }

    private static let ready = has("status", "READY")
    private static let llama = has("name", "llama")

    @Test(
        arguments: [
            (ready, ["1", "3"]), (llama, ["1"]), (.not(ready), ["2", "4"]),
            // A null is no value: not(name is llama) holds for a record without a name.
            (.not(llama), ["2", "3", "4"]), (.not(.not(llama)), ["1"]),
            (.all([ready, llama]), ["1"]), (.any([has("name", "qwen"), llama]), ["1", "2"]),
            (.all([]), ["1", "2", "3", "4"]), (.any([]), []), (.not(.any([])), ["1", "2", "3", "4"]),
            (.all([.not(llama), .any([ready, has("status", "STOPPED")])]), ["3", "4"]),
        ] as [(Condition, [String])])
    func aConditionHoldsAsItsPartsDo(_ condition: Condition, _ keys: [String]) {
        var query = Query()
        query.condition = condition
        #expect(found(query, in: Self.all) == keys)
    }

    @Test func aConditionHoldsBesideTheFilters() throws {
        var query = Query()
        query.require(Filter(field: try field("status"), anyOf: [.eq(.text("READY"))]))
        query.condition = query.condition.and(.not(Self.llama))
        #expect(found(query, in: Self.all) == ["3"])
    }

    @Test(
        arguments: [
            (has("source", "b"), ["b"]), (.not(has("source", "b")), ["a"]), (ready, ["a", "b"]),
            (.not(ready), ["a", "b"]), (.all([has("source", "b"), ready]), ["b"]),
            (.any([has("source", "b"), ready]), ["a", "b"]),
            (.any([has("source", "b"), has("platform", "CUMULUS")]), ["b"]),
            (.not(.any([has("source", "b"), ready])), ["a"]),
            (.not(.all([has("source", "b"), ready])), ["a", "b"]),
            (.not(.all([])), []), (.all([]), ["a", "b"]),
            (has("region", "eu"), ["b"]), (.not(has("region", "eu")), ["a"]),
            (has("uid", "b/4"), ["b"]), (.not(has("uid", "b/4")), ["a", "b"]),
            (.all([has("uid", "b/4"), has("source", "a")]), []),
        ] as [(Condition, [String])])
    func onlySourcesThatCannotHaveARowAreLeftOut(_ condition: Condition, _ reached: [String]) {
        var query = Query()
        query.condition = condition
        let sources = [SourceDescription.example("a"), Self.other]
        #expect(sources.filter { query.reaches($0) }.map(\.name) == reached)
    }

    @Test(arguments: [41, 42, 43] as [UInt64])
    func aSourceWithAMatchingRowIsReached(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var query = Query()
            query.condition = Self.random(depth: 3, using: &random)
            for list in Self.all.lists where list.deployments.contains(where: { query.holds(for: $0) }) {
                #expect(query.reaches(list.source), "seed \(seed): \(query.condition)")
            }
        }
    }

    private static func random(depth: Int, using random: inout SeededGenerator) -> Condition {
        let leaves = [
            ready, llama, has("source", "a"), has("source", "b"), has("region", "eu"),
            has("platform", "nimbus"),
            has("uid", "a/1"), has("uid", "b/4"),
        ]
        let choice = depth == 0 ? 0 : Int.random(in: 0...3, using: &random)
        let parts = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            choice == 0 ? .all([]) : Self.random(depth: depth - 1, using: &random)
        }
        return switch choice {
        case 0: leaves.randomElement(using: &random) ?? ready
        case 1: .all(parts)
        case 2: .any(parts)
        default: .not(Self.random(depth: depth - 1, using: &random))
        }
    }

    @Test(
        arguments: [
            (.not(ready), ["status"], ["FAILED 1", "STOPPED 1", "LOST 0", "DEGRADED 0"]),
            (.any([has("status", "READY"), has("status", "LOST")]), ["status"], ["READY 2", "LOST 0"]),
            (
                .all([has("source", "b"), .any([has("status", "STOPPED"), has("status", "LOST")])]),
                ["source", "status"],
                ["b STOPPED 1", "b LOST 0"]
            ),
            // `a` can only have READY, and `b` neither READY nor UNKNOWN: other groups with 0 must not
            // appear.
            (
                .any([
                    .all([has("source", "a"), has("status", "READY")]),
                    .all([has("source", "b"), .not(has("status", "READY")), .not(has("status", "UNKNOWN"))]),
                ]), ["source", "status"],
                ["a READY 2", "b STOPPED 1", "b FAILED 0", "b LOST 0"]
            ),
        ] as [(Condition, [String], [String])])
    func aZeroStandsOnlyWhereTheConditionCouldFindARow(
        _ condition: Condition, _ keys: [String], _ groups: [String]
    ) throws {
        var query = Query()
        query.condition = condition
        let grouping = Grouping(
            of: .deployments, keys: try keys.map { try #require(Grouping.Key(try field($0))) })
        let summary = try Self.all.summary(of: query, by: grouping)
        let shown = summary.groups.map { group in
            (group.values.map { $0.text ?? "-" } + ["\(group.tally.count)"]).joined(separator: " ")
        }
        #expect(Array(shown.prefix(groups.count)) == groups)
        #expect(!shown.contains("a FAILED 0") && !shown.contains("READY 0") && !shown.contains("b READY 0"))
    }
}
