import HTTPTypes
import Wire

/// A whole response before faults in transit: status, headers, JSON.
///
/// It is thrown where a request is refused half-way.
struct Answer: Error {
    var status: HTTPResponse.Status
    var headers: HTTPFields = [:]
    var body: [UInt8]

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

/// A no that faults ask a platform for.
enum Refusal: Sendable {
    case unauthorized, throttled, overdue, broken
    /// An error code under status 200.
    case inDisguise
}

/// What a base URL does with requests.
protocol Answering: Sendable {
    /// Answers everything, unknown paths too; the faults that change a list's content are applied here.
    func answer(to call: Call) -> Answer
}

/// A living platform, which also knows how to say no when a fault asks it to.
protocol Platform: Answering {
    /// Says no in the platform's own shape; `number` is the request's.
    func refusal(_ refusal: Refusal, number: Int) -> Answer

    /// A well-formed answer whose members have the wrong types.
    func misshapen(number: Int) -> Answer
}
