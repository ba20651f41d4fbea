import Deployments
import Snapshots
import Wire

/// Reads the parameter `filter`: a JSON object, such as
/// `{"status":"READY","name":{"$like":"llama"},"$or":[{…},{…}]}`.
///
/// The keys that lead to a value are the segments of the bracketed spelling:
/// `{"accelerator":{"type":{"$like":"H"}}}` is `filter[accelerator][type][$like]=H`. All members of an object
/// must hold.
struct FilterObject {
    /// The maximum nesting of `$and`, `$or` and `$not`.
    static let depthLimit = 8
    /// The maximum number of values and lists of values.
    static let conditionLimit = 100

    /// The operators that join conditions.
    enum Junction: String, CaseIterable {
        case and = "$and"
        case or = "$or"
        case not = "$not"

        /// The operand and its meaning: a phrase for the description of the API.
        var summary: String {
            switch self {
            case .and: "a list of objects, all of which hold"
            case .or: "a list of objects, any of which holds"
            case .not: "an object that does not hold; rows without the field match"
            }
        }

        /// Reads a key.
        ///
        /// Without `$` it is a junction only if no field comes before it, since a label may have that name.
        init?(_ key: String, isAfterField: Bool) {
            guard let junction = Self(rawValue: isAfterField || key.hasPrefix("$") ? key : "$" + key) else {
                return nil
            }
            self = junction
        }
    }

    /// The reader's position in the object.
    private struct Position {
        /// The JSON Pointer (RFC 6901).
        var pointer = ""
        /// The keys since the last junction: a field's path, then an operator or none.
        var segments: [String] = []

        /// The position of a member or an element.
        func under(_ key: String, isField: Bool) -> Position {
            let escaped = key.replacing("~", with: "~0").replacing("/", with: "~1")
            return Position(pointer: pointer + "/" + escaped, segments: isField ? segments + [key] : segments)
        }
    }

    private let parameter: String
    private let schema: RecordSchema
    private var time: RequestTime
    private var errors: [ParameterError] = []
    /// The conditions read so far.
    private var count = 0

    /// Reads a parameter's value.
    ///
    /// - Returns: The condition, and all errors. The condition is nil only if there are errors.
    static func read(
        _ parameter: Parameter, of schema: RecordSchema, at time: inout RequestTime
    ) -> (Condition?, [ParameterError]) {
        var reader = FilterObject(parameter: parameter.name, schema: schema, at: time)
        defer { time = reader.time }
        let example = #"{"status":"READY"}"#
        do throws(JSONError) {
            let root = try JSONDocument(parsing: Array(parameter.value.utf8)).root
            guard root.kind == .object else {
                reader.refuse(Position(), root, "must be a JSON object, such as \(example)")
                return (nil, reader.errors)
            }
            let condition = reader.nonEmpty(root, at: Position(), depth: 0)
            return (condition, reader.errors)
        } catch {
            let detail = "must be a JSON object, such as \(example); this is not JSON: \(error)"
            return (nil, [parameter.wrong(detail)])
        }
    }

    private init(parameter: String, schema: RecordSchema, at time: RequestTime) {
        self.parameter = parameter
        self.schema = schema
        self.time = time
    }

    private mutating func members(of object: JSONValue, at position: Position, depth: Int) -> Condition {
        var seen: Set<[UInt8]> = []
        var conditions: [Condition] = []
        for (key, value) in object.members {
            // Compared by bytes: keys that Unicode treats as equal are different.
            if seen.insert(Array(key.utf8)).inserted {
                if let next = condition(key, value, at: position, depth: depth) { conditions.append(next) }
            } else {
                refuse(
                    position.under(key, isField: false), value,
                    "is given twice in one object; put both into `$and`, which takes a list of objects")
            }
        }
        return conditions.count == 1 ? conditions[0] : .all(conditions)
    }

    /// The condition of a member; nil, with an error recorded, if the member is wrong.
    private mutating func condition(
        _ key: String, _ value: JSONValue, at position: Position, depth: Int
    ) -> Condition? {
        if let junction = Junction(key, isAfterField: !position.segments.isEmpty) {
            return joined(junction, value, at: position.under(key, isField: false), depth: depth + 1)
        }
        let position = position.under(key, isField: true)
        guard value.kind == .object else { return filter(value, at: position) }
        guard key.hasPrefix("$") else { return nonEmpty(value, at: position, depth: depth) }
        return FilterName(segments: position.segments, in: schema) == nil
            ? misnamed(value, at: position)
            : refuse(position, value, "`\(key)` takes a value or a list, not an object")
    }

