/// Performs HTTP exchanges; adapters receive a transport, and tests replace it.
package protocol HTTPTransport: Sendable {
    /// Sends one request and returns the complete response.
    ///
    /// Any HTTP status is a response, also 401 and 500. A conformer enforces the request's deadline and its
    /// body limit. A redirect that may be followed is in ``UpstreamResponse/redirect``; the caller sends it,
    /// because the caller counts requests.
    ///
    /// - Throws: ``UpstreamError`` if the exchange failed; `CancellationError` if the task was cancelled.
    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse
}

extension HTTPTransport {
    /// Sends one request and, if its response redirects, a second one; never more than two.
    package func sendFollowingRedirect(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        let response = try await send(request)
        guard let next = response.redirect else { return response }
        return try await send(next)
    }
}
