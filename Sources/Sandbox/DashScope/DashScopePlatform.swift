import HTTPTypes
import Wire

/// The living DashScope service: authorization and routes (DIALECTS.md 2).
struct DashScopePlatform: Platform {
    var fleet: RowFleet<DashScopeDeployment>
    var token: String?
    var pageClamp: Int
    var now: @Sendable () -> Timestamp

    static let listPath = ["api", "v1", "deployments"]

    func answer(to call: Call) -> Answer {
        let voice = DashScopeVoice(number: call.number)
        if let token, call.bearer != token { return voice.unauthorized }
        guard call.segments.starts(with: Self.listPath), call.segments.count <= 4 else {
            return voice.error(.notFound, "NotFound", "Path: \(call.path) not found!")
        }
        guard call.method == .get else {
            return voice.error(.methodNotAllowed, "MethodNotAllowed", "Request method is not supported.")
        }
        do throws(Answer) {
            return call.segments.count == 4 ? try one(call, voice) : try list(call, voice)
        } catch {
            return error
        }
    }

    private func list(_ call: Call, _ voice: DashScopeVoice) throws(Answer) -> Answer {
        let records = fleet.sightings(at: now()).filter { record in
            call.query["plan"].map { $0 == record.row.plan.rawValue } ?? true
        }
        return try DashScopePage(call.query, clamp: pageClamp, voice).answer(records, call, voice) {
            $0.encoded
        }
    }

    private func one(_ call: Call, _ voice: DashScopeVoice) throws(Answer) -> Answer {
        let id = call.segments[3]
        guard let record = fleet.sightings(at: now()).first(where: { $0.row.id == id }) else {
            throw voice.error(.notFound, "NotFound", "Model: \(id) not found!")
        }
        return voice.output { record.write(to: &$0) }
    }

    func refusal(_ refusal: Refusal, number: Int) -> Answer {
        let voice = DashScopeVoice(number: number)
        switch refusal {
        case .unauthorized: return voice.unauthorized
        case .overdue:
            return voice.error(.tooManyRequests, "PostpaidBillOverdue", "The postpaid bill is overdue.")
        case .throttled:
            return voice.error(.tooManyRequests, "Throttling", "Requests throttling triggered.")
        case .inDisguise: return voice.error(.ok, "InvalidParameter", "page_size is out of range")
        case .broken:
            return voice.error(
                .internalServerError, "InternalError",
                "An internal error has occured, please try again later or contact service support.")
        }
    }

    func misshapen(number: Int) -> Answer {
        DashScopeVoice(number: number).output {
            $0.object {
                $0.key("page_no")
                $0.string("one")
                $0.key("page_size")
                $0.array { _ in }
                $0.key("total")
                $0.string("many")
                $0.key("deployments")
                $0.string("none")
            }
        }
    }
}

/// The envelopes of one answer, all with the same request id.
struct DashScopeVoice: Sendable {
    /// 1 for the first request of the sandbox.
    var number: Int

    private var requestID: String {
        var chance = Chance(0, .dashscope, row: number, salt: -1)
        return [8, 4, 4, 4, 12].map { chance.text($0, from: .hexadecimal) }.joined(separator: "-")
    }

    private func answer(_ status: HTTPResponse.Status, _ members: (inout JSONWriter) -> Void) -> Answer {
        let id = requestID
        var answer = Answer(status) { writer in
            writer.object {
                $0.key("request_id")
                $0.string(id)
                members(&$0)
            }
        }
        if let name = HTTPField.Name("x-request-id") { answer.headers[name] = id }
        return answer
    }

    func output(_ write: (inout JSONWriter) -> Void) -> Answer {
        answer(.ok) {
            $0.key("output")
            write(&$0)
        }
    }

    func error(_ status: HTTPResponse.Status, _ code: String, _ message: String) -> Answer {
        answer(status) {
            $0.key("code")
            $0.string(code)
            $0.key("message")
            $0.string(message)
        }
    }

    /// The same for no key, a wrong key, and a key of another region.
    var unauthorized: Answer { error(.unauthorized, "InvalidApiKey", "Invalid API-key provided.") }
}

/// One page of the deployment list; the size is clamped and the clamped one echoed (DIALECTS.md 2.1).
struct DashScopePage: Sendable {
    private var number: Int
    private var size: Int

    init(_ query: Query, clamp: Int, _ voice: DashScopeVoice) throws(Answer) {
        number = try Self.integer(query, "page_no", default: 1, voice)
        let asked = try Self.integer(query, "page_size", default: 50, voice)
        guard number >= 1 else { throw voice.error(.ok, "InvalidParameter", "page_no is out of range") }
        // An error with HTTP 200, as the samples have it.
        guard (1...200).contains(asked) else {
            throw voice.error(.ok, "InvalidParameter", "page_size is out of range")
        }
        size = min(asked, max(1, clamp))
    }

    private static func integer(
        _ query: Query, _ name: String, default missing: Int, _ voice: DashScopeVoice
    ) throws(Answer) -> Int {
        guard let text = query[name] else { return missing }
        guard let number = Int(text) else {
            throw voice.error(.badRequest, "InvalidParameter", "\(name) must be a number")
        }
        return number
    }

    /// Past the end: no deployments, the total kept.
    func answer<Record>(
        _ records: [Record], _ call: Call, _ voice: DashScopeVoice, encode: (Record) -> [UInt8]
    ) -> Answer {
        let shown = call.faults[.repeatedPage] != nil ? 1 : number
        var content = RecordPage(records: records.page(shown, of: size).map(encode), total: records.count)
        content.apply(call.faults, number: call.number, keys: DashScopeDeployment.keys)
        return voice.output {
            $0.object {
                for (key, value) in [("page_no", number), ("page_size", size), ("total", content.total)] {
                    $0.key(key)
                    $0.int(value)
                }
                $0.key("deployments")
                $0.array { for record in content.records { $0.encoded(record) } }
            }
        }
    }
}
