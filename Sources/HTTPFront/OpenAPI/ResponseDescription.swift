import HTTPTypes

/// The responses as OpenAPI has them.
enum ResponseDescription {
    /// The forms that an answer comes in: a document, and where it has rows, lines too.
    ///
    /// `lines` are examples of the other forms; nil where there are none.
    static func content(
        _ schema: String, example: JSONTree? = nil, lines: [ResponseFormat: JSONTree]? = nil
    ) -> JSONTree {
        let media = JSONTree.object([("schema", ValueSchemas.reference(schema))])
        let document: JSONTree = ["application/json": media.adding(example.map { ["example": $0] } ?? [:])]
        guard let lines else { return document }
        func text(_ form: ResponseFormat) -> JSONTree {
            let schema: JSONTree = ["schema": ["type": "string"]]
            return schema.adding(lines[form].map { ["example": $0] } ?? [:])
        }
        return document.adding(["text/csv": text(.csv), "application/x-ndjson": text(.ndjson)])
    }

    /// A response of a route; `headers` are names of ``headers``, `links` of ``LinkDescription/all``.
    static func response(
        _ summary: String, headers: [String], content: JSONTree? = nil, links: [String] = []
    ) -> JSONTree {
        let references = (headers + everywhere).map { name in
            (Self.name(of: name), JSONTree.object([("$ref", .text("#/components/headers/\(name)"))]))
        }
        return JSONTree.object([("description", .text(summary)), ("headers", .object(references))])
            .adding(content.map { ["content": $0] } ?? [:])
            .adding(
                links.isEmpty ? [:] : ["links": .object(links.map { ($0, LinkDescription.reference($0)) })])
    }

    /// The answers with which problems of these kinds come, by status, in any order: of one status all kinds together.
    static func problems(_ kinds: [Problem.Kind], withContent: Bool) -> [(String, JSONTree)] {
        let pairs = kinds.flatMap { kind in kind.statuses.map { (status: $0.code, kind: kind) } }
        return Dictionary(grouping: pairs, by: \.status).map { status, pairs in
            let kinds = pairs.map(\.kind)
            let summary = kinds.map { "`\($0.rawValue)`: \($0.summary)." }.joined(separator: " ")
            let examples = Examples.problems.filter { kinds.contains($0.kind) }
            let media: JSONTree = [
                "schema": ValueSchemas.reference("Problem"),
                "examples": .object(examples.map { ($0.name, ["value": $0.body]) }),
            ]
            let content: JSONTree = ["application/problem+json": media]
            let headers = ["Cache-Control"] + Set(kinds.flatMap(\.headers)).sorted()
            return ("\(status)", response(summary, headers: headers, content: withContent ? content : nil))
        }
    }

    private static let everywhere = ["Vary", "X-Request-Id"]

    /// A component's name is the header's, with more after a `.` where one header says several things.
    private static func name(of component: String) -> String {
        String(component.prefix { $0 != "." })
    }

    /// What a cached answer's headers are.
    static let worth = [
        "ETag", "Age", "Cache-Control", "Cache-Status", "Rollcall-Complete", "Rollcall-Fresh",
        "Rollcall-Sources",
    ]

    /// By component name; required is what is always there.
    static var headers: [(String, JSONTree)] {
        [
            header(
                "ETag", true,
                "A weak tag: changes with the rows and with how their sources stand, never with time."),
            header(
                "Age", false,
                "Whole seconds since the oldest list was asked for; not there without a list.",
                "integer"),
            header("Cache-Control", true, "`private, max-age=…` of an answer that is complete and fresh."),
            header("Cache-Status", true, "How the answer came about (RFC 9211)."),
            header(
                "Rollcall-Complete", true, "`?1` where every source reached has a proven list, else `?0`."),
            header("Rollcall-Fresh", true, "`?1` where every source reached is fresh, else `?0`."),
            header(
                "Rollcall-Sources", false, "The sources reached with their states; not there without any."),
            header(
                "Rollcall-Complete.problem", false, "As on an answer, where the problem is about sources."),
            header("Rollcall-Fresh.problem", false, "As on an answer, where the problem is about sources."),
            header("Link.next", false, "The next page, with rel `next`: a relative reference."),
            header("Link.first", true, "The first page anew, with rel `first`: a relative reference."),
            header("Retry-After", true, "Seconds after which another attempt makes sense.", "integer"),
            header("Location", true, "Where to go, as a relative reference."),
            header("Allow", true, "The methods that there are."),
            header("WWW-Authenticate", true, "`Bearer`."),
            header("Content-Security-Policy", true, "This gateway's style, and nothing from anywhere else."),
            header("Vary", true, "`Authorization, Accept, Accept-Encoding`."),
            header("X-Request-Id", true, "The client's own id where it was harmless, else a new one."),
        ]
    }

    private static func header(
        _ name: String, _ isRequired: Bool, _ summary: String, _ type: String = "string"
    ) -> (String, JSONTree) {
        (
            name,
            ["description": .text(summary), "required": .bool(isRequired), "schema": ["type": .text(type)]]
        )
    }
}

extension Problem.Kind {
    /// When it comes: half a sentence, for people.
    var summary: String {
        switch self {
        case .invalidParameter:
            "parameters that cannot be understood, each in `errors` with the nearest right word"
        case .unauthenticated: "no access token that this gateway knows"
        case .forbidden: "the access token lacks the right for this"
        case .notFound: "there is no such thing; of a deployment: its source has a complete list without it"
        case .methodNotAllowed: "the route has no such method, see `Allow`"
        case .tooLarge: "the URL (414), the headers (431) or the body (413) are beyond their limit"
        case .noData: "nothing to answer from: no list, or not yet ready"
        case .incomplete: "with `strict=true`, a source reached has no proven list"
        case .notFreshEnough: "with `strict=true`, a list is older than demanded"
        case .tooManyRequests: "the source may not be asked now"
        case .snapshotGone: "the list that the `page_token` walks is kept no longer"
        }
    }

    /// Every status it comes with.
    fileprivate var statuses: [HTTPResponse.Status] {
        self == .tooLarge ? [.contentTooLarge, .uriTooLong, .requestHeaderFieldsTooLarge] : [status]
    }

    private static let ofSources = [
        "Rollcall-Complete.problem", "Rollcall-Fresh.problem", "Rollcall-Sources",
    ]

    /// Component names of the headers that come with it.
    fileprivate var headers: [String] {
        switch self {
        case .unauthenticated: ["WWW-Authenticate"]
        case .methodNotAllowed: ["Allow"]
        case .noData, .incomplete, .tooManyRequests: ["Retry-After"] + Self.ofSources
        case .notFreshEnough: Self.ofSources
        case .snapshotGone: ["Link.first"]
        default: []
        }
    }
}
