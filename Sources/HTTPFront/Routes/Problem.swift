import Deployments
import HTTPTypes
import Snapshots
import Wire

/// An error of a request, as clients see it: RFC 9457, with the types of DESIGN.md §4.
package struct Problem: Error {
    /// The last part of the problem's `type`.
    package enum Kind: String, Sendable, CaseIterable {
        case invalidParameter = "invalid-parameter"
        case unauthenticated
        case forbidden
        case notFound = "not-found"
        case methodNotAllowed = "method-not-allowed"
        /// A request beyond a limit: its target, its headers or its body.
        case tooLarge = "too-large"
        case noData = "no-data"
        case incomplete
        case notFreshEnough = "not-fresh-enough"
        case tooManyRequests = "too-many-requests"
        case snapshotGone = "snapshot-gone"
    }

    package var kind: Kind
    var status: HTTPResponse.Status
    /// Our words only: no credential, nothing of an upstream's text, no query string.
    package var detail: String
    /// What is wrong with each parameter; empty for other problems.
    package var errors: [ParameterError] = []
    var headers = HTTPFields()
    /// The sources that the problem is about.
    var scope: SourceScope?
    /// Whether the connection ends with the answer, since a body that nobody will read follows.
    var endsConnection = false

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

    /// So many mistakes are told one by one.
    private static let errorLimit = 100

    /// Every parameter that is wrong, at once, with its mistakes; each is one of its own unless told otherwise.
    static func invalid(_ errors: [ParameterError], parameters: Int? = nil) -> Problem {
        let parameters = parameters ?? errors.count
        let wrong = parameters == 1 ? "one parameter" : "\(parameters) parameters"
        let mistakes = errors.count == parameters ? "" : ", with \(errors.count) mistakes"
        let shown = errors.count > errorLimit ? " for the first \(errorLimit)" : ""
        var problem = Problem(
            .invalidParameter, "\(wrong) cannot be understood\(mistakes): see `errors`\(shown)")
        problem.errors = Array(errors.prefix(errorLimit))
        return problem
    }

    static let noSource = Problem(.notFound, "no source has this name")

    /// No source that was asked for has a list.
    static func noData(_ scope: SourceScope, _ detail: String) -> Problem {
        about(scope, .noData, detail, retryAfter: scope.retryAfterSeconds)
    }

    /// `strict=true`, and a list is missing or not proven complete.
    static func incomplete(_ scope: SourceScope) -> Problem {
        about(
            scope, .incomplete,
            "with `strict=true` only a complete answer is given: see `sources` for what is missing",
            retryAfter: scope.retryAfterSeconds)
    }

    /// `strict=true`, and a list is older than the caller demanded.
    static func notFreshEnough(_ scope: SourceScope) -> Problem {
        about(
            scope, .notFreshEnough,
            "with `strict=true` no list older than demanded is served: `demand` in `sources` says why")
    }

    /// A refresh that may not be now.
    static func refreshRefused(
        _ scope: SourceScope, _ limit: UnmetDemand, retryAfter: Duration
    ) -> Problem {
        let seconds = max(1, retryAfter.microseconds.dividedRoundingUp(by: 1_000_000))
        return about(
            scope, .tooManyRequests, "\(limit.refusal) (`\(limit.rawValue)`)", retryAfter: seconds)
    }

    /// A cursor that is kept no longer; `firstPage` is a relative reference.
    static func snapshotGone(firstPage: String) -> Problem {
        var problem = Problem(
            .snapshotGone,
            "the list that this `page_token` walks is kept no longer: begin anew at the first page, see `Link`"
        )
        problem.headers.set("Link", "<\(firstPage)>; rel=\"first\"")
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
            if !errors.isEmpty {
                json.key("errors")
                json.array { json in for error in errors { error.write(to: &json) } }
            }
            if let scope {
                json.key("sources")
                scope.writeSources(to: &json)
            }
        }
        return json.bytes
    }
}

extension Problem.Kind {
    var status: HTTPResponse.Status {
        switch self {
        case .invalidParameter: .badRequest
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .tooLarge: .contentTooLarge
        case .noData, .incomplete: .serviceUnavailable
        case .notFreshEnough: .gatewayTimeout
        case .tooManyRequests: .tooManyRequests
        case .snapshotGone: .gone
        }
    }

    var title: String {
        switch self {
        case .invalidParameter: "Invalid parameter"
        case .unauthenticated: "Unauthenticated"
        case .forbidden: "Forbidden"
        case .notFound: "Not found"
        case .methodNotAllowed: "Method not allowed"
        case .tooLarge: "Too large"
        case .noData: "No data"
        case .incomplete: "Incomplete"
        case .notFreshEnough: "Not fresh enough"
        case .tooManyRequests: "Too many requests"
        case .snapshotGone: "Snapshot gone"
        }
    }
}
