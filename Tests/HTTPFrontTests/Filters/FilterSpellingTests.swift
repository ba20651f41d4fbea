import Deployments
import HTTPFront
import Snapshots
import TestSupport
import Testing
import Wire

/// The three spellings of a filter mean one thing.
@Suite struct FilterSpellingTests {
    @Test(
        arguments: [
            ("status", "status", nil), ("name.like", "name", .like),
            ("labels.team.exists", "labels.team", .exists),
            ("labels.team", "labels.team", nil), ("labels.like", "labels.like", nil),
            ("labels.like.eq", "labels.like", .eq), ("labels.a-b_C.in", "labels.a-b_C", .in),
            ("accelerator.type.like", "accelerator.type", .like), ("filter[name]", "name", nil),
            ("filter[name][$like]", "name", .like), ("filter[name][like]", "name", .like),
            ("filter[labels][team][$exists]", "labels.team", .exists),
            ("filter[labels.team][exists]", "labels.team", .exists),
            ("filter[accelerator][type]", "accelerator.type", nil),
            ("filter[accelerator.type.like]", "accelerator.type", .like),
            ("labels.a.b", "labels.a.b", nil), ("labels.a.lik.eq", "labels.a.lik", .eq),
            ("labels.app.kubernetes.io/name", "labels.app.kubernetes.io/name", nil),
            ("labels.app.kubernetes.io/name.like", "labels.app.kubernetes.io/name", .like),
            ("filter[labels][x-1.io/a_b.c][$in]", "labels.x-1.io/a_b.c", .in),
        ] as [(String, String, FilterOperator?)])
    func aNameIsAFieldAndAnOperator(_ name: String, _ field: String, _ operation: FilterOperator?) throws {
        let read = try #require(FilterName(name, in: .deployments))
        #expect(read.field.name == field)
        #expect(read.operation == operation)
    }

    @Test(arguments: [
        "", "filter", "filter[]", "filter[][$like]", "filter[name]x", "like", "name.", ".like", "labels",
        "labels.", "labels..b", "labels.a..", "labels.a.lik", "labels.a/b/c", "labels.A.b/c", "labels. ",
        "labels.é", "filter[labels][a b]",
    ])
    func otherNamesAreNoFilters(_ name: String) {
        #expect(FilterName(name, in: .deployments) == nil)
    }

    @Test(arguments: [11, 12, 13, 14] as [UInt64])
    func aRandomQueryMeansTheSameInEverySpelling(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let filters = (0..<Int.random(in: 1...4, using: &random)).map { _ in RandomFilter(using: &random)
            }
            let plain = try parsed(filters, spelled: \.dotted)
            for spelling in [\RandomFilter.bracketed, \.dollared, \.joined] {
                #expect(try parsed(filters, spelled: spelling) == plain, "seed \(seed): \(filters)")
            }
            #expect(
                plain.count == Set(filters.map { "\($0.field) \($0.operation ?? .eq)" }).count, "seed \(seed)"
            )
        }
    }

    /// The filters as the parser reads them from a request's target, as comparable text.
    private func parsed(_ filters: [RandomFilter], spelled: KeyPath<RandomFilter, String>) throws -> [String]
    {
        let query = filters.map { encoded($0[keyPath: spelled]) + "=" + encoded($0.value) }.joined(
            separator: "&")
        let target = RequestTarget("/v1/deployments?" + query)
        let result = try QueryParser.parse(try target.parameters(), grammar: .list, now: time(1000))
        return result.query.condition.parts.map { part in
            guard case .field(let filter) = part else { return "\(part)" }
            return "\(filter.field.name) \(filter.anyOf)"
        }
    }

    private func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.appendPercentEncoded(text)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A valid filter of any kind.
private struct RandomFilter: CustomStringConvertible {
    var field: String
    var operation: FilterOperator?
    var value: String

    init(using random: inout SeededGenerator) {
        let kinds: [(fields: [String], operations: [FilterOperator], values: [String])] = [
            (
                ["name", "labels.team", "accelerator.type"], FilterOperator.allCases,
                ["a", "a,b", "é%", "x +y", "[1]", "&="]
            ),
            (["status"], [.eq, .ne, .in, .nin, .like], ["READY", "failed"]),
            (["version", "replicas.max"], [.eq, .ne, .in, .gt, .gte, .lt, .lte], ["1", "-3", "12"]),
            (
                ["created_at"], [.eq, .gt, .gte, .lt, .lte, .nin],
                ["-7d", "2024-01-01", "2024-01-01T00:00:00+08:00"]
            ),
            (["latest"], [.eq, .ne, .exists], ["true", "false"]),
        ]
        let kind = kinds[Int.random(in: 0..<kinds.count, using: &random)]
        field = kind.fields.randomElement(using: &random) ?? "name"
        operation =
            Int.random(in: 0...3, using: &random) == 0 ? nil : kind.operations.randomElement(using: &random)
        value = kind.values.randomElement(using: &random) ?? "a"
        if operation == .exists { value = Bool.random(using: &random) ? "true" : "false" }
    }

    var dotted: String { field + (operation.map { ".\($0.rawValue)" } ?? "") }
    var bracketed: String { "filter" + brackets + (operation.map { "[\($0.rawValue)]" } ?? "") }
    var dollared: String { "filter" + brackets + (operation.map { "[$\($0.rawValue)]" } ?? "") }
    /// The field in one pair of brackets.
    var joined: String { "filter[\(field)]" + (operation.map { "[$\($0.rawValue)]" } ?? "") }
    var description: String { "\(dotted)=\(value)" }

    private var brackets: String { field.split(separator: ".").map { "[\($0)]" }.joined() }
}