    private mutating func joined(
        _ junction: Junction, _ value: JSONValue, at position: Position, depth: Int
    ) -> Condition? {
        guard depth <= Self.depthLimit else {
            return refuse(
                position, value, "`$and`, `$or` and `$not` may be nested at most \(Self.depthLimit) deep")
        }
        if junction == .not {
            guard value.kind == .object else { return refuse(position, value, "`$not` takes an object") }
            return nonEmpty(value, at: position, depth: depth).map { .not($0) }
        }
        guard value.kind == .array, value.count > 0 else {
            return refuse(position, value, "`\(junction.rawValue)` takes a list of at least one object")
        }
        var parts: [Condition] = []
        for (index, element) in value.elements.enumerated() {
            let position = position.under("\(index)", isField: false)
            if element.kind == .object {
                if let part = nonEmpty(element, at: position, depth: depth) { parts.append(part) }
            } else {
                refuse(position, element, "`\(junction.rawValue)` takes a list of objects")
            }
        }
        return junction == .and ? .all(parts) : .any(parts)
    }

    /// The condition of an object.
    ///
    /// An empty object is refused, since a client may have lost its condition.
    private mutating func nonEmpty(_ object: JSONValue, at position: Position, depth: Int) -> Condition? {
        guard object.count > 0 else {
            return refuse(position, object, "an empty object has no condition; name a field")
        }
        return members(of: object, at: position, depth: depth)
    }

    private mutating func filter(_ value: JSONValue, at position: Position) -> Condition? {
        guard let name = FilterName(segments: position.segments, in: schema) else {
            return misnamed(value, at: position)
        }
        count += 1
        guard count <= Self.conditionLimit else {
            return count > Self.conditionLimit + 1
                ? nil : refuse(position, value, "there may be at most \(Self.conditionLimit) conditions")
        }
        var builder = FilterBuilder(name)
        do throws(ValueError) {
            try builder.checkOperator()
            let isList = value.kind == .array
            let operation = builder.operation
            switch operation.entry.operand {
            case .list where !isList:
                throw ValueError(#"`\#(operation.rawValue)` takes a list, such as ["a","b"]"#)
            case .bool where isList: throw ValueError("`\(operation.rawValue)` takes one value, not a list")
            default: break
            }
            let values = isList ? value.elements : [value]
            guard !values.isEmpty else { throw ValueError("an empty list matches nothing; name a value") }
            try builder.checkRoom(for: values.count)
            for (index, value) in values.enumerated() {
                do throws(ValueError) {
                    try builder.add(value, at: &time)
                } catch {
                    refuse(isList ? position.under("\(index)", isField: false) : position, value, error)
                }
            }
        } catch {
            refuse(position, value, error)
        }
        return builder.filter.map { .field($0) }
    }

    /// Records the mistake in the keys that lead to a value, with the position of the wrong key.
    private mutating func misnamed(_ value: JSONValue, at position: Position) -> Condition? {
        let last = position.segments[position.segments.count - 1]
        let outer = position.segments.dropLast()
        let mistake = FilterName.mistake(in: position.segments, of: schema)
        guard !last.hasPrefix("$") || !outer.isEmpty else {
            let junctions = Junction.allCases.map(\.rawValue)
            let detail =
                FilterOperator(rawValue: String(last.dropFirst())) == nil
                ? "unknown operator `\(last)`; at this position use \(junctions.joined(separator: ", "))"
                : "put the operator inside a field, as in {\"name\":{\"\(last)\":…}}"
            return refuse(position, value, detail, didYouMean: nearest(to: last, among: junctions))
        }
        switch mistake.kind {
        case .noScalar: return refuse(position, value, mistake.detail)
        case .operation:
            let isMarked = last.hasPrefix("$")
            let near = mistake.path.flatMap { _ in mistake.operation }
            let path = last.split(separator: ".").dropLast().map { $0 + "." }.joined()
            return refuse(
                position, value, mistake.detail, didYouMean: near.map { path + (isMarked ? "$" : "") + $0 })
        case .field:
            // `{"nam":{"$like":…}}`: the key before the operator is the wrong one.
            let isOuter = mistake.operation != nil && !last.contains(".") && !outer.isEmpty
            var wrong = position
            if isOuter {
                let end = position.pointer.lastIndex(of: "/") ?? position.pointer.startIndex
                wrong.pointer = String(position.pointer[..<end])
            }
            let before = (isOuter ? outer.dropLast() : outer).map { $0 + "." }.joined()
            let near = mistake.path.map { path in
                path.hasPrefix(before) ? String(path.dropFirst(before.count)) : path
            }
            let operation = isOuter ? nil : mistake.operation
            return refuse(
                wrong, value, mistake.detail,
                didYouMean: near.map { $0 + (operation.map { ".\($0)" } ?? "") })
        }
    }

    @discardableResult
    private mutating func refuse(
        _ position: Position, _ value: JSONValue, _ detail: String, didYouMean: String? = nil
    ) -> Condition? {
        refuse(position, value, ValueError(detail, didYouMean: didYouMean))
    }

    /// Records an error; always returns nil, which the caller returns as its condition.
    @discardableResult
    private mutating func refuse(_ position: Position, _ value: JSONValue, _ error: ValueError) -> Condition?
    {
        let shown = value.string ?? value.written
        errors.append(ParameterError(error, in: parameter, pointer: position.pointer, value: shown))
        return nil
    }
}
