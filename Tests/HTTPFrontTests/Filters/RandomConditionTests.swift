import Deployments
import HTTPFront
import Snapshots
import TestSupport
import Testing
import Wire

/// Random conditions, written as JSON in any of its spellings and read back, against a plain oracle.
@Suite struct RandomConditionTests {
    @Test(arguments: [51, 52, 53, 54] as [UInt64])
    func aRandomConditionHoldsForTheRowsOfThePlainOracle(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let rows = (0..<30).map { _ in Row(using: &random) }
        for _ in 0..<400 {
            let tree = Tree(depth: 3, using: &random)
            let text = tree.json(using: &random)
            let query = try QueryParser.parse(
                [Parameter(name: "filter", value: text)], grammar: .list, now: time(1000)
            ).query
            for row in rows {
                #expect(
                    query.holds(for: row.record) == tree.holds(for: row), "seed \(seed): \(text) for \(row)")
            }
        }
    }
}

/// A record as plain values.
private struct Row {
    var name: String?
    var ready: Int?
    var created: Int64?
    var status: DeploymentStatus
    var team: String?

    static let names = ["llama", "Llama", "qwen, max", "é", "e\u{301}", "50%"]

    init(using random: inout SeededGenerator) {
        name = Bool.random(using: &random) ? Self.names.randomElement(using: &random) : nil
        ready = Bool.random(using: &random) ? Int.random(in: 0...3, using: &random) : nil
        created = Bool.random(using: &random) ? Int64.random(in: 0...3, using: &random) * 3600 : nil
        status = [.ready, .failed, .stopped].randomElement(using: &random) ?? .ready
        team = Bool.random(using: &random) ? ["a", "b"].randomElement(using: &random) : nil
    }

    var record: ModelDeployment {
        var record = ModelDeployment(uid: "s/x", source: "s", platform: "p", adapter: "a")
        record.name = name
        record.replicas.ready = ready
        record.createdAt = created.map { time($0) }
        record.status = status
        record.labels = team.map { ["team": $0] } ?? [:]
        return record
    }
}

