/// Makes one HTTP exchange at a time; adapters are given a transport, and tests replace it.
package protocol HTTPTransport: Sendable {
    /// Sends one request and returns the complete response.
    ///
    /// Any HTTP status is a response, also 401 and 500. A conformer enforces the request's deadline and its
    /// body limit. A redirect that may be followed is in ``UpstreamResponse/redirect``: the caller, who
    /// counts requests, sends it.
    ///
    /// - Throws: ``UpstreamError`` where the exchange failed; `CancellationError` where the task was
    ///   cancelled.
    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse
}

extension HTTPTransport {
    /// Sends one request and, where its response redirects, a second one; never more than two.
    package func sendFollowingRedirect(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        let response = try await send(request)
        guard let next = response.redirect else { return response }
        return try await send(next)
    }
}
