import HTTPTypes
import Hummingbird

/// The web pages of other origins that may read answers: CORS, for reading alone
/// (`Sources/HTTPFront/README.md`, Pages of other origins).
///
/// It never allows credentials that a browser adds by itself, so a page has to send an access token of its own.
package struct CrossOriginReading: Sendable {
    private let origins: Set<Origin>

    /// Pages of these origins may read; without any, no header of CORS is ever sent.
    package init(from origins: some Sequence<Origin> = []) { self.origins = Set(origins) }

    private static let exposed = [
        "Age", "Cache-Status", "ETag", "Link", "Retry-After", "Rollcall-Complete", "Rollcall-Fresh",
        "Rollcall-Notices", "Rollcall-Sources", "X-Request-Id",
    ].joined(separator: ", ")

    private static let requested = [
        "Authorization", "Cache-Control", "Idempotency-Key", "If-Match", "If-None-Match", "X-Request-Id",
    ].joined(separator: ", ")

    private var isUsed: Bool { !origins.isEmpty }

    /// The value of `Vary` in every answer: answers depend on `Origin` if any origin may read.
    var vary: String { "Authorization, Cookie, Accept, Accept-Encoding" + (isUsed ? ", Origin" : "") }

    /// The answer to a browser's question whether a page may send a request; nil if the request is none, or if its
    /// origin may not read.
    func preflight(_ request: Request) -> Response? {
        guard request.method == .options, request.headers.contains(.accessControlRequestMethod),
            mayRead(request.headers[.origin])
        else { return nil }
        var response = Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: "GET, HEAD", .accessControlAllowHeaders: Self.requested,
                .accessControlMaxAge: "600", .cacheControl: "no-store",
            ])
        // The initializer sets 0, which a 204 must not have (RFC 9110 §8.6).
        response.headers[.contentLength] = nil
        return response
    }

    /// Adds the headers by which a browser lets the page that sent a request read the answer.
    func add(to headers: inout HTTPFields, for request: Request) {
        if request.method.isSafe { add(to: &headers, forOrigin: request.headers[.origin]) }
    }

    /// The same for a request that can change nothing, by its `Origin` as it was sent.
    func add(to headers: inout HTTPFields, forOrigin sent: String?) {
        guard mayRead(sent) else { return }
        headers[.accessControlAllowOrigin] = sent
        headers[.accessControlExposeHeaders] = Self.exposed
    }

    /// True if pages of this origin may read.
    private func mayRead(_ sent: String?) -> Bool {
        isUsed && sent.flatMap { Origin($0) }.map { origins.contains($0) } == true
    }
}
