import Deployments
import HTTPTypes
import Snapshots
import Wire

/// An error of a request as clients see it: RFC 9457, with the types of `Sources/HTTPFront/README.md`, Problem types.
package struct Problem: Error {
    /// The last part of the problem's `type`.
    package enum Kind: String, Sendable, CaseIterable {
        case invalidParameter = "invalid-parameter"
        case unauthenticated
        case forbidden
        case notFound = "not-found"
        /// A request for a host under which the gateway does not answer.
        case misdirected
        case methodNotAllowed = "method-not-allowed"
        /// A request beyond a limit: its target, its headers or its body.
        case tooLarge = "too-large"
        case noData = "no-data"
        case incomplete
        case notFreshEnough = "not-fresh-enough"
        /// A request whose headers did not arrive in time.
        case requestTimeout = "request-timeout"
        case tooManyRequests = "too-many-requests"
        /// More connections than the gateway has room for.
        case overloaded
        /// A refresh that another gateway over the same store would have to make, or an update while another is in
        /// flight.
        case conflict
        case snapshotGone = "snapshot-gone"
        /// A request for an inference, which a gateway of lists does not pass on.
        case notAProxy = "not-a-proxy"
        /// A body that is no JSON, or has members that cannot be changed so.
        case invalidBody = "invalid-body"
        case unsupportedMediaType = "unsupported-media-type"
        /// An update of a source whose configuration allows none.
        case writesOff = "writes-off"
        /// An idempotency key that stands for another request.
        case keyReused = "key-reused"
        /// A row that is not the one that the client knows.
        case preconditionFailed = "precondition-failed"
        /// Attempts cannot be recorded, or their records cannot be read.
        case storeUnavailable = "store-unavailable"
        /// An update that its platform refused, or that could not reach it.
        case upstreamRefused = "upstream-refused"
        /// An update that was sent, and of which nothing says whether it was applied.
        case outcomeUnknown = "outcome-unknown"
        /// A fault of the gateway.
        case `internal`
    }

    /// The type, on which clients base decisions.
    package var kind: Kind
    var status: HTTPResponse.Status
    /// The error text for people: the cause and the remedy, without credentials, platforms' texts or query strings.
    package var detail: String
    /// The mistakes in parameters, at most ``errorLimit``; empty for other problems.
    package private(set) var errors: [ParameterError] = []
    /// The number of all mistakes, also those not in ``errors``, and of the parameters that have them.
    private var wrong = (mistakes: 0, parameters: 0)
    var headers = HTTPFields()
    /// The sources that the problem is about.
    var scope: SourceScope?
    /// The model that a request for an inference names; nil if it names none that is served.
    var model: ServedModel?
    /// The mistakes in members of a body; empty for other problems.
    var mistakes: [UpdateMistake] = []
    /// What an update that was judged has to say; nil for other problems.
    var update: UpdateFacts?

    init(_ kind: Kind, status: HTTPResponse.Status? = nil, _ detail: String) {
        self.kind = kind
        self.status = status ?? kind.status
        self.detail = detail
    }

    static func unauthenticated(_ detail: String, sent: Bool) -> Problem {
        var problem = Problem(.unauthenticated, detail)
        problem.headers[.wwwAuthenticate] =
            "Bearer realm=\"rollcall\"" + (sent ? ", error=\"invalid_token\"" : "")
        return problem
    }

    /// The maximum number of listed mistakes.
    private static let errorLimit = 100

    /// All mistakes in the parameters of a request; `parameters` is the number of wrong parameters, by default one per
    /// mistake.
    static func invalid(_ errors: [ParameterError], parameters: Int? = nil) -> Problem {
        var problem = Problem(.invalidParameter, "")
        problem.errors = Array(errors.prefix(errorLimit))
        problem.wrong = (errors.count, parameters ?? errors.count)
        problem.detail = problem.detailOfErrors
        return problem
    }

    /// The problem without texts that must not be echoed.
    func redacted(_ isSecret: (String) -> Bool) -> Problem {
        var problem = self
        guard !errors.isEmpty else {
            problem.mistakes = mistakes.map { $0.redacted(where: isSecret) }
            if update != nil, isSecret(detail) { problem.detail = kind.title }
            if update == nil, let first = problem.mistakes.first { problem.detail = first.sentence }
            return problem
        }
        problem.errors = errors.map { $0.redacted(where: isSecret) }
        problem.detail = problem.detailOfErrors
        return problem
    }

    /// The `detail` of ``errors``: the parameter if only one is wrong, with its mistake if that is the only one; else
    /// the numbers of parameters and mistakes.
    private var detailOfErrors: String {
        let isCut = wrong.mistakes > errors.count
        let listed = isCut ? "see `errors` for the first \(errors.count)" : "see `errors`"
        guard wrong.parameters == 1, let first = errors.first else {
            let mistakes = wrong.mistakes == wrong.parameters ? "" : ", with \(wrong.mistakes) mistakes"
            return "\(wrong.parameters) parameters are wrong\(mistakes); \(listed)"
        }
        let name = "`\(first.parameter.prefix(200))`"
        guard wrong.mistakes == 1 else { return "\(name) has \(wrong.mistakes) mistakes; \(listed)" }
        let detail = String(first.detail.prefix(ParameterError.detailLimit))
        let hint = first.didYouMean.map { "; did you mean `\($0)`?" } ?? ""
        return (detail.contains(name) ? detail : "\(name): \(detail)") + hint
    }

    static func methodNotAllowed(_ methods: [HTTPRequest.Method]) -> Problem {
        let allowed = methods.map(\.rawValue).joined(separator: ", ")
        var problem = Problem(.methodNotAllowed, "allowed: \(allowed)")
        problem.headers.allow(methods)
        return problem
    }

    static let misdirected = Problem(
        .misdirected,
        "this gateway does not answer under the host name of this request; add the name to `listen.hosts`")

    /// A version that a deployment does not have; `latest` is its latest one, nil if that has no number.
    static func noVersion(_ version: Int, latest: Int?) -> Problem {
        let other = latest.map { "its latest is \($0)" } ?? "its versions have no numbers"
        return Problem(.notFound, "this deployment has no version \(version); \(other)")
    }

    static let noSource = Problem(.notFound, "no source has this name")

    /// A read that cannot be answered, since a list is missing.
    static func noData(_ scope: SourceScope, _ detail: String) -> Problem {
        about(scope, .noData, detail, retryAfter: scope.retryAfterSeconds)
    }

    /// `strict=true`, and a list is missing or not proven, or the scope's notices say what the answer lacks.
    static func incomplete(_ scope: SourceScope) -> Problem {
        let refused = scope.notices.filter(\.isRefusedByStrict)
        guard scope.isComplete, let first = refused.first else {
            return about(
                scope, .incomplete,
                "the answer would be incomplete, and `strict=true` refuses that; see `sources` for what is missing",
                retryAfter: scope.retryAfterSeconds)
        }
        let others = refused.count > 1 ? "; there are \(refused.count) such notices" : ""
        return about(
            scope, .incomplete, first.detail + ", and `strict=true` refuses that" + others,
            retryAfter: scope.retryAfterSeconds)
    }

    /// `strict=true`, and a list is older than the caller demanded.
    static func notFreshEnough(_ scope: SourceScope) -> Problem {
        about(
            scope, .notFreshEnough,
            "a list is older than demanded, and `strict=true` refuses that; see `demand` in `sources` for the reason"
        )
    }

    /// A refresh that is not allowed now.
    static func refreshRefused(
        _ scope: SourceScope, _ limit: UnmetDemand, retryAfter: Duration
    ) -> Problem {
        let seconds = max(1, retryAfter.microseconds.dividedRoundingUp(by: 1_000_000))
        return about(
            scope, limit == .locked ? .conflict : .tooManyRequests, "\(limit.refusal) (`\(limit.rawValue)`)",
            retryAfter: seconds)
    }

    /// A cursor that has ended; `firstPage` is its first page, if that is remembered.
    static func snapshotGone(firstPage: String?) -> Problem {
        var problem = Problem(
            .snapshotGone, "this `page_token` has expired; start again at the first page, see `Link`")
        // A query only, as in the link to a next page.
        let query = firstPage.flatMap { text in text.firstIndex(of: "?").map { String(text[$0...]) } }
        problem.headers.set("Link", "<\(query ?? "?page=1")>; rel=\"first\"")
        return problem
    }

    /// A request for an inference, with the model that it names; nil if it names none, or none that is served.
    static func notAProxy(_ model: ServedModel?, _ scope: SourceScope) -> Problem {
        let list = "`GET /v1/models` lists what can be called now, and where"
        var problem = about(
            scope, .notAProxy,
            "this gateway passes no request on; "
                + (model.map { "\($0.id) answers at \($0.places)" }
                    ?? "the request names no model that is served now; \(list)"))
        problem.model = model
        return problem
    }

    private static func about(
        _ scope: SourceScope, _ kind: Kind, _ detail: String, retryAfter seconds: Int64? = nil
    ) -> Problem {
        var problem = Problem(kind, detail)
        problem.scope = scope
        problem.headers = scope.headers
        problem.headers[.retryAfter] = seconds.map { "\($0)" }
        return problem
    }

    /// The body: `application/problem+json`.
    func json(requestID: String) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            if kind == .notAProxy { writeForOpenAI(to: &json) }
            json.key("type")
            json.string("urn:rollcall:problem:\(kind.rawValue)")
            json.key("title")
            json.string(kind.title)
            json.key("status")
            json.int(status.code)
            json.key("detail")
            json.string(detail)
            json.key("request_id")
            json.string(requestID)
            if !errors.isEmpty || !mistakes.isEmpty {
                json.key("errors")
                json.array { json in
                    for error in errors { error.write(to: &json) }
                    for mistake in mistakes { mistake.write(to: &json) }
                }
            }
            update?.write(to: &json)
            if let model {
                json.key("endpoints")
                json.array { json in for endpoint in model.endpoints.prefix(100) { endpoint.write(to: &json) }
                }
            }
            if let scope {
                json.key("sources")
                scope.writeSources(to: &json)
                json.key("sources_total")
                scope.writeTotals(to: &json)
            }
        }
        return json.bytes
    }

    /// Writes the member in which clients of OpenAI's look for an error.
    private func writeForOpenAI(to json: inout JSONWriter) {
        json.key("error")
        json.object { json in
            json.key("message")
            json.string(detail)
            json.key("type")
            json.string("invalid_request_error")
            json.key("code")
            json.string(kind.rawValue)
            json.key("param")
            json.null()
        }
    }
}

