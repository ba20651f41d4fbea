import HTTPTypes
import Wire

/// A condition on rows, from `filter[field][$op]=value` or a JSON object.
///
/// The platform's third spelling, a small text grammar, is not described and answers 400 here.
indirect enum NeMoFilter: Sendable {
    case compare(field: String, operation: String, values: [String])
    case all([NeMoFilter])
    case any([NeMoFilter])
    case not(NeMoFilter)

    static let fields = [
        "config", "created_at", "entity_type", "id", "model_provider_id", "name", "project", "status",
        "status_message", "updated_at", "workspace",
    ]
    private static let operations: Set = ["$eq", "$like", "$lt", "$lte", "$gt", "$gte", "$in", "$nin"]

    /// All filters of a query together; other parameters are ignored.
    init(_ query: Query) throws(PlatformResponse) {
        var conditions: [NeMoFilter] = []
        for (name, value) in query.pairs where name == "filter" || name.hasPrefix("filter[") {
            if name == "filter" {
                conditions.append(try Self.json(value))
            } else {
                conditions.append(try Self.brackets(name, value))
            }
        }
        self = .all(conditions)
    }

    /// True for a query without any filter.
    var isEmpty: Bool { if case .all(let conditions) = self { conditions.isEmpty } else { false } }

    /// The workspace that a filter names, which overrides the path's.
    var workspace: String? {
        guard case .all(let conditions) = self else { return nil }
        for case .compare("workspace", "$eq", let values) in conditions { return values.first }
        for case .all(let inner) in conditions { return NeMoFilter.all(inner).workspace }
        return nil
    }

    private static func brackets(_ name: String, _ value: String) throws(PlatformResponse) -> NeMoFilter {
        let parts = name.dropFirst("filter[".count).split(separator: "[", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ $0.last == "]" }) else {
            throw NeMoErrors.detail(.badRequest, "Invalid filter parameter: \(name)")
        }
        let names = parts.map { String($0.dropLast()) }
        let operation = names.count == 2 ? names[1] : "$eq"
        let isList = operation == "$in" || operation == "$nin"
        let values = isList ? value.split(separator: ",").map(String.init) : [value]
        return try compare(names[0], operation, values)
    }

    private static func compare(
        _ field: String, _ operation: String, _ values: [String]
    ) throws(PlatformResponse) -> NeMoFilter {
        guard fields.contains(field) else {
            let valid = fields.map { "'\($0)'" }.joined(separator: ", ")
            throw NeMoErrors.detail(
                .badRequest, "Unknown filter field '\(field)'. Valid fields: [\(valid)]")
        }
        guard operations.contains(operation) else {
            throw NeMoErrors.detail(.badRequest, "Unknown filter operator '\(operation)'")
        }
        return .compare(field: field, operation: operation, values: values)
    }

    private static func json(_ text: String) throws(PlatformResponse) -> NeMoFilter {
        guard let document = try? JSONDocument(parsing: [UInt8](text.utf8)), document.root.kind == .object
        else {
            throw NeMoErrors.detail(.badRequest, "Invalid JSON in filter parameter: \(text)")
        }
        return try object(document.root)
    }

    private static func object(_ value: JSONValue) throws(PlatformResponse) -> NeMoFilter {
        var conditions: [NeMoFilter] = []
        for (key, member) in value.members {
            switch key {
            case "$and": conditions.append(.all(try list(member)))
            case "$or": conditions.append(.any(try list(member)))
            case "$not": conditions.append(.not(try object(member)))
            default:
                guard member.kind == .object else {
                    conditions.append(try compare(key, "$eq", [text(member)]))
                    continue
                }
                for (operation, operand) in member.members {
                    let values = operand.kind == .array ? operand.elements.map(text) : [text(operand)]
                    conditions.append(try compare(key, operation, values))
                }
            }
        }
        return .all(conditions)
    }

    private static func list(_ value: JSONValue) throws(PlatformResponse) -> [NeMoFilter] {
        var conditions: [NeMoFilter] = []
        for element in value.elements { conditions.append(try object(element)) }
        return conditions
    }

    private static func text(_ value: JSONValue) -> String {
        value.string ?? value.int.map { "\($0)" } ?? ""
    }

    func matches(_ row: some NeMoRow) -> Bool {
        switch self {
        case .all(let conditions): conditions.allSatisfy { $0.matches(row) }
        case .any(let conditions): conditions.contains { $0.matches(row) }
        case .not(let condition): !condition.matches(row)
        case .compare(let field, let operation, let values):
            Self.holds(row.field(field), operation, values, isTime: field.hasSuffix("_at"))
        }
    }

    private static func holds(_ stated: String?, _ operation: String, _ values: [String], isTime: Bool)
        -> Bool
    {
        guard let stated else { return operation == "$nin" }
        switch operation {
        case "$in": return values.contains(stated)
        case "$nin": return !values.contains(stated)
        case "$like": return values.contains { stated.lowercased().contains($0.lowercased()) }
        default: break
        }
        guard let value = values.first else { return false }
        guard isTime else { return ordered(stated, operation, value) }
        guard let left = time(stated), let right = time(value) else { return false }
        return ordered(left, operation, right)
    }

    private static func ordered<Value: Comparable>(_ left: Value, _ operation: String, _ right: Value) -> Bool
    {
        switch operation {
        case "$lt": left < right
        case "$lte": left <= right
        case "$gt": left > right
        case "$gte": left >= right
        default: left == right
        }
    }

    private static func time(_ text: String) -> Timestamp? {
        var text = text
        return text.withUTF8 { Timestamp.read($0, zoneless: 0)?.time } ?? Timestamp(date: text)
    }
}
