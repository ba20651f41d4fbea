import HTTPTypes
import Wire

/// Error bodies as the real service writes them (samples `nemo_error_*.json`).
enum NeMoErrors {
    static func detail(_ status: HTTPResponse.Status, _ text: String) -> PlatformResponse {
        PlatformResponse(status) {
            $0.object {
                $0.key("detail")
                $0.string(text)
            }
        }
    }

    static let notFound = detail(.notFound, "Not Found")
    static let methodNotAllowed = detail(.methodNotAllowed, "Method Not Allowed")
    /// Also the response for a workspace that does not exist: no evidence of a broken server.
    static let listFailed = detail(.internalServerError, "Failed to list deployments")

    /// 422 with one validation error; `input` is the value that was sent.
    static func unprocessable(
        _ type: String, _ location: [String], _ message: String, input: String?
    ) -> PlatformResponse {
        var problems = NeMoProblems()
        problems.add(type, location, message) { $0.stringOrNull(input) }
        return problems.response
    }
}

/// The problems that the service's validation finds in one request.
struct NeMoProblems: Sendable {
    private var problems: [[UInt8]] = []

    var isEmpty: Bool { problems.isEmpty }

    /// Adds one; `input` writes the value that was sent.
    mutating func add(
        _ type: String, _ location: [String], _ message: String, input: (inout JSONWriter) -> Void
    ) {
        var writer = JSONWriter()
        writer.object {
            $0.key("type")
            $0.string(type)
            $0.key("loc")
            $0.array { for part in location { $0.string(part) } }
            $0.key("msg")
            $0.string(message)
            $0.key("input")
            input(&$0)
        }
        problems.append(writer.bytes)
    }

    /// 422 with all of them.
    var response: PlatformResponse {
        PlatformResponse(.unprocessableContent) {
            $0.object {
                $0.key("detail")
                $0.array { for problem in problems { $0.encoded(problem) } }
            }
        }
    }
}

extension Query {
    /// An integer, as the service's validation reads it.
    func integer(_ name: String, default missing: Int) throws(PlatformResponse) -> Int {
        guard let text = self[name] else { return missing }
        guard let number = Int(text) else {
            throw NeMoErrors.unprocessable(
                "int_parsing", ["query", name],
                "Input should be a valid integer, unable to parse string as an integer", input: text)
        }
        return number
    }

    func boolean(_ name: String) throws(PlatformResponse) -> Bool {
        guard let text = self[name] else { return false }
        switch text.lowercased() {
        case "true", "1", "yes", "on", "t", "y": return true
        case "false", "0", "no", "off", "f", "n": return false
        default:
            throw NeMoErrors.unprocessable(
                "bool_parsing", ["query", name],
                "Input should be a valid boolean, unable to interpret input", input: text)
        }
    }
}
