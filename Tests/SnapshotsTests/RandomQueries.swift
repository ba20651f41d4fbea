import Deployments
import Snapshots
import TestSupport
import Wire

/// Random lists with unusual values, and queries over them.
struct RandomQueries {
    var random: SeededGenerator
    private(set) var snapshot: Snapshot

    /// Lists with few or many values, versions and nulls; the lists' uids follow one another, or overlap.
    init(seed: UInt64, rows: Int) {
        var random = SeededGenerator(seed: seed)
        let names = ["a", "a-b", "b"].shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random))
        let areMixed = Int.random(in: 0..<4, using: &random) == 0
        let lists = names.map { name in
            let source = SourceDescription(
                name: name, platform: ["nimbus", "Nimbus", "İcumulus"].randomElement(using: &random) ?? "",
                adapter: "x", region: ["eu", nil].randomElement(using: &random) ?? nil,
                labels: ["team": Self.strings.randomElement(using: &random) ?? ""])
            var records = Self.records(rows, of: source, prefix: areMixed ? "a" : name, using: &random)
            if Bool.random(using: &random) { Self.giveOwnFacts(&records, using: &random) }
            return TestSupport.rows(records, of: source)
        }
        snapshot = TestSupport.snapshot(lists)
        self.random = random
    }

    /// Gives some rows labels and regions of their own, as rules do.
    private static func giveOwnFacts(
        _ records: inout [ModelDeployment], using random: inout SeededGenerator
    ) {
        for index in records.indices where Int.random(in: 0..<3, using: &random) == 0 {
            records[index].labels["team"] = [nil, "", "llama", "Llama"].randomElement(using: &random) ?? nil
            records[index].region = ["eu", "us", nil].randomElement(using: &random) ?? nil
        }
    }

    private static func records(
        _ limit: Int, of source: SourceDescription, prefix: String, using random: inout SeededGenerator
    ) -> [ModelDeployment] {
        let count = Int.random(in: limit / 4...limit, using: &random)
        let pool = Int.random(in: 1...max(1, count), using: &random)
        return (0..<count).map { _ in record(of: source, prefix: prefix, pool: pool, using: &random) }
    }

    /// Lists of new rows of the same sources, updated from these.
    func next(rows: Int) async -> RandomQueries {
        var next = self
        var lists = snapshot.lists
        for (index, old) in lists.enumerated() {
            let source = old.source
            let records = Self.records(rows, of: source, prefix: source.name, using: &next.random)
            lists[index] = await SourceRows.updating(
                old, source: source, listed: records)
        }
        next.snapshot = TestSupport.snapshot(lists)
        return next
    }

    /// Some are equal by Unicode but differ in their bytes, and some are equal only without case.
    private static let strings = [
        "caf\u{E9}", "cafe\u{301}", "CAF\u{C9}", "llama", "Llama", "LLAMA-3", "meta/llama-3.1-8b-instruct",
        "meta/llama-3.1-8b-instruct-2", "", "%", "50% off", "İ", "ß", "SS", "ﬀ", "ＱＷＥＮ", "ガ", "Istanbul",
        "\u{0}", "a\u{0}", "qwen",
    ]
    /// The finite ones add up exactly, in any order.
    private static let numbers = [0, -0.0, 1, 2, 3, 8, 0.25, -7.5, .infinity, .nan, 1e12]

    private static func record(
        of source: SourceDescription, prefix: String, pool: Int, using random: inout SeededGenerator
    ) -> ModelDeployment {
        let key = "\(Int.random(in: 0..<pool, using: &random))"
        var record = source.record(uid: ModelDeployment.uid(source: prefix, key: [key]))
        record.version = [nil, 1, 2, 3].randomElement(using: &random) ?? nil
        let ofSource = ["uid", "version", "source", "platform", "adapter", "region"]
        for field in DeploymentField.all where !ofSource.contains(field.name) {
            field.set(&record, value(of: field.field, pool: pool, using: &random))
        }
        return record
    }

    private static func value(
        of field: Field, pool: Int, using random: inout SeededGenerator
    ) -> FieldValue {
        if Int.random(in: 0..<4, using: &random) == 0 { return .null }
        let isAnyOfMany = Bool.random(using: &random)
        let some = Int.random(in: 0..<pool, using: &random)
        switch field.kind {
        case .term(let terms): return FieldValue(terms.randomElement(using: &random))
        case .text:
            return isAnyOfMany ? .text("llama-\(some)") : FieldValue(strings.randomElement(using: &random))
        case .number(integer: true): return .number(Double(isAnyOfMany ? some : some % 3))
        case .number(integer: false):
            return isAnyOfMany ? .number(Double(some) / 4) : FieldValue(numbers.randomElement(using: &random))
        case .time: return .time(Timestamp(microseconds: Int64(some - 3) * 1_300_000_000))
        case .bool: return .bool(Bool.random(using: &random))
        }
    }
}

