import Deployments
import HTTPFront
import Wire

/// One parameter of the list as a user types it: `status=READY`, `name.like=llama`, `sort=-updated_at`.
struct ListTerm: Sendable, Equatable {
    var name: String
    var value: String

    /// The reason why a text is not a term.
    struct Refusal: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    /// Parameters that the command itself sets, or whose results it cannot show, each with the reason.
    private static let refused = [
        "page": "all pages are read", "page_size": "all pages are read", "page_token": "all pages are read",
        "format": "use --output", "fields": "complete records are read; choose columns with another tool",
        "include": "records are read without history and native records",
    ]

    /// Reads a term; a text that is none is refused with `example`.
    init(_ text: String, example: String = "status=READY") throws(Refusal) {
        let name = text.prefix { $0 != "=" }
        guard name.endIndex != text.endIndex, !name.isEmpty else {
            throw Refusal(
                description: "`\(text.neutralized(limit: 80))` is not a term: write PARAMETER=VALUE, such as "
                    + "\(example) or q=llama")
        }
        if let reason = Self.refused[String(name)] {
            throw Refusal(description: "`\(name)` does not apply to this command: \(reason)")
        }
        self.name = String(name)
        value = String(text[name.endIndex...].dropFirst())
    }

    init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// Reads all terms.
    ///
    /// - Throws: ``Refusal`` for the first that is wrong.
    static func all(
        _ texts: ArraySlice<String>, example: String = "status=READY"
    ) throws(Refusal) -> [ListTerm] {
        var terms: [ListTerm] = []
        for text in texts { terms.append(try ListTerm(text, example: example)) }
        return terms
    }

    /// True if the term requests earlier versions too.
    var addsVersions: Bool { name == QueryParser.Name.allVersions.rawValue && value == "true" }

    /// The terms as a URL's query, without `?`.
    static func query(_ terms: [ListTerm]) -> String {
        var query: [UInt8] = []
        for term in terms {
            if !query.isEmpty { query.append(UInt8(ascii: "&")) }
            query.appendPercentEncoded(term.name)
            query.append(UInt8(ascii: "="))
            query.appendPercentEncoded(term.value)
        }
        return String(decoding: query, as: UTF8.self)
    }
}
