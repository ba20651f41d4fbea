import Adapters
import TestSupport
import Testing
import Wire

/// Each seed is one case of its own, so that a failure names its seed.
@Suite struct ExpressionPropertyTests {
    static let pieces = [
        "$", ".a", ".b", "['a-b']", "[0]", "[-1]", "[*]", ".*", "[?", "@", "@.a", "]", "[", "(", ")", ",",
        " ", "'", "\"", "\\", "'x'",
        "==", "!=", "<", ">=", "=", "and", "or", "not", "in", "&&", "||", "!", "??", "?", "+", "-", "*", "/",
        "1", "0.5", "1e9", "null",
        "true", "if(", "last(", "split(", "time(", "lookup(", "families", "inputs.timezone", "^", "é",
        "\u{301}", "\r\n", "\\u", "D83D", "%", "..",
    ]

    @Test(arguments: 0..<200 as Range<UInt64>)
    func noTextStopsTheParser(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let scope = try Sample.scope(#"{"a": [1, {"a": "x"}], "b": "2"}"#)
        for _ in 0..<50 {
            let text = (0..<Int.random(in: 1...30, using: &random)).map { _ in random.pick(Self.pieces) }
                .joined()
            do throws(ExpressionError) {
                _ = try Sample.parse(text, allowsParent: true).evaluate(in: scope)
            } catch {
                #expect((0...text.count).contains(error.offset), "\(text)")
                #expect(!error.message.isEmpty)
            }
            if let path = try? JSONPath(parsing: text) {
                #expect(try JSONPath(parsing: path.description) == path, "\(text)")
            }
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func noRecordStopsAnExpression(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let scope = try Sample.scope(
            Self.value(3, &random), parent: Self.value(2, &random), zone: random.pick([nil, 0, 28_800]))
        for _ in 0..<50 {
            let text = Self.expression(4, &random)
            guard text.unicodeScalars.count <= 1000 else { continue }
            let expression = try Sample.parse(text, allowsParent: true)
            let value = expression.evaluate(in: scope)
            if case .number(let number) = value { #expect(number.isFinite, "\(text)") }
            if let constant = expression.constant { #expect(constant.shown == value.shown, "\(text)") }
        }
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func firstAndLastAreTheEndsOfTheCompleteList(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let scope = try Sample.scope(Self.value(4, &random))
        for path in ["$[*]", "$.a[*]", "$[*].a", "$.a[*].b", "$.*.a[0]", "$[0][*].b"] {
            let list = try JSONPath(parsing: path).values(in: scope.root).map { ExpressionValue($0).shown }
            #expect(
                try Sample.parse("last(\(path))").evaluate(in: scope).shown == list.last ?? "null", "\(path)")
            #expect(
                try Sample.parse("first(\(path))").evaluate(in: scope).shown == list.first ?? "null",
                "\(path)")
        }
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func aTextIsSplitWhereAPlainSearchSplitsIt(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let text = (0..<Int.random(in: 0...40, using: &random)).map { _ in random.pick(["a", "b", "é"]) }
            .joined()
        let sought = (0..<Int.random(in: 1...5, using: &random)).map { _ in random.pick(["a", "b", "é"]) }
            .joined()
        let (bytes, part) = (Array(text.utf8), Array(sought.utf8))
        var plain: [String] = []
        var (start, position) = (0, 0)
        while position + part.count <= bytes.count {
            if Array(bytes[position..<position + part.count]) == part {
                plain.append(String(decoding: bytes[start..<position], as: UTF8.self))
                position += part.count
                start = position
            } else {
                position += 1
            }
        }
        plain.append(String(decoding: bytes[start...], as: UTF8.self))
        let pieces = try Sample.parse("split('\(text)', '\(sought)')").constant?.shown
        #expect(pieces == "[" + plain.map { "'\($0)'" }.joined(separator: ", ") + "]")
    }

    private static func value(_ depth: Int, _ random: inout SeededGenerator) -> String {
        let kinds = depth == 0 ? 6 : 10
        switch Int.random(in: 0..<kinds, using: &random) {
        case 0: return "null"
        case 1: return random.pick(["true", "false"])
        case 2:
            return random.pick([
                "0", "-1", "2.5", "1700000000", "9223372036854775807", "18446744073709551615", "1e308",
            ])
        case 3...5:
            return random.pick([
                #""""#, #""x""#, #""12""#, #""2024-01-01T00:00:00""#, #""2024-01-01T00:00:00Z""#, #""é,b/c""#,
                #""nan""#, #""A100-80GB""#,
            ])
        case 6, 7:
            let elements = (0..<Int.random(in: 0...4, using: &random)).map { _ in value(depth - 1, &random) }
            return "[" + elements.joined(separator: ",") + "]"
        default:
            let members = ["a", "b", "a-b"].shuffled(using: &random).prefix(
                Int.random(in: 0...3, using: &random)
            )
            .map { "\"\($0)\":" + value(depth - 1, &random) }
            return "{" + members.joined(separator: ",") + "}"
        }
    }

    /// A string that is an expression.
    private static func expression(_ depth: Int, _ random: inout SeededGenerator) -> String {
        let leaves = [
            "$", "$.a", "$.b", "$['a-b']", "$.a[0]", "$.a[-1].b", "$[*]", "$.a[*]", "$.*.a", "$[?@.a == 'x']",
            "$[?@ > 1 or @.b in ['x', null]].a",
            "^.a", "^[*]", "'x'", "''", "','", "1", "0", "-2.5", "1e300", "null", "true", "false", "['x', 1]",
            "inputs.timezone", "inputs.none",
            "http.status", "'2024-01-01'",
        ]
        guard depth > 0 else { return random.pick(leaves) }
        func part() -> String { expression(Int.random(in: 0..<depth, using: &random), &random) }
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return random.pick(leaves)
        case 1:
            let operation = random.pick([
                "??", "==", "!=", "<", "<=", ">", ">=", "and", "or", "+", "-", "*", "/",
            ])
            return "(\(part()) \(operation) \(part()))"
        case 2:
            return random.pick(["(not \(part()))", "(-\(part()))", "(\(part()) in [\(part()), \(part())])"])
        default:
            let function = random.pick(ExpressionFunction.all)
            if function.name == "lookup" { return "lookup(\(part()), families)" }
            if function.name == "time" { return "time(\(part()))" }
            let most = min(function.arity.upperBound, 4)
            let operands = (0..<Int.random(in: function.arity.lowerBound...most, using: &random)).map { _ in
                part()
            }
            return "\(function.name)(\(operands.joined(separator: ", ")))"
        }
    }
}
