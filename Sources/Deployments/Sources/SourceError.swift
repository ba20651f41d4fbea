/// An error that wraps another and adds only its own level; see ``chain(of:)``.
package protocol CausedError: Error {
    var cause: (any Error)? { get }
}

/// Every level of an error, outermost first, for one log line.
package func chain(of error: any Error) -> String {
    var levels = ["\(error)"]
    var current: any Error = error
    while let cause = (current as? any CausedError)?.cause {
        levels.append("\(cause)")
        current = cause
    }
    return levels.joined(separator: ": ")
}

/// Why a source could not be listed, as clients see it (DESIGN.md §4).
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
        /// An overdue or unpaid account: waiting mends nothing.
        case billing
        case rateLimited = "rate_limited"
        case serverError = "server_error"
        /// An answer that is no list, or a walk of pages that could not be proven complete.
        case badResponse = "bad_response"
        case tooLarge = "too_large"
        /// Something on our side: a missing secret, an input that does not fit.
        case config
    }

    package var errorClass: Class
    /// Our words, the HTTP status, and the platform's code where it is harmless; never its text, a
    /// credential or a query string.
    package var message: String
    /// The pause a platform asked for; nil where it asked for none.
    package var retryAfter: Duration?

    package init(_ errorClass: Class, _ message: String, retryAfter: Duration? = nil) {
        self.errorClass = errorClass
        self.message = message
        self.retryAfter = retryAfter
    }

    package var description: String { "\(errorClass.rawValue): \(message)" }
}