extension Problem.Kind {
    var status: HTTPResponse.Status {
        switch self {
        case .invalidParameter, .invalidBody: .badRequest
        case .unauthenticated: .unauthorized
        case .forbidden, .writesOff: .forbidden
        case .notFound, .notAProxy: .notFound
        case .misdirected: .misdirectedRequest
        case .methodNotAllowed: .methodNotAllowed
        case .tooLarge: .contentTooLarge
        case .requestTimeout: .requestTimeout
        case .noData, .incomplete, .overloaded, .storeUnavailable: .serviceUnavailable
        case .notFreshEnough, .outcomeUnknown: .gatewayTimeout
        case .tooManyRequests: .tooManyRequests
        case .conflict: .conflict
        case .snapshotGone: .gone
        case .unsupportedMediaType: .unsupportedMediaType
        case .keyReused: .unprocessableContent
        case .preconditionFailed: .preconditionFailed
        case .upstreamRefused: .badGateway
        case .internal: .internalServerError
        }
    }

    var title: String {
        switch self {
        case .invalidParameter: "Invalid parameter"
        case .unauthenticated: "Unauthenticated"
        case .forbidden: "Forbidden"
        case .notFound: "Not found"
        case .misdirected: "Misdirected"
        case .methodNotAllowed: "Method not allowed"
        case .tooLarge: "Too large"
        case .noData: "No data"
        case .incomplete: "Incomplete"
        case .notFreshEnough: "Not fresh enough"
        case .requestTimeout: "Request timeout"
        case .tooManyRequests: "Too many requests"
        case .overloaded: "Overloaded"
        case .conflict: "Conflict"
        case .snapshotGone: "Snapshot gone"
        case .notAProxy: "Not a proxy"
        case .invalidBody: "Invalid body"
        case .unsupportedMediaType: "Unsupported media type"
        case .writesOff: "Writes are off"
        case .keyReused: "Idempotency key reused"
        case .preconditionFailed: "Precondition failed"
        case .storeUnavailable: "Store unavailable"
        case .upstreamRefused: "Refused by the platform"
        case .outcomeUnknown: "Outcome unknown"
        case .internal: "Internal error"
        }
    }
}
