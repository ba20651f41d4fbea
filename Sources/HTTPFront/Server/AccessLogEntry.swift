import HTTPTypes
import Hummingbird
import Logging

/// One request in the access log: of the client's text it has only the method and a validated id.
struct AccessLogEntry {
    /// The route; nil for a path that names none.
    var route: Route?
    /// The name of the access token, never its secret; nil if none was needed or none was accepted.
    var tokenName: String?

    /// Logs one line at level debug.
    func log(_ request: Request, _ response: Response, requestID: String, to logger: Logger) {
        logger.debug(
            "request",
            metadata: [
                "request_id": "\(requestID)", "method": "\(request.method.rawValue)",
                "route": "\(route?.name ?? "none")", "token": "\(tokenName ?? "none")",
                "status": "\(response.status.code)",
                "bytes": "\(response.headers[.contentLength] ?? (response.isStreamed ? "streamed" : "0"))",
            ])
    }
}
