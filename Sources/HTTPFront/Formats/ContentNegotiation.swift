import Deployments
import Snapshots
import Wire

/// The preferences of a client: an `Accept` or `Accept-Encoding` header with its weights (RFC 9110 §12.4.2).
///
/// Unlike a parameter, an element that cannot be read is skipped, never refused. All parameters of an element except
/// `q` are ignored.
struct AcceptHeader: Sendable, Equatable {
    struct Preference: Sendable, Equatable {
        /// The name in lower case; `*` for anything, `type/*` for any subtype.
        var name: String
        /// The weight in thousandths, 0 to 1000; 0 means "not acceptable".
        var weight: Int
    }

    private(set) var preferences: [Preference] = []

    /// Reads all lines of the header as one list.
    init(lines: some Sequence<String>) {
        for line in lines {
            var scanner = HeaderScanner(line)
            while let preference = scanner.nextElement(Self.preference) { preferences.append(preference) }
        }
    }

    /// The weight of exactly this name, the greatest if it is given more than once; nil if it is not given.
    func weight(of name: String) -> Int? {
        preferences.filter { $0.name == name }.map(\.weight).max()
    }

    private static func preference(_ scanner: inout HeaderScanner) -> Preference? {
        guard var name = scanner.name() else { return nil }
        if scanner.take("/") {
            guard let subtype = scanner.name() else { return nil }
            name += "/" + subtype
        }
        guard let parameters = scanner.parameters() else { return nil }
        var weight = 1000
        for (parameter, value) in parameters where parameter == "q" {
            guard let stated = Self.weight(value) else { return nil }
            weight = stated
        }
        return Preference(name: name, weight: weight)
    }

    /// Reads 0 to 1 with at most three digits after the point; nil for anything else.
    private static func weight(_ text: String) -> Int? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? parts[1] : ""
        guard parts[0] == "0" || parts[0] == "1", fraction.utf8.count <= 3,
            fraction.utf8.allSatisfy(\.isASCIIDigit)
        else { return nil }
        let thousandths = Int(fraction + String(repeating: "0", count: 3 - fraction.utf8.count)) ?? 0
        let weight = (parts[0] == "1" ? 1000 : 0) + thousandths
        return weight <= 1000 ? weight : nil
    }
}

extension AcceptHeader {
    /// True if an `Accept-Encoding` header prefers a compressed body, or accepts it as much as a plain one.
    ///
    /// Without the header nothing is compressed, since every client reads plain bodies.
    var acceptsGzip: Bool {
        let stated = [weight(of: "gzip"), weight(of: "x-gzip")].compactMap { $0 }.max()
        let gzip = stated ?? weight(of: "*") ?? 0
        return gzip > 0 && gzip >= weight(of: "identity") ?? 0
    }

    /// The format that an `Accept` header prefers, the first of equally preferred ones; nil if it accepts none.
    func format(among formats: [ResponseFormat]) -> ResponseFormat? {
        formats.map { (format: $0, weight: weight(of: $0)) }.filter { $0.weight > 0 }
            .max { $0.weight < $1.weight }?.format
    }

    /// The first format that an `Accept` header accepts by its own name; nil if there is none.
    var namedFormat: ResponseFormat? {
        ResponseFormat.allCases.first { $0.mediaTypes.contains { weight(of: $0) ?? 0 > 0 } }
    }

    /// The weight from the most specific range: the type itself, else any subtype, else anything (RFC 9110 §12.5.1).
    private func weight(of format: ResponseFormat) -> Int {
        let exact = format.mediaTypes.compactMap { weight(of: $0) }.max()
        let range = format.mediaTypes.first.map { $0.prefix { $0 != "/" } + "/*" }
        return exact ?? range.flatMap { weight(of: String($0)) } ?? weight(of: "*/*") ?? 0
    }
}

extension QueryParser.Grammar {
    /// The formats of the grammar's routes: CSV and NDJSON too if they have records or groups, else only JSON.
    var formats: [ResponseFormat] {
        names.contains(.fields) || names.contains(.groupBy) ? ResponseFormat.allCases : [.json]
    }
}

extension ReadRequest {
    /// The format of the response, by default JSON.
    var responseFormat: ResponseFormat { format ?? .json }

    /// The format of the response, with the mark that CSV begins with.
    var lineFormat: LineFormat {
        LineFormat(format: responseFormat, withByteOrderMark: withByteOrderMark)
    }

    /// Refuses `history` and `native` in CSV, which has no cells for them.
    ///
    /// - Throws: `invalid-parameter` that names `parameter`, which requested them.
    func refuseIncludesInCSV(
        _ include: Set<Include>, requestedBy parameter: QueryParser.Name
    ) throws(Problem) {
        guard responseFormat == .csv, !include.isEmpty else { return }
        let names = Include.allCases.map { "`\($0.rawValue)`" }.joined(separator: " or ")
        throw .invalid([
            ParameterError(
                parameter: parameter.rawValue,
                value: parameter == .format
                    ? responseFormat.rawValue : include.map(\.rawValue).sorted().joined(separator: ","),
                "CSV cannot hold \(names); use format=ndjson")
        ])
    }
}

extension ReadContext {
    /// Parses the parameters, and negotiates the format: `format` takes precedence over `Accept`.
    ///
    /// An `Accept` that allows none of the route's formats is ignored, as RFC 9110 §12.4.1 permits, and JSON is served.
    /// But one that names a format of other routes is refused, since the client would take JSON for that format.
    /// - Throws: `invalid-parameter` in that case, and for invalid parameters as ``QueryParser`` does.
    func parsed(
        _ grammar: QueryParser.Grammar, _ parameters: [Parameter]? = nil
    ) throws(Problem) -> ReadRequest {
        var request = try QueryParser.parse(
            parameters ?? self.parameters, grammar: grammar, now: receivedAt,
            words: published.sources.map { PlatformWords(of: $0) })
        if request.format == nil {
            request.format = accept.format(among: grammar.formats)
            if request.format == nil, let named = accept.namedFormat {
                throw Problem(
                    .invalidParameter,
                    "this route serves only JSON; `Accept` names \(named.rawValue) and does not allow JSON")
            }
        }
        try request.refuseIncludesInCSV(request.query.include, requestedBy: .include)
        return request
    }
}
