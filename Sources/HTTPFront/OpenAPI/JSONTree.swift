import Wire

/// A JSON value in memory with ordered members; the description of the API consists of such values.
///
/// It can be written as literals, except ``null``: a `nil` literal would be ambiguous where a tree is
/// optional.
indirect enum JSONTree: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([JSONTree])
    case object([Member])

    struct Member: Sendable {
        var key: String
        var value: JSONTree
    }

    static func object(_ members: [(String, JSONTree)]) -> JSONTree {
        .object(members.map { Member(key: $0.0, value: $0.1) })
    }

    /// A list of strings.
    static func strings(_ strings: [String]) -> JSONTree { .list(strings.map { .text($0) }) }

    init(_ value: JSONValue) {
        switch value.kind {
        case .null: self = .null
        case .bool: self = .bool(value.bool ?? false)
        case .int: self = .integer(Int(value.int ?? 0))
        case .double: self = .number(value.double ?? 0)
        case .string: self = .text(value.string ?? "")
        case .array: self = .list(value.elements.map { JSONTree($0) })
        case .object: self = .object(value.members.map { Member(key: $0.key, value: JSONTree($0.value)) })
        }
    }

    /// Reads JSON that this program wrote; bytes that are not JSON give null.
    init(parsing bytes: [UInt8]) {
        self = (try? JSONDocument(parsing: bytes)).map { JSONTree($0.root) } ?? .null
    }

    /// An object's members; empty for anything else.
    var members: [Member] { if case .object(let members) = self { members } else { [] } }

    /// A list's elements; empty for anything else.
    var elements: [JSONTree] { if case .list(let elements) = self { elements } else { [] } }

    /// The string; nil for anything else.
    var text: String? { if case .text(let text) = self { text } else { nil } }

    subscript(key: String) -> JSONTree? { members.first { $0.key == key }?.value }

    /// The same object with further members at its end.
    func adding(_ more: JSONTree) -> JSONTree { .object(members + more.members) }

    var bytes: [UInt8] {
        var json = JSONWriter()
        write(to: &json)
        return json.bytes
    }

    private func write(to json: inout JSONWriter) {
        switch self {
        case .null: json.null()
        case .bool(let bool): json.bool(bool)
        case .integer(let number): json.int(number)
        case .number(let number): json.double(number)
        case .text(let text): json.string(text)
        case .list(let elements): json.array { json in for element in elements { element.write(to: &json) } }
        case .object(let members):
            json.object { json in
                for member in members {
                    json.key(member.key)
                    member.value.write(to: &json)
                }
            }
        }
    }
}

extension JSONTree: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByStringInterpolation,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
    init(dictionaryLiteral members: (String, JSONTree)...) { self = .object(members) }
    init(arrayLiteral elements: JSONTree...) { self = .list(elements) }
    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral number: Int) { self = .integer(number) }
    init(booleanLiteral bool: Bool) { self = .bool(bool) }
}
