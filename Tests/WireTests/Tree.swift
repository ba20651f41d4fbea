import TestSupport
import Wire

/// A JSON value in plain Swift, with which documents are compared.
indirect enum Tree: Equatable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([Tree])
    case object([Member])

    struct Member: Equatable {
        var key: String
        var value: Tree
    }

    static func random(depth: Int, using random: inout SeededGenerator) -> Tree {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
        case 0: .null
        case 1: .bool(.random(using: &random))
        case 2: .int(.random(in: .min ... .max, using: &random))
        case 3: .int(.random(in: -20...20, using: &random))
        case 4: .double(randomFraction(using: &random))
        case 5: .string(randomText(using: &random))
        case 6:
            .array(
                (0..<Int.random(in: 0...5, using: &random)).map { _ in
                    self.random(depth: depth - 1, using: &random)
                })
        default:
            .object(
                (0..<Int.random(in: 0...5, using: &random)).map { _ in
                    Member(
                        key: randomText(using: &random), value: self.random(depth: depth - 1, using: &random))
                })
        }
    }

    /// A finite double of any size that is not an integer, so that it reads back as a double.
    private static func randomFraction(using random: inout SeededGenerator) -> Double {
        let value = Double(bitPattern: random.next())
        return value.isFinite && value != value.rounded() ? value : 0.1
    }

    static func randomText(using random: inout SeededGenerator) -> String {
        let samples: [Unicode.Scalar] = [
            "a", "Z", "0", " ", "/", "\"", "\\", "\n", "\r", "\t", "\u{0}", "\u{8}", "\u{1F}", "\u{7F}", "é",
            "\u{301}", "\u{2028}", "世", "\u{FFFF}", "😀", "\u{10FFFF}",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            text.append(samples.randomElement(using: &random) ?? "a")
        }
        return String(text)
    }

    func write(to json: inout JSONWriter) {
        switch self {
        case .null: json.null()
        case .bool(let value): json.bool(value)
        case .int(let value): json.int(value)
        case .double(let value): json.double(value)
        case .string(let value): json.string(value)
        case .array(let elements): json.array { for element in elements { element.write(to: &$0) } }
        case .object(let members):
            json.object {
                for member in members {
                    $0.key(member.key)
                    member.value.write(to: &$0)
                }
            }
        }
    }

    var written: [UInt8] {
        var json = JSONWriter()
        write(to: &json)
        return json.bytes
    }

    init(_ value: JSONValue) {
        self =
            switch value.kind {
            case .null: .null
            case .bool: .bool(value.bool ?? false)
            case .int: .int(value.int ?? 0)
            case .double: .double(value.double ?? .nan)
            case .string: .string(value.string ?? "")
            case .array: .array(value.elements.map(Tree.init))
            case .object: .object(value.members.map { Member(key: $0.key, value: Tree($0.value)) })
            }
    }

    /// Equality by bytes: `String`'s own equality treats `é` and `e` with a combining accent as equal.
    static func == (left: Tree, right: Tree) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.double(let a), .double(let b)): a.bitPattern == b.bitPattern
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)):
            a.count == b.count
                && zip(a, b).allSatisfy { $0.key.utf8.elementsEqual($1.key.utf8) && $0.value == $1.value }
        default: false
        }
    }
}
