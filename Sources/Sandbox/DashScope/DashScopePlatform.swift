import HTTPTypes
import Wire

/// The simulated DashScope service: authorization and routes.
struct DashScopePlatform: Platform {
    var fleet: RowFleet<DashScopeDeployment>
    var token: String?
    var pageClamp: Int
    var now: @Sendable () -> Timestamp

    static let listPath = ["api", "v1", "deployments"]

    func response(to request: PlatformRequest) -> PlatformResponse {
        let envelope = DashScopeEnvelope(number: request.number)
        if let token, request.bearer != token { return envelope.unauthorized }
        let scaled = Self.scaledID(request.segments)
        guard request.segments.starts(with: Self.listPath), request.segments.count <= 4 || scaled != nil
        else {
            return envelope.error(.notFound, "NotFound", "Path: \(request.path) not found!")
        }
        guard request.method == (scaled == nil ? .get : .put) else { return envelope.methodNotAllowed }
        do throws(PlatformResponse) {
            if let scaled { return try scale(scaled, request, envelope) }
            return request.segments.count == 4 ? try one(request, envelope) : try list(request, envelope)
        } catch {
            return error
        }
    }

    private func list(_ request: PlatformRequest, _ envelope: DashScopeEnvelope) throws(PlatformResponse)
        -> PlatformResponse
    {
        let records = fleet.snapshots(at: now()).filter { record in
            request.query["plan"].map { $0 == record.row.plan.rawValue } ?? true
        }
        return try DashScopePage(request.query, clamp: pageClamp, envelope).response(
            records, request, envelope
        ) {
            $0.encoded
        }
    }

    private func one(_ request: PlatformRequest, _ envelope: DashScopeEnvelope) throws(PlatformResponse)
        -> PlatformResponse
    {
        let record = try record(request.segments[3], envelope)
        return envelope.output { record.write(to: &$0) }
    }

    /// A deployment as it is now; a 404 where there is none.
    func record(_ id: String, _ envelope: DashScopeEnvelope) throws(PlatformResponse)
        -> RowSnapshot<DashScopeDeployment>
    {
        guard let record = fleet.snapshots(at: now()).first(where: { $0.row.id == id }) else {
            throw envelope.error(.notFound, "NotFound", "Model: \(id) not found!")
        }
        return record
    }

    /// The id in `…/{deployed_model}/scale`; nil for another path.
    private static func scaledID(_ segments: [String]) -> String? {
        segments.count == 5 && segments.starts(with: listPath) && segments[4] == "scale" ? segments[3] : nil
    }

    func writtenKey(_ request: PlatformRequest) -> String? {
        request.method == .put ? Self.scaledID(request.segments) : nil
    }

    func isDeploymentList(_ request: PlatformRequest) -> Bool {
        request.method == .get && request.segments == Self.listPath
    }

    func refusal(_ refusal: Refusal, number: Int) -> PlatformResponse {
        let envelope = DashScopeEnvelope(number: number)
        switch refusal {
        case .unauthorized: return envelope.unauthorized
        case .missing: return envelope.error(.notFound, "NotFound", "Not found!")
        case .overdue:
            return envelope.error(.tooManyRequests, "PostpaidBillOverdue", "The postpaid bill is overdue.")
        case .throttled:
            return envelope.error(.tooManyRequests, "Throttling", "Requests throttling triggered.")
        case .errorUnder200: return envelope.error(.ok, "InvalidParameter", "page_size is out of range")
        case .broken:
            return envelope.error(
                .internalServerError, "InternalError",
                "An internal error has occured, please try again later or contact service support.")
        }
    }

    func malformed(number: Int) -> PlatformResponse {
        DashScopeEnvelope(number: number).output {
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

/// The envelopes of one request's response or error, all with the same request id.
struct DashScopeEnvelope: Sendable {
    /// 1 for the first request of the sandbox.
    var number: Int

    private var requestID: String {
        var random = SeededRandom(0, .dashscope, row: number, salt: -1)
        return [8, 4, 4, 4, 12].map { random.text($0, from: .hexadecimal) }.joined(separator: "-")
    }

    private func response(_ status: HTTPResponse.Status, _ members: (inout JSONWriter) -> Void)
        -> PlatformResponse
    {
        let id = requestID
        var response = PlatformResponse(status) { writer in
            writer.object {
                $0.key("request_id")
                $0.string(id)
                members(&$0)
            }
        }
        if let name = HTTPField.Name("x-request-id") { response.headers[name] = id }
        return response
    }

    func output(_ write: (inout JSONWriter) -> Void) -> PlatformResponse {
        response(.ok) {
            $0.key("output")
            write(&$0)
        }
    }

    func error(_ status: HTTPResponse.Status, _ code: String, _ message: String) -> PlatformResponse {
        response(status) {
            $0.key("code")
            $0.string(code)
            $0.key("message")
            $0.string(message)
        }
    }

    var methodNotAllowed: PlatformResponse {
        error(.methodNotAllowed, "MethodNotAllowed", "Request method is not supported.")
    }

    /// The one error for a missing key, a wrong key, and a key of another region.
    var unauthorized: PlatformResponse { error(.unauthorized, "InvalidApiKey", "Invalid API-key provided.") }
}

/// One page of the deployment list; its size is clamped, and the response states the clamped size.
struct DashScopePage: Sendable {
    private var number: Int
    private var size: Int

    init(_ query: Query, clamp: Int, _ envelope: DashScopeEnvelope) throws(PlatformResponse) {
        number = try Self.integer(query, "page_no", default: 1, envelope)
        let requested = try Self.integer(query, "page_size", default: 50, envelope)
        guard number >= 1 else { throw envelope.error(.ok, "InvalidParameter", "page_no is out of range") }
        // An error with HTTP 200, as the samples have it.
        guard (1...200).contains(requested) else {
            throw envelope.error(.ok, "InvalidParameter", "page_size is out of range")
        }
        size = min(requested, max(1, clamp))
    }

    private static func integer(
        _ query: Query, _ name: String, default missing: Int, _ envelope: DashScopeEnvelope
    ) throws(PlatformResponse) -> Int {
        guard let text = query[name] else { return missing }
        guard let number = Int(text) else {
            throw envelope.error(.badRequest, "InvalidParameter", "\(name) must be a number")
        }
        return number
    }

    /// The response with one page; past the last page it has no deployments and the same total.
    func response<Record>(
        _ records: [Record], _ request: PlatformRequest, _ envelope: DashScopeEnvelope,
        encode: (Record) -> [UInt8]
    ) -> PlatformResponse {
        let shown = request.faults[.repeatedPage] != nil ? 1 : number
        var content = RecordPage(records: records.page(shown, of: size).map(encode), total: records.count)
        content.apply(request.faults, number: request.number, keys: DashScopeDeployment.keys)
        return envelope.output {
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
