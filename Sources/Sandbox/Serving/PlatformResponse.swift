import HTTPTypes
import Wire

/// A complete response before faults in transit: status, headers, JSON.
///
/// It is thrown to end the handling of a request early.
struct PlatformResponse: Error {
    var status: HTTPResponse.Status
    var headers: HTTPFields = [:]
    var body: [UInt8]
    /// True if it answers a write that was done.
    var isOfDoneWrite = false

    init(_ status: HTTPResponse.Status, body: [UInt8]) {
        self.status = status
        self.body = body
        headers[.contentType] = "application/json"
    }

    init(_ status: HTTPResponse.Status, _ write: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        write(&writer)
        self.init(status, body: writer.bytes)
    }
}

/// The kind of error response that a fault requests from a platform.
enum Refusal: Sendable {
    case unauthorized, throttled
    /// What is requested does not exist.
    case missing
    /// A bill is overdue.
    case overdue
    /// The platform's internal error.
    case broken
    /// An error code under status 200.
    case errorUnder200
}

/// The handler of all requests to one base URL.
protocol RequestHandler: Sendable {
    /// Answers every request, even for unknown paths, and applies the faults that change a list's content.
    func response(to request: PlatformRequest) -> PlatformResponse
}

/// A simulated platform, which also makes the error responses that faults need.
protocol Platform: RequestHandler {
    /// The instant at which its deployments are shown.
    var now: @Sendable () -> Timestamp { get set }

    /// The key of the deployment that a write is about, as ``SandboxFleet/keys(_:)`` has it; nil: none.
    func writtenKey(_ request: PlatformRequest) -> String?

    /// True for a GET of the list of deployments.
    func isDeploymentList(_ request: PlatformRequest) -> Bool

    /// An error response in the platform's own shape; `number` is the request's.
    func refusal(_ refusal: Refusal, number: Int) -> PlatformResponse

    /// A well-formed response whose members have the wrong types.
    func malformed(number: Int) -> PlatformResponse
}
