/// The reason that a source could not be listed, as clients see it ("Upstream error classes" in
/// HTTPFront/README.md).
package struct SourceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One class per decision that a client or the refresher can take.
    package enum Class: String, CaseIterable, Sendable {
        case unreachable
        case timeout
        case tls
        case auth
        case permission
        case notFound = "not_found"
        case rejected
        /// An overdue or unpaid account: waiting does not help.
        case billing
        case rateLimited = "rate_limited"
        case serverError = "server_error"
        /// An answer that is no list, or a page walk that could not be proven complete.
        case badResponse = "bad_response"
        case tooLarge = "too_large"
        /// A mistake in the configuration: a missing secret, an input that does not fit.
        case config
        /// A fault of the gateway; the log has its text.
        case `internal`
    }

    /// The class, by which clients and the refresher decide.
    package var errorClass: Class
    /// The gateway's own text, the HTTP status, and the platform's code where it is harmless; never its text,
    /// a credential or a query string.
    package var message: String
    /// The pause that the platform requested; nil if it requested none.
    package var retryAfter: Duration?
    /// Text only for the operator's log, of an ``Class/internal`` fault; it is not part of ``description``.
    package var logDetail: String?

    package init(_ errorClass: Class, _ message: String, retryAfter: Duration? = nil) {
        self.errorClass = errorClass
        self.message = message
        self.retryAfter = retryAfter
    }

    /// A fault of the gateway, whose text only the log shows.
    package static func `internal`(logDetail: String) -> SourceError {
        var error = SourceError(.internal, "internal error; see the log")
        error.logDetail = logDetail
        return error
    }

    /// The process may open no further file or connection.
    package static let noDescriptors = SourceError.internal(
        logDetail: "no file descriptor is left: raise the limit of open files (`ulimit -n`, LimitNOFILE)")

    package var description: String { "\(errorClass.rawValue): \(message)" }
}
