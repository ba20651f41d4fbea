package import Wire

/// Checks JSON values against the schemas of an OpenAPI 3.1 document: the keywords that ours uses, and no others.
///
/// Stricter than JSON Schema where that forgives what a test must not: an unknown keyword is a fault, and so is a
/// member that a schema with `properties` does not name, unless it says what others may be.
package struct SchemaChecker {
    private let document: JSONValue

    package init(document: JSONValue) { self.document = document }

    /// The faults of a value, each with its path; empty if there are none.
    package func faults(of value: JSONValue, against schema: JSONValue, at path: String = "") -> [String] {
        var faults: [String] = []
        for (keyword, rule) in schema.members {
            faults += check(value, schema, keyword, rule, path)
        }
        return faults
    }

    /// The value that a reference such as `#/components/schemas/Problem` names.
    package func resolved(_ value: JSONValue) -> JSONValue {
        guard let path = value["$ref"]?.string else { return value }
        var found: JSONValue? = document
        for step in path.split(separator: "/").dropFirst() { found = found?[String(step)] }
        return found ?? value
    }

    private func check(
        _ value: JSONValue, _ schema: JSONValue, _ keyword: String, _ rule: JSONValue, _ path: String
    ) -> [String] {
        func fault(_ isWrong: Bool) -> [String] {
            isWrong ? ["\(path): \(keyword) \(rule.written.prefix(200))"] : []
        }
        switch keyword {
        case "description", "title", "default", "examples", "example": return []
        case "$ref":
            let target = resolved(schema)
            guard target["$ref"] == nil else { return ["\(path): \(rule.string ?? "?") leads nowhere"] }
            return faults(of: value, against: target, at: path)
        case "type":
            let types = rule.string.map { [$0] } ?? rule.elements.compactMap(\.string)
            return fault(!types.contains { Self.isOfType($0, value) })
        case "enum": return fault(!rule.elements.contains { Self.isSame($0, value) })
        case "const": return fault(!Self.isSame(rule, value))
        case "anyOf":
            return fault(!rule.elements.contains { faults(of: value, against: $0, at: path).isEmpty })
        case "format", "pattern": return checkText(value, keyword, rule, path)
        case "minimum": return fault((value.double ?? .infinity) < (rule.double ?? 0))
        case "maximum": return fault((value.double ?? -.infinity) > (rule.double ?? 0))
        case "minLength": return fault((value.string?.unicodeScalars.count ?? .max) < Int(rule.int ?? 0))
        case "minItems": return fault(value.kind == .array && value.count < Int(rule.int ?? 0))
        case "maxItems": return fault(value.kind == .array && value.count > Int(rule.int ?? 0))
        case "uniqueItems":
            let items = value.elements
            let isTwice = items.indices.contains { at in items[..<at].contains { Self.isSame($0, items[at]) }
            }
            return fault(rule.bool == true && isTwice)
        case "items":
            return value.elements.enumerated().flatMap { faults(of: $1, against: rule, at: "\(path)/\($0)") }
        case "minProperties": return fault(value.kind == .object && value.count < Int(rule.int ?? 0))
        case "required":
            return rule.elements.compactMap(\.string).flatMap { name in
                value.kind == .object && value[name] == nil ? ["\(path): `\(name)` is missing"] : []
            }
        case "properties", "patternProperties", "additionalProperties":
            return keyword == Self.firstOfMembers(schema) ? checkMembers(value, schema, path) : []
        default: return ["\(path): this checker does not know the keyword `\(keyword)`"]
        }
    }

    /// The keyword on members that stands for all of them, so that members are checked once.
    private static func firstOfMembers(_ schema: JSONValue) -> String? {
        ["properties", "patternProperties", "additionalProperties"].first { schema[$0] != nil }
    }

    private func checkMembers(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
        let patterns = schema["patternProperties"]?.members ?? []
        return value.members.flatMap { key, member -> [String] in
            let inner = "\(path)/\(key)"
            var rules: [JSONValue] = []
            if let rule = schema["properties"]?[key] { rules.append(rule) }
            rules += patterns.filter { Self.matches(key, $0.key) }.map(\.value)
            if rules.isEmpty, let rest = schema["additionalProperties"], rest.kind == .object {
                rules.append(rest)
            }
            return rules.isEmpty
                ? ["\(inner): the document does not name it"]
                : rules.flatMap { faults(of: member, against: $0, at: inner) }
        }
    }

    private func checkText(
        _ value: JSONValue, _ keyword: String, _ rule: JSONValue, _ path: String
    ) -> [String] {
        guard let text = value.string, let expected = rule.string else { return [] }
        let isRight =
            switch (keyword, expected) {
            case ("format", "date-time"): Timestamp(text) != nil
            case ("format", "date"): Timestamp(date: text) != nil
            case ("format", _): false
            default: Self.matches(text, expected)
            }
        return isRight ? [] : ["\(path): \(keyword) \(expected)"]
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        guard let regex = try? Regex(pattern) else { return false }
        return text.firstMatch(of: regex) != nil
    }

    private static func isOfType(_ type: String, _ value: JSONValue) -> Bool {
        switch type {
        case "null": value.kind == .null
        case "boolean": value.kind == .bool
        case "integer": value.double.map { $0.rounded() == $0 } ?? false
        case "number": value.double != nil
        case "string": value.kind == .string
        case "array": value.kind == .array
        case "object": value.kind == .object
        default: false
        }
    }

    /// Compares values: numbers however they are written, objects in any order of their members.
    private static func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if let number = left.double { return number == right.double }
        guard left.kind == right.kind, left.count == right.count else { return false }
        return left.string == right.string && left.bool == right.bool
            && zip(left.elements, right.elements).allSatisfy { isSame($0, $1) }
            && left.members.allSatisfy { name, value in right[name].map { isSame(value, $0) } ?? false }
    }
}
