import Deployments
import Wire

/// One parameter of a query string.
package struct Parameter: Sendable, Equatable {
    /// Decoded.
    package var name: String
    /// Decoded; empty if the parameter has none.
    package var value: String
    /// The pair as the client encoded it, or encoded again if it has characters that a URL does not allow.
    var encoded: String

    /// Encodes the pair from its decoded parts.
    package init(name: String, value: String) {
        self.name = name
        self.value = value
        var utf8: [UInt8] = []
        utf8.appendPercentEncoded(name)
        utf8.append(UInt8(ascii: "="))
        utf8.appendPercentEncoded(value)
        encoded = String(decoding: utf8, as: UTF8.self)
    }

    /// The value's parts between commas, without empty parts, which count as not given.
    var items: [String] { value.utf8.split(separator: UInt8(ascii: ",")).map { String(Substring($0)) } }
}

/// The target of a request line: the undecoded path, and the query string.
package struct RequestTarget: Sendable {
    /// The path, which starts with `/`; still percent-encoded, since a uid is matched in its encoded form.
    package let path: Substring
    private let query: Substring

    /// The maximum number of parameters of a request.
    package static let parameterLimit = 100

    /// Reads origin form (`/path?query`) and absolute form (RFC 9112 §3.2.2).
    package init(_ target: String) {
        var rest = target[...]
        if rest.utf8.first != UInt8(ascii: "/"), let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...].drop { $0 != "/" && $0 != "?" }
        }
        let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        path = mark == rest.startIndex ? "/" : rest[..<mark]
        query = Substring(rest.utf8[mark...].dropFirst())
    }

    /// The form-urlencoded parameters, decoded, in their order.
    ///
    /// - Throws: `invalid-parameter` for bad percent-encoding, bytes that are not UTF-8, or too many.
    package func parameters() throws(Problem) -> [Parameter] {
        var parameters: [Parameter] = []
        var errors: [ParameterError] = []
        for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
            guard parameters.count + errors.count < Self.parameterLimit else {
                throw Problem(
                    .invalidParameter, "a request may have at most \(Self.parameterLimit) parameters")
            }
            do {
                parameters.append(try Self.decode(Substring(pair)))
            } catch {
                errors.append(error)
            }
        }
        guard errors.isEmpty else { throw .invalid(errors) }
        return parameters
    }

    private static func decode(_ pair: Substring) throws(ParameterError) -> Parameter {
        let mark = pair.utf8.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
        let (rawName, rawValue) = (pair[..<mark], Substring(pair.utf8[mark...].dropFirst()))
        guard let name = percentDecoded(rawName, plusIsSpace: true) else {
            throw ParameterError(
                parameter: String(rawName), value: "", "the name is not valid percent-encoded UTF-8")
        }
        guard let value = percentDecoded(rawValue, plusIsSpace: true) else {
            throw ParameterError(
                parameter: name, value: String(rawValue), "the value is not valid percent-encoded UTF-8")
        }
        var parameter = Parameter(name: name, value: value)
        if pair.utf8.allSatisfy(isQueryCharacter) { parameter.encoded = String(pair) }
        return parameter
    }

    /// True if RFC 3986 §3.4 allows the byte in a query without encoding, or if it is `%`.
    private static func isQueryCharacter(_ byte: UInt8) -> Bool {
        byte.isASCIIAlphanumeric || "-._~!$'()*+,;:@/?%=".utf8.contains(byte)
    }
}
