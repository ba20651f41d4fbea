import HTTPTypes

/// The OpenAPI descriptions of responses.
enum ResponseDescription {
    /// The formats of an answer: JSON, and if it has rows, CSV and NDJSON.
    ///
    /// `lines` are examples of CSV and NDJSON; nil if the answer has no rows.
    static func content(
        _ schema: String, example: JSONTree? = nil, lines: [ResponseFormat: JSONTree]? = nil
    ) -> JSONTree {
        let media = JSONTree.object([("schema", ValueSchemas.reference(schema))])
        let document: JSONTree = ["application/json": media.adding(example.map { ["example": $0] } ?? [:])]
        guard let lines else { return document }
        func text(_ format: ResponseFormat) -> JSONTree {
            let schema: JSONTree = ["schema": ["type": "string"]]
            return schema.adding(lines[format].map { ["example": $0] } ?? [:])
        }
        return document.adding(["text/csv": text(.csv), "application/x-ndjson": text(.ndjson)])
    }

    /// A response of a route.
    ///
    /// `headers` are component names from ``headers``, and `links` are component names from
    /// ``LinkDescription/all``.
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

    /// The responses for problems of these kinds, by status, in any order; kinds with the same status are one
    /// response.
    ///
    /// `more` are component names of headers that each may have.
    static func problems(
        _ kinds: [Problem.Kind], withContent: Bool, adding more: [String] = []
    ) -> [(String, JSONTree)] {
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
            let headers = ["Cache-Control"] + Set(kinds.flatMap(\.headers)).sorted() + more
            return ("\(status)", response(summary, headers: headers, content: withContent ? content : nil))
        }
    }

    /// The headers of every answer.
    private static let everywhere = ["Vary", "X-Content-Type-Options", "X-Request-Id"]

    /// The header of a component: its name up to a `.`, since one header may have several descriptions.
    private static func name(of component: String) -> String {
        String(component.prefix { $0 != "." })
    }

    /// The headers of every answer about sources.
    static let sourceHeaders = [
        "ETag", "Age", "Cache-Control", "Cache-Status", "Rollcall-Complete", "Rollcall-Fresh",
        "Rollcall-Sources",
    ]

    /// The headers of every answer about rows.
    static let rowHeaders = sourceHeaders + ["Rollcall-Notices"]

    /// The headers by component name; a header that is always present is required.
    static var headers: [(String, JSONTree)] {
        [
            header(
                "ETag", true,
                "A weak tag: it changes with the rows and with the state of their sources, never with time."),
            header(
                "Age", false,
                "Whole seconds since the oldest list was requested; absent without a list.",
                "integer"),
            header("Cache-Control", true, "`private, max-age=…` if the answer is complete and fresh."),
            header("Cache-Status", true, "The use of the cache for this answer (RFC 9211)."),
            header(
                "Rollcall-Complete", true, "`?1` if every source reached has a proven list, else `?0`."),
            header("Rollcall-Fresh", true, "`?1` if every source reached is fresh, else `?0`."),
            header(
                "Rollcall-Sources", false,
                "The sources reached with their states, those that are not fresh first, in at most 2,048 bytes: a last "
                    + "member `*;more=37` counts those left out. Absent if none is reached."),
            header(
                "Rollcall-Notices", false, "The codes of the answer's notices, each once; absent without any."
            ),
            header(
                "Rollcall-Complete.problem", false, "As on an answer, if the problem is about sources."),
            header("Rollcall-Fresh.problem", false, "As on an answer, if the problem is about sources."),
            header("Link.next", false, "The next page, with rel `next`: a reference of a query only."),
            header("Link.first", true, "A new first page, with rel `first`: a reference of a query only."),
            header("Retry-After", true, "Seconds to wait before another attempt.", "integer"),
            header("Location", true, "The target, as a relative reference."),
            header(
                "Location.audit", false, "The record of the attempt, from the root: `/v1/audit/{id}`."),
            header("Allow", true, "The methods that can be used now."),
            header(
                "Accept-Patch", false, "The media type of a `PATCH`; absent where nothing can be changed."),
            header(
                "Idempotency-Key", false, "The client's own key, or the one that was made for the request."),
            header("Idempotency-Replayed", false, "`true` if the key was used before: its first outcome."),
            header(
                "Rollcall-Audit", false,
                "The id of the attempt's record in `/v1/audit`; absent if it could not be recorded."),
            header("WWW-Authenticate", true, "`Bearer`."),
            header("Content-Security-Policy", true, "A policy that allows only this gateway's style."),
            header(
                "Vary", true,
                "`Authorization, Cookie, Accept, Accept-Encoding`, and `Origin` if pages of other origins may read."
            ),
            header("X-Content-Type-Options", true, "`nosniff`."),
            header("X-Request-Id", true, "The client's own id if it is valid, else a new one."),
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
    /// The cause: a phrase for the description of the API.
    var summary: String {
        switch self {
        case .invalidParameter:
            "invalid parameters, each in `errors` with the nearest valid term"
        case .unauthenticated: "the request has no access token that this gateway knows"
        case .forbidden:
            "the access token lacks the right for this, or a web page of another origin would change something"
        case .notFound:
            "it does not exist; for a deployment: the complete list of its source does not contain it, or not the "
                + "version requested; for a model: no row of the complete lists serves it now"
        case .misdirected: "the gateway does not answer under the host name in `Host`"
        case .methodNotAllowed: "the route does not have this method, see `Allow`"
        case .tooLarge: "the URL (414), the headers (431) or the body (413) exceed their limit"
        case .noData: "there is no list to answer from, or the gateway is not ready yet"
        case .incomplete:
            "with `strict=true`, a source reached has no proven list, holds rows back, or has rows on which a "
                + "field that the request uses could not be read"
        case .notFreshEnough: "with `strict=true`, a list is older than demanded"
        case .requestTimeout: "the request's headers did not arrive in time"
        case .overloaded: "too many connections are open"
        case .tooManyRequests: "the source may not be refreshed now, or too many streams are running"
        case .conflict:
            "another gateway uses this one's store, and only that one requests anything; for an update: another one of "
                + "the deployment, or with the same key, is in flight"
        case .notAProxy:
            "a request for an inference: this gateway names the place to send it to, and sends nothing"
        case .snapshotGone: "the list that the `page_token` belongs to has expired"
        case .invalidBody:
            "the body is no JSON (400), or has members that cannot be changed so (422), each in `errors`"
        case .unsupportedMediaType: "the body is not `application/merge-patch+json`, or is compressed"
        case .writesOff: "the configuration of the source does not say `writes: true`"
        case .keyReused: "the `Idempotency-Key` stands for another request"
        case .preconditionFailed:
            "the deployment has none of the revisions in `If-Match`; `revision` is its own"
        case .storeUnavailable:
            "attempts cannot be recorded, so nothing is sent; or their records cannot be read"
        case .upstreamRefused: "the platform refused the update, or could not be reached; `class` tells which"
        case .outcomeUnknown: "the update was sent, and nothing says yet whether it was applied"
        case .internal: "a fault of the gateway"
        }
    }

    /// The statuses of its responses.
    fileprivate var statuses: [HTTPResponse.Status] {
        switch self {
        case .tooLarge: [.contentTooLarge, .uriTooLong, .requestHeaderFieldsTooLarge]
        case .invalidBody: [.badRequest, .unprocessableContent]
        default: [status]
        }
    }

    private static let ofSources = [
        "Rollcall-Complete.problem", "Rollcall-Fresh.problem", "Rollcall-Sources",
    ]

    /// The component names of the headers of its responses.
    fileprivate var headers: [String] {
        switch self {
        case .unauthenticated: ["WWW-Authenticate"]
        case .methodNotAllowed: ["Allow", "Accept-Patch"]
        case .unsupportedMediaType: ["Accept-Patch"]
        case .outcomeUnknown: ["Location.audit"]
        case .noData, .incomplete, .tooManyRequests, .conflict: ["Retry-After"] + Self.ofSources
        case .notFreshEnough, .notAProxy: Self.ofSources
        case .overloaded, .storeUnavailable: ["Retry-After"]
        case .snapshotGone: ["Link.first"]
        default: []
        }
    }
}
