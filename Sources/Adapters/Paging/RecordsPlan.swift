import Deployments
import Wire

/// The location of the records in an answer: one array, and the records of it that are deployments.
struct RecordsPlan: Sendable {
    /// The path as the file has it.
    let path: JSONPath
    /// The path to the array.
    let array: JSONPath
    /// The steps behind the array; none unless the file is of before `keep`.
    private let rest: [JSONPath.Step]
    /// The meaning of an answer without the array.
    var missing = MissingArray.error
    /// The condition of a record that is a deployment; nil: all are.
    var keep: Expression?

    /// The meaning of an answer without the array.
    enum MissingArray: Sendable, Hashable {
        /// It is no list.
        case error
        /// An empty list, if the answer has no other members than these.
        case empty(beside: Set<String>)
    }

    /// The records of one answer.
    struct Found {
        /// All elements of the array.
        var records: [JSONValue] = []
        /// True for each element that is to be left out by a filter in the path.
        var filtered: Set<Int> = []
        /// The reason for which they do not prove the list; nil if there is none.
        var doubt: WalkDoubt?
    }

    init(_ path: JSONPath) {
        self.path = path
        let end = path.steps.firstIndex { !$0.isSingular } ?? path.steps.endIndex
        array = JSONPath(steps: Array(path.steps[..<end]))
        // The elements of an array are its records, with a wildcard or without.
        rest = path.steps[end...] == [.wildcard] ? [] : Array(path.steps[end...])
    }

    /// The correction of a path that is read, but should be written differently; nil if there is none.
    var advice: String? {
        if path.isSingular { return nil }
        if rest.isEmpty { return "write `\(array)`, the array itself, without the wildcard" }
        if rest.count == 1 { return "write `\(array)`, and the filter as the condition `keep`" }
        return "leads through several lists, so that no list read by it is ever proven complete; "
            + "name one array"
    }

    /// The number of elements of the array in an answer; 0 without an array, and where it leads through several
    /// lists.
    func count(in root: JSONValue) -> Int {
        rest.count > 1 ? 0 : array.value(in: root)?.count ?? 0
    }

    /// The records of an answer that states this total of records; nil: it states none.
    ///
    /// Some platforms write null for a list without elements; a total of 0 says that it is one.
    /// - Throws: ``SourceError`` of class `bad_response` if the path leads to no array, and the file does not
    ///   take that for an empty list.
    func records(in root: JSONValue, total: Int? = nil) throws(SourceError) -> Found {
        guard let found = array.value(in: root), !found.isNull else {
            if total == 0, array.value(in: root) != nil { return Found() }
            guard case .empty(let beside) = missing else {
                throw SourceError(.badResponse, "the answer has no `\(array)`")
            }
            let isKnown = isEmptyAnswer(root, array.steps[...], beside: beside)
            return Found(doubt: isKnown ? nil : .foreignAnswer)
        }
        // A wildcard also leads to the members of an object.
        let isMap = found.kind == .object && !path.isSingular
        guard found.kind == .array || isMap else {
            throw SourceError(.badResponse, "`\(array)` must be a list, but is \(found.kind.kindName)")
        }
        switch rest.count {
        case 0: return Found(records: found.children)
        case 1:
            let children = found.children
            return Found(
                records: children, filtered: Set(children.indices.filter { !rest[0].admits(children[$0]) }))
        default: return Found(records: JSONPath(steps: rest).values(in: found), doubt: .severalLists)
        }
    }

    /// True if an answer without the array has nothing but the members that may stand beside an empty list.
    private func isEmptyAnswer(
        _ value: JSONValue, _ steps: ArraySlice<JSONPath.Step>, beside: Set<String>
    ) -> Bool {
        if value.isNull { return true }
        guard value.kind == .object, let step = steps.first else { return false }
        return value.members.allSatisfy { name, inner in
            if step == .name(name) { return isEmptyAnswer(inner, steps.dropFirst(), beside: beside) }
            return beside.contains(name)
        }
    }
}

extension JSONValue.Kind {
    fileprivate var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .int, .double: "a number"
        case .string: "a text"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