/// Random queries and groupings.
extension RandomQueries {
    mutating func query() -> Query {
        var query = Query()
        query.allVersions = Bool.random(using: &random)
        query.condition = .filters((0..<Int.random(in: 0...3, using: &random)).map { _ in filter() })
        if Int.random(in: 0..<3, using: &random) == 0 { query.condition = condition(depth: 3) }
        if Int.random(in: 0..<6, using: &random) == 0 {
            query.words = (0..<Int.random(in: 1...2, using: &random)).map { _ in fragment() }
        }
        if Int.random(in: 0..<4, using: &random) > 0 {
            query.sort = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                Query.SortKey(field: field(), descending: Bool.random(using: &random))
            }
        }
        query.pageSize = Int.random(in: 1...30, using: &random)
        query.page = [1, 1, 2, 3, 9, .max].randomElement(using: &random) ?? 1
        return query
    }

    mutating func grouping() -> Grouping {
        let keys = (0..<12).compactMap { _ in
            Grouping.Key(field()) ?? Grouping.Key(field(), span: Bool.random(using: &random) ? .day : .hour)
        }
        var names: Set<String> = []
        let chosen = keys.filter { names.insert($0.name).inserted }.prefix(
            Int.random(in: 1...3, using: &random))
        let sums = RecordSchema.deployments.summable.shuffled(using: &random)
            .prefix(Int.random(in: 0...4, using: &random))
        return Grouping(
            of: .deployments, keys: Array(chosen), sums: Array(sums),
            withZeros: Bool.random(using: &random))
    }

    private mutating func field() -> Field {
        let fields = RecordSchema.deployments.fields + [.label("team"), .label("none")]
        return fields.randomElement(using: &random) ?? fields[0]
    }

    private mutating func condition(depth: Int) -> Condition {
        func parts() -> [Condition] {
            (0..<Int.random(in: 0...3, using: &random)).map { _ in condition(depth: depth - 1) }
        }
        switch depth == 0 ? 0 : Int.random(in: 0...4, using: &random) {
        case 0, 1: return .field(filter())
        case 2: return .all(parts())
        case 3: return .any(parts())
        default: return .not(condition(depth: depth - 1))
        }
    }

    private mutating func filter() -> Filter {
        let field = field()
        return Filter(
            field: field, anyOf: (0..<Int.random(in: 1...2, using: &random)).map { _ in test(of: field) })
    }

    private mutating func test(of field: Field) -> Filter.Test {
        let operands = (0..<3).map { _ in operand(of: field) }
        return switch Int.random(in: 0..<11, using: &random) {
        case 0: .eq(operands[0])
        case 1: .ne(operands[0])
        case 2: .isIn(operands)
        case 3: .notIn(operands)
        case 4: .like(LikePattern(escaping: fragment()))
        case 5: .like(LikePattern(["%", "", "%%"].joined(separator: fragment())))
        case 6: .gt(operands[0])
        case 7: .gte(operands[0])
        case 8: .lt(operands[0])
        case 9: .lte(operands[0])
        default: .exists(Bool.random(using: &random))
        }
    }

    /// Usually the value of a random row.
    private mutating func operand(of field: Field) -> FieldValue {
        let list = snapshot.lists.randomElement(using: &random)
        let row = list.flatMap { $0.rows.isEmpty ? nil : $0.rows.indices.randomElement(using: &random) }
        guard Int.random(in: 0..<5, using: &random) > 0, let list, let row else {
            return Self.value(of: field, pool: 50, using: &random)
        }
        let value = DeploymentField.named(field.name)?.get(list.deployments[row]) ?? .null
        let isUppercased = Bool.random(using: &random)
        return isUppercased ? FieldValue(value.text?.uppercased()) : value
    }

    private mutating func fragment() -> String {
        let text = Self.strings.randomElement(using: &random) ?? ""
        let start = Int.random(in: 0...text.count, using: &random)
        return String(text.dropFirst(start).prefix(Int.random(in: 0...4, using: &random)))
    }
}
