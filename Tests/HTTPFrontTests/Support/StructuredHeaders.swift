import RawStructuredFieldValues
import Testing

/// Headers that are structured fields (RFC 9651), read by a parser that the gateway has no part in.
extension FrontHarness.Reply {
    /// A header that is a boolean.
    func boolean(_ name: String) throws -> Bool {
        var parser = StructuredFieldValueParser(Array(try #require(self[name]).utf8))
        guard case .bool(let value) = try parser.parseItemFieldValue().rfc9651BareItem else {
            throw NotStructured(header: name)
        }
        return value
    }

    /// A header that is a list of items with parameters.
    func list(_ name: String) throws -> [StructuredItem] {
        var parser = StructuredFieldValueParser(Array(try #require(self[name]).utf8))
        return try parser.parseListFieldValue().map { member in
            guard case .item(let item) = member else { throw NotStructured(header: name) }
            return StructuredItem(
                value: item.rfc9651BareItem,
                parameters: Dictionary(item.rfc9651Parameters.map { ($0, $1) }) { _, last in last })
        }
    }

    /// A header of directives with and without values, read as a dictionary.
    func directives(_ name: String) throws -> [String: RFC9651BareItem] {
        var parser = StructuredFieldValueParser(Array(try #require(self[name]).utf8))
        var directives: [String: RFC9651BareItem] = [:]
        for (directive, member) in try parser.parseDictionaryFieldValue() {
            guard case .item(let item) = member else { throw NotStructured(header: name) }
            directives[directive] = item.rfc9651BareItem
        }
        return directives
    }
}

/// A member of a structured list.
struct StructuredItem: Equatable {
    var value: RFC9651BareItem
    /// A parameter without a value is `true`.
    var parameters: [String: RFC9651BareItem] = [:]
}

/// A header of another structure than the test expects.
struct NotStructured: Error {
    var header: String
}
