import Deployments
import Snapshots
import Wire

/// Reads the parameter `filter`: a JSON object as NeMo has it, such as
/// `{"status":"READY","name":{"$like":"llama"},"$or":[{…},{…}]}`.
///
/// Keys that lead to a value are the segments of the bracketed spelling, so `{"accelerator":{"type":{"$like":"H"}}}`
/// is `filter[accelerator][type][$like]=H`; and all members of an object must hold.
struct FilterObject {
    /// How deep `$and`, `$or` and `$not` may stand in one another.
    static let depthLimit = 8
    /// How many values and lists of values there may be.
    static let conditionLimit = 100

    /// The words that join conditions.
    enum Junction: String, CaseIterable {
        case and = "$and"
        case or = "$or"
        case not = "$not"

        /// What it means: half a sentence, for people.
        var summary: String {
            switch self {
            case .and: "a list of objects, all of which hold"
            case .or: "a list of objects, any of which holds"
            case .not: "an object that does not hold; so it takes rows in without the field"
            }
        }

        /// Without `$` it is one only where no field stands before it, since a label may be called so.
        init?(_ key: String, isAfterField: Bool) {
            guard let junction = Self(rawValue: isAfterField || key.hasPrefix("$") ? key : "$" + key) else {
                return nil
            }
            self = junction
        }
    }

    /// Where the reader stands.
    private struct Place {
        /// RFC 6901.
        var pointer = ""
        /// The keys since the last junction: a field's path, and then an operator.
        var segments: [String] = []

        func under(_ key: String, isField: Bool) -> Place {
            let escaped = key.replacing("~", with: "~0").replacing("/", with: "~1")
            return Place(pointer: pointer + "/" + escaped, segments: isField ? segments + [key] : segments)
        }
    }

    private let parameter: String
    private var moment: RequestTime
    private var errors: [ParameterError] = []
    private var count = 0

    /// What a parameter's value asks for.
    ///
    /// - Returns: The condition, and everything that is wrong; nil only where something is.
    static func read(
        _ parameter: Parameter, at moment: inout RequestTime
    ) -> (Condition?, [ParameterError]) {
        var reader = FilterObject(parameter: parameter.name, at: moment)
        defer { moment = reader.moment }
        let example = #"{"status":"READY"}"#
        do throws(JSONError) {
            let root = try JSONDocument(parsing: Array(parameter.value.utf8)).root
            guard root.kind == .object else {
                reader.refuse(Place(), root, "must be a JSON object, such as \(example)")
                return (nil, reader.errors)
            }
            let condition = reader.whole(root, at: Place(), depth: 0)
            return (condition, reader.errors)
        } catch {
            let detail = "must be a JSON object, such as \(example), and this is no JSON: \(error)"
            return (nil, [parameter.wrong(detail)])
        }
    }

    private init(parameter: String, at moment: RequestTime) {
        self.parameter = parameter
        self.moment = moment
    }

    private mutating func members(of object: JSONValue, at place: Place, depth: Int) -> Condition {
        var seen: Set<[UInt8]> = []
        var conditions: [Condition] = []
        for (key, value) in object.members {
            // By bytes: keys that Unicode calls equal are two.
            if seen.insert(Array(key.utf8)).inserted {
                if let next = condition(key, value, at: place, depth: depth) { conditions.append(next) }
            } else {
                refuse(
                    place.under(key, isField: false), value,
                    "stands twice in its object: `$and` takes a list of objects")
            }
        }
        return conditions.count == 1 ? conditions[0] : .all(conditions)
    }

    /// What a member asks for; nil where it is wrong.
    private mutating func condition(
        _ key: String, _ value: JSONValue, at place: Place, depth: Int
    ) -> Condition? {
        if let junction = Junction(key, isAfterField: !place.segments.isEmpty) {
            return joined(junction, value, at: place.under(key, isField: false), depth: depth + 1)
        }
        let place = place.under(key, isField: true)
        guard value.kind == .object else { return filter(value, at: place) }
        guard key.hasPrefix("$") else { return whole(value, at: place, depth: depth) }
        return FilterName(segments: place.segments) == nil
            ? misnamed(value, at: place) : refuse(place, value, "`\(key)` takes no object")
    }

