/// Makes one HTTP exchange; what adapters are given, and what tests replace.
package protocol HTTPTransport: Sendable {
    /// Sends one request and gives the whole response.
    ///
    /// Any HTTP status is a response, also 401 and 500. A conformer holds the request's deadline and its body limit.
    ///
    /// - Throws: ``UpstreamError`` where the exchange failed; `CancellationError` where the task was cancelled.
    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse
}
