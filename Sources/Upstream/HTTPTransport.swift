/// Makes one HTTP exchange; what adapters are given, and what tests replace.
package protocol HTTPTransport: Sendable {
    /// Sends one request and gives the whole response.
    ///
    /// Any HTTP status is a response, also 401 and 500. A conformer holds the request's deadline and its body limit.
    /// A redirect that may be followed is told by ``UpstreamResponse/redirect``: whoever counts requests sends it.
    ///
    /// - Throws: ``UpstreamError`` where the exchange failed; `CancellationError` where the task was cancelled.
    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse
}

extension HTTPTransport {
    /// Sends one request and, where its answer redirects, the next one: two at most.
    package func sendFollowingRedirect(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        let response = try await send(request)
        guard let next = response.redirect else { return response }
        return try await send(next)
    }
}
