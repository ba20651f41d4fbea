import HTTPTypes
import Hummingbird
import Wire

/// The headers of a request that would change a deployment (`Sources/HTTPFront/README.md`, Updates).
extension FrontResponder {
    /// The media type of a body of changes.
    static let patchType = "application/merge-patch+json"

    /// Refuses a body that is no merge patch, or is encoded.
    ///
    /// - Throws: `unsupported-media-type`.
    func checkMediaType(of request: Request) throws(Problem) {
        let (types, codings) = (
            request.headers[values: .contentType], request.headers[values: .contentEncoding]
        )
        guard let type = types.first, types.count == 1, let media = MediaType(type) else {
            throw .unsupportedMediaType("`Content-Type` must be given once; send `\(Self.patchType)`")
        }
        guard media.name == Self.patchType else {
            throw .unsupportedMediaType(
                media.name == "application/json"
                    ? "a body is a merge patch: send the same JSON with `Content-Type: \(Self.patchType)`"
                    : "`Content-Type` must be `\(Self.patchType)`: a JSON object of the members to change")
        }
        guard media.charset.map({ $0.lowercased() == "utf-8" }) ?? true else {
            throw .unsupportedMediaType("JSON is UTF-8; send it without `charset`, or with `charset=utf-8`")
        }
        guard codings.allSatisfy({ $0.lowercased() == "identity" }) else {
            throw .unsupportedMediaType("a compressed body is not read; send it without `Content-Encoding`")
        }
    }

    /// The client's key; nil if it sent none.
    ///
    /// A structured string is the key between its quotes.
    /// - Throws: `invalid-parameter` that names the header.
    func idempotencyKey(of request: Request) throws(Problem) -> String? {
        guard let name = HTTPField.Name("Idempotency-Key") else { return nil }
        let lines = request.headers[values: name]
        guard let line = lines.first else { return nil }
        guard lines.count == 1, let key = unquoted(line), (1...255).contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw refusal(
                of: name, lines,
                "must be given once, with 1 to 255 visible ASCII characters, plain or in quotes")
        }
        guard !config.access.hasToken(in: key) else {
            throw refusal(of: name, lines, "contains an access token; use a key of its own")
        }
        return key
    }

    /// The revisions of which the row must still have one; empty: any.
    ///
    /// - Throws: `invalid-parameter` that names the header.
    func revisions(of request: Request) throws(Problem) -> [String] {
        let known = request.headers[values: .ifNoneMatch]
        guard known.isEmpty else {
            throw refusal(of: .ifNoneMatch, known, "does not apply to an update; use `If-Match`")
        }
        let lines = request.headers[values: .ifMatch]
        if lines == ["*"] { return [] }
        var revisions: [String] = []
        for item in lines.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            let tag = item.trimmingBlanks
            if tag.isEmpty { continue }
            let inner = tag.dropFirst().dropLast()
            guard tag.utf8.count > 2, tag.first == "\"", tag.last == "\"", !inner.contains("\"") else {
                throw refusal(
                    of: .ifMatch, lines,
                    tag.hasPrefix("W/")
                        ? "takes no weak tag: send the row's `revision` in quotes, not the `ETag` of an answer"
                        : "must be `*`, or the row's `revision` in quotes, such as \"9b84943f525502a8\"")
            }
            revisions.append(String(inner))
        }
        guard lines.isEmpty || !revisions.isEmpty else {
            throw refusal(of: .ifMatch, lines, "is empty; send the row's `revision` in quotes, or `*`")
        }
        return revisions
    }

    private func refusal(of name: HTTPField.Name, _ lines: [String], _ detail: String) -> Problem {
        .invalid([
            ParameterError(parameter: name.rawName, value: lines.joined(separator: ", "), detail)
        ])
    }

    /// A plain text, or the text of a structured string (RFC 9651 §3.3.3); nil for a string that does not end.
    private func unquoted(_ line: String) -> String? {
        guard line.hasPrefix("\"") else { return line }
        var scanner = HeaderScanner(line)
        let text = scanner.value()
        return scanner.isAtEnd ? text : nil
    }
}

/// A media type with the parameter that matters to JSON.
private struct MediaType {
    /// In lower case, such as `application/json`.
    let name: String
    /// The value of `charset`; nil if it is not given.
    let charset: String?

    /// Reads a `Content-Type`; nil if it is malformed.
    init?(_ line: String) {
        var scanner = HeaderScanner(line)
        guard let type = scanner.name(), scanner.take("/"), let subtype = scanner.name(),
            let parameters = scanner.parameters(), scanner.isAtEnd
        else { return nil }
        name = "\(type)/\(subtype)"
        charset = parameters.first { $0.name == "charset" }?.value
    }
}

extension Substring {
    /// Without blanks and tabs at both ends.
    fileprivate var trimmingBlanks: Substring {
        var text = drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
