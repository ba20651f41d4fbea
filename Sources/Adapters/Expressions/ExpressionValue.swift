package import Wire

/// A value of the expression language.
package enum ExpressionValue: Sendable {
    /// A missing value, or JSON's null.
    case null
    case bool(Bool)
    /// Always finite.
    case number(Double)
    /// A text; also an integer beyond `Int64` or that no double represents exactly (a 64-bit id), so that no
    /// digit is lost.
    case text(String)
    /// A time; `zoneAssumed` if the platform's text names no zone.
    case time(Timestamp, zoneAssumed: Bool)
    /// An object or array of the record.
    case node(JSONValue)
    case list([ExpressionValue])
    /// Null, with a note of the value that was found where another kind was needed: `an object`, or a
    /// scalar's text.
    case mismatch(String)
}

/// The data that an expression is evaluated against.
package struct ExpressionScope: Sendable {
    /// The value of `$`.
    package var root: JSONValue
    /// The value of `^`; nil if no record was expanded into children.
    package var parent: JSONValue?
    /// Values by dotted name; a name that is missing here is null.
    package var variables: [String: ExpressionValue]
    /// The maps of `lookup`, by name.
    package var maps: [String: [String: String]]
    /// The zone of times that name none; nil refuses such times.
    package var zone: LocalZone?
    /// The headers of the answer that is read, names in lower case.
    package var headers: [(name: String, value: String)] = []
    /// True if the document that ``root`` is in has a ``JSONFault``; stored, since every field looks at it.
    package private(set) var hasFaults: Bool

    package init(
        root: JSONValue, parent: JSONValue? = nil, variables: [String: ExpressionValue] = [:],
        maps: [String: [String: String]] = [:], zone: LocalZone? = nil
    ) {
        self.root = root
        self.parent = parent
        self.variables = variables
        self.maps = maps
        self.zone = zone
        hasFaults = root.isInFaultyDocument
    }

    /// Makes a value of another document the value of `$`; one of the same document may be set as ``root``.
    package mutating func enter(_ other: JSONValue) {
        root = other
        hasFaults = other.isInFaultyDocument
    }

    /// The first header of this name, in any case; nil without one.
    func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name == wanted }?.value
    }
}

/// Bounds that keep every expression total.
enum ExpressionLimits {
    /// Unicode scalars of one expression or path.
    static let length = 1000
    /// Nesting of one expression, and steps of one path.
    static let depth = 32
    /// Elements of one list while evaluating.
    static let elements = 10_000
    /// UTF-8 bytes of a text that a function makes.
    static let textBytes = 1 << 20
    /// Characters of a mismatch's note.
    static let note = 100
}

extension ExpressionValue {
    /// Reads a value of a document; nil is null.
    package init(_ json: JSONValue?) {
        self = json.map { $0.expressionValue(at: .itself) } ?? .null
    }

    /// False for null, a mismatch and the empty text: platforms send an empty text for a missing value.
    package var isPresent: Bool {
        switch self {
        case .null, .mismatch: false
        case .text(let text): !text.isEmpty
        default: true
        }
    }

    /// This value as a scalar's text; nil for null, lists, objects, arrays and mismatches.
    package var scalarText: String? {
        switch self {
        case .text(let text): text
        case .number(let number): Int64(exactly: number).map { String($0) } ?? "\(number)"
        case .bool(let bool): bool ? "true" : "false"
        case .time(let time, _): time.description
        case .null, .node, .list, .mismatch: nil
        }
    }

    /// This value as a mismatch, if another kind was needed; null stays null.
    package var unreadable: ExpressionValue {
        switch self {
        case .null, .mismatch: self
        case .list: .mismatch("a list")
        case .node(let node): .mismatch(node.kind == .array ? "an array" : "an object")
        case .text, .number, .bool, .time: .mismatch(String((scalarText ?? "").prefix(ExpressionLimits.note)))
        }
    }

    static let longList = ExpressionValue.mismatch("a list of more than \(ExpressionLimits.elements)")
    static let longText = ExpressionValue.mismatch("a text of more than \(ExpressionLimits.textBytes) bytes")
}

extension ExpressionValue {
    /// Applies `body` to this value's text; numbers, truth values and times are converted to text.
    func withText(_ body: (String) -> ExpressionValue) -> ExpressionValue {
        scalarText.map(body) ?? unreadable
    }

    /// Applies `body` to this number, or the number that this text spells; an empty text is null.
    func withNumber(_ body: (Double) -> ExpressionValue) -> ExpressionValue {
        switch self {
        case .number(let number): body(number)
        case .text(let text):
            text.isEmpty ? .null : Double(spelled: text).map(body) ?? unreadable
        default: unreadable
        }
    }

    /// Applies `body` to this list's elements, or this JSON array's.
    func withList(_ body: ([ExpressionValue]) -> ExpressionValue) -> ExpressionValue {
        switch self {
        case .list(let elements): return body(elements)
        case .node(let node) where node.kind == .array:
            guard node.count <= ExpressionLimits.elements else { return .longList }
            return body(node.elements.map { ExpressionValue($0) })
        default: return unreadable
        }
    }

    /// Applies `body` to this truth value; null is false.
    func withBool(_ body: (Bool) -> ExpressionValue) -> ExpressionValue {
        switch self {
        case .bool(let bool): body(bool)
        case .null: body(false)
        default: unreadable
        }
    }

    /// A number, or null if it is not finite.
    static func finite(_ number: Double) -> ExpressionValue { number.isFinite ? .number(number) : .null }
}

extension JSONValue {
    /// The value at a pointer; null if it is missing.
    func expressionValue(at pointer: JSONPointer) -> ExpressionValue {
        switch content(at: pointer) {
        case .null: .null
        case .bool(let bool): .bool(bool)
        case .integer(let integer): Double(exactly: integer).map { .number($0) } ?? .text(String(integer))
        case .unsigned(let integer): .text(String(integer))
        case .number(let number): .number(number)
        case .string(let text): .text(text)
        case .array, .object: value(at: pointer).map { .node($0) } ?? .null
        }
    }
}