private indirect enum Tree {
    case name(String, [String?])
    case like(String)
    case ready(String, [Int?])
    case created(String, Int64)
    case status(String, [DeploymentStatus])
    case team([String?])
    case exists(String, Bool)
    case all([Tree]), any([Tree]), not(Tree)

    init(depth: Int, using random: inout SeededGenerator) {
        let parts = depth == 0 ? 0 : Int.random(in: 1...3, using: &random)
        func values<Value>(_ all: [Value], _ random: inout SeededGenerator) -> [Value?] {
            (0..<Int.random(in: 1...3, using: &random)).map { _ in
                Int.random(in: 0...4, using: &random) == 0 ? nil : all.randomElement(using: &random)
            }
        }
        let equality = ["eq", "ne", "in", "nin"].randomElement(using: &random) ?? "eq"
        let order = ["gt", "gte", "lt", "lte"].randomElement(using: &random) ?? "gt"
        switch Int.random(in: depth == 0 ? 3...10 : 0...10, using: &random) {
        case 0: self = .all((0..<parts).map { _ in Tree(depth: depth - 1, using: &random) })
        case 1: self = .any((0..<parts).map { _ in Tree(depth: depth - 1, using: &random) })
        case 2: self = .not(Tree(depth: depth - 1, using: &random))
        case 3: self = .name(equality, values(Row.names, &random))
        case 4:
            self = .like(["LLA", "l%", "%e%", "0\u{25}", "É", "n, m"].randomElement(using: &random) ?? "l")
        case 5: self = .ready(equality, values([0, 1, 2, 3], &random))
        case 6: self = .ready(order, [Int.random(in: 0...3, using: &random)])
        case 7: self = .created(order, Int64.random(in: 0...3, using: &random) * 3600)
        case 8: self = .status(equality, values([.ready, .failed], &random).map { $0 ?? .lost })
        case 9: self = .team(values(["a", "b"], &random))
        default:
            self = .exists(
                ["name", "replicas.ready", "labels.team"].randomElement(using: &random) ?? "name",
                Bool.random(using: &random))
        }
    }

    func holds(for row: Row) -> Bool {
        switch self {
        case .all(let parts): return parts.allSatisfy { $0.holds(for: row) }
        case .any(let parts): return parts.contains { $0.holds(for: row) }
        case .not(let part): return !part.holds(for: row)
        case .name(let word, let values):
            // Strings are equal if their bytes are.
            return Self.equal(word, row.name.map { Array($0.utf8) }, values.map { $0.map { Array($0.utf8) } })
        case .like(let pattern):
            return row.name.map { Self.isLike(Array($0.plainlyFolded.utf8)[...], pattern) } ?? false
        case .ready("gt", let values): return row.ready.map { $0 > (values[0] ?? 0) } ?? false
        case .ready("gte", let values): return row.ready.map { $0 >= (values[0] ?? 0) } ?? false
        case .ready("lt", let values): return row.ready.map { $0 < (values[0] ?? 0) } ?? false
        case .ready("lte", let values): return row.ready.map { $0 <= (values[0] ?? 0) } ?? false
        case .ready(let word, let values): return Self.equal(word, row.ready, values)
        case .created(let word, let limit):
            guard let created = row.created else { return false }
            return (created > limit && word.hasPrefix("g")) || (created < limit && word.hasPrefix("l"))
                || (created == limit && word.hasSuffix("e"))
        case .status(let word, let values): return Self.equal(word, row.status, values)
        case .team(let values): return values.contains { $0 == row.team }
        case .exists("name", let wanted): return (row.name != nil) == wanted
        case .exists("replicas.ready", let wanted): return (row.ready != nil) == wanted
        case .exists(_, let wanted): return (row.team != nil) == wanted
        }
    }

    private static func equal<Value: Equatable>(_ word: String, _ value: Value?, _ values: [Value?]) -> Bool {
        let isAmong = values.contains { $0 == value }
        return word.hasPrefix("n") ? value != nil && !isAmong : isAmong
    }

    /// Tries every length that `%` may match.
    private static func isLike(_ text: ArraySlice<UInt8>, _ pattern: String) -> Bool {
        let folded = Array(pattern.plainlyFolded.utf8)
        let percent = UInt8(ascii: "%")
        func matches(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
            guard let first = pattern.first else { return text.isEmpty }
            if first != percent {
                return text.first == first && matches(text.dropFirst(), pattern.dropFirst())
            }
            return (0...text.count).contains { matches(text.dropFirst($0), pattern.dropFirst()) }
        }
        return matches(
            text, folded.contains(percent) ? folded[...] : ([percent] + folded + [percent])[...])
    }

    func json(using random: inout SeededGenerator) -> String {
        let dollar = Bool.random(using: &random) ? "$" : ""
        func list(_ parts: [Tree], _ random: inout SeededGenerator) -> String {
            "[" + parts.map { $0.json(using: &random) }.joined(separator: ",") + "]"
        }
        switch self {
        case .all(let parts): return #"{"\#(dollar)and":\#(list(parts, &random))}"#
        case .any(let parts): return #"{"\#(dollar)or":\#(list(parts, &random))}"#
        case .not(let part): return #"{"\#(dollar)not":\#(part.json(using: &random))}"#
        case .name(let word, let values):
            return Self.member("name", word, Self.operand(word, values.map { $0.map(Self.quoted) }), &random)
        case .like(let pattern): return Self.member("name", "like", Self.quoted(pattern), &random)
        case .ready(let word, let values):
            let isText = Bool.random(using: &random)
            let shown = values.map { value in value.map { isText ? "\"\($0)\"" : "\($0)" } }
            return Self.member("replicas.ready", word, Self.operand(word, shown), &random)
        case .created(let word, let seconds):
            return Self.member("created_at", word, Self.quoted(time(seconds).description), &random)
        case .status(let word, let values):
            let isLower = Bool.random(using: &random)
            let shown = values.map { Self.quoted(isLower ? $0.rawValue.lowercased() : $0.rawValue) }
            return Self.member("status", word, Self.operand(word, shown), &random)
        case .team(let values):
            return Self.member(
                "labels.team", nil, Self.operand("eq", values.map { $0.map(Self.quoted) }), &random)
        case .exists(let field, let wanted): return Self.member(field, "exists", "\(wanted)", &random)
        }
    }

    private static func operand(_ word: String, _ values: [String?]) -> String {
        let shown = values.map { $0 ?? "null" }
        return shown.count == 1 && !word.hasSuffix("in") ? shown[0] : "[" + shown.joined(separator: ",") + "]"
    }

    /// Nested, dotted, with or without `$`.
    private static func member(
        _ field: String, _ word: String?, _ operand: String, _ random: inout SeededGenerator
    ) -> String {
        var keys = Bool.random(using: &random) ? [field] : field.split(separator: ".").map(String.init)
        let isBare = word == "eq" && Bool.random(using: &random)
        if let word, !isBare { keys.append((Bool.random(using: &random) ? "$" : "") + word) }
        return keys.reversed().reduce(operand) { #"{"\#($1)":\#($0)}"# }
    }

    private static func quoted(_ text: String) -> String {
        var json = JSONWriter()
        json.string(text)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