    private mutating func joined(
        _ junction: Junction, _ value: JSONValue, at place: Place, depth: Int
    ) -> Condition? {
        guard depth <= Self.depthLimit else {
            return refuse(place, value, "`$and`, `$or` and `$not` may stand \(Self.depthLimit) deep at most")
        }
        if junction == .not {
            guard value.kind == .object else { return refuse(place, value, "`$not` takes an object") }
            return whole(value, at: place, depth: depth).map { .not($0) }
        }
        guard value.kind == .array, value.count > 0 else {
            return refuse(place, value, "`\(junction.rawValue)` takes a list of objects, one at least")
        }
        var parts: [Condition] = []
        for (index, element) in value.elements.enumerated() {
            let place = place.under("\(index)", isField: false)
            if element.kind == .object {
                if let part = whole(element, at: place, depth: depth) { parts.append(part) }
            } else {
                refuse(place, element, "`\(junction.rawValue)` takes a list of objects")
            }
        }
        return junction == .and ? .all(parts) : .any(parts)
    }

    /// An object, which must ask for something: `{}` may be what is left of a condition that got lost.
    private mutating func whole(_ object: JSONValue, at place: Place, depth: Int) -> Condition? {
        guard object.count > 0 else { return refuse(place, object, "an empty object asks for nothing") }
        return members(of: object, at: place, depth: depth)
    }

    private mutating func filter(_ value: JSONValue, at place: Place) -> Condition? {
        guard let name = FilterName(segments: place.segments) else { return misnamed(value, at: place) }
        count += 1
        guard count <= Self.conditionLimit else {
            return count > Self.conditionLimit + 1
                ? nil : refuse(place, value, "there may be at most \(Self.conditionLimit) conditions")
        }
        var draft = FilterBuilder(name)
        do throws(ValueError) {
            try draft.checkOperator()
            let isList = value.kind == .array
            let operation = draft.operation
            switch operation.entry.operand {
            case .list where !isList:
                throw ValueError(#"`\#(operation.rawValue)` takes a list, such as ["a","b"]"#)
            case .bool where isList: throw ValueError("`\(operation.rawValue)` takes no list")
            default: break
            }
            let values = isList ? value.elements : [value]
            guard !values.isEmpty else { throw ValueError("an empty list names no value") }
            try draft.checkRoom(for: values.count)
            for (index, value) in values.enumerated() {
                do throws(ValueError) {
                    try draft.add(value, at: &moment)
                } catch {
                    refuse(isList ? place.under("\(index)", isField: false) : place, value, error)
                }
            }
        } catch {
            refuse(place, value, error)
        }
        return draft.filter.map { .field($0) }
    }

    /// Notes what is wrong with the keys that lead here, at the key that is wrong.
    private mutating func misnamed(_ value: JSONValue, at place: Place) -> Condition? {
        let last = place.segments[place.segments.count - 1]
        let outer = place.segments.dropLast()
        let mistake = FilterName.mistake(in: place.segments)
        guard !last.hasPrefix("$") || !outer.isEmpty else {
            let words = Junction.allCases.map(\.rawValue)
            let detail =
                FilterOperator(rawValue: String(last.dropFirst())) == nil
                ? "no such word here: before a field there are \(words.joined(separator: " "))"
                : "an operator stands after a field, as in {\"name\":{\"\(last)\":…}}"
            return refuse(place, value, detail, didYouMean: nearest(to: last, among: words))
        }
        switch mistake.kind {
        case .noScalar: return refuse(place, value, mistake.detail)
        case .operation:
            let isMarked = last.hasPrefix("$")
            let near = mistake.path.flatMap { _ in mistake.operation }
            let path = last.split(separator: ".").dropLast().map { $0 + "." }.joined()
            return refuse(
                place, value, mistake.detail, didYouMean: near.map { path + (isMarked ? "$" : "") + $0 })
        case .field:
            // `{"nam":{"$like":…}}`: the key before the operator is the wrong one.
            let isOuter = mistake.operation != nil && !last.contains(".") && !outer.isEmpty
            var wrong = place
            if isOuter {
                let end = place.pointer.lastIndex(of: "/") ?? place.pointer.startIndex
                wrong.pointer = String(place.pointer[..<end])
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
        _ place: Place, _ value: JSONValue, _ detail: String, didYouMean: String? = nil
    ) -> Condition? {
        refuse(place, value, ValueError(detail, didYouMean: didYouMean))
    }

    /// Notes an error; it returns nil, to stand for the condition that is not to be had.
    @discardableResult
    private mutating func refuse(_ place: Place, _ value: JSONValue, _ error: ValueError) -> Condition? {
        let shown = value.string ?? value.written
        errors.append(ParameterError(error, in: parameter, pointer: place.pointer, value: shown))
        return nil
    }
}
