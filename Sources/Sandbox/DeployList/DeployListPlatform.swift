import HTTPTypes
import Wire

/// The simulated deploy-list service: authorization and routes.
struct DeployListPlatform: Platform {
    var fleet: RowFleet<DeployListDeployment>
    var token: String?
    var paths: DeployListPaths
    var now: @Sendable () -> Timestamp

    func response(to request: PlatformRequest) -> PlatformResponse {
        if let refusal = unauthorized(request) { return refusal }
        guard request.method == .get else { return DeployListErrors.methodNotAllowed }
        let segments = request.segments
        if DeployListErrors.isList(segments, paths) {
            do throws(PlatformResponse) {
                let statuses = try DeployListErrors.statuses(request.query)
                let records = fleet.snapshots(at: now()).filter { statuses?.contains($0.status) ?? true }
                return Self.list(records.map(\.encoded), request)
            } catch {
                return error
            }
        }
        guard segments.count == 2, segments[0] == "deploy", segments[1] != "list" else {
            return DeployListErrors.notFound
        }
        guard let record = fleet.snapshots(at: now()).first(where: { $0.row.id == segments[1] }) else {
            return DeployListErrors.error(.notFound, "Deploy not found")
        }
        return PlatformResponse(.ok) { record.write(to: &$0) }
    }

    /// A missing credential is answered 403, a wrong one 401; the two bodies have different shapes.
    private func unauthorized(_ request: PlatformRequest) -> PlatformResponse? {
        guard let token else { return nil }
        let names = ["xi-api-key", "x-api-key"].compactMap { HTTPField.Name($0) }
        guard let given = request.bearer ?? names.compactMap({ request.headers[$0] }).first else {
            return DeployListErrors.missingCredential
        }
        return given == token ? nil : DeployListErrors.error(.unauthorized, "Not authenticated")
    }

    /// All records as a bare array.
    static func list(_ records: [[UInt8]], _ request: PlatformRequest) -> PlatformResponse {
        var content = RecordPage(records: records, total: records.count)
        content.apply(request.faults, number: request.number, keys: DeployListDeployment.keys)
        let size = content.records.reduce(2) { $0 + $1.count + 1 }
        var writer = JSONWriter(reservingCapacity: size)
        writer.array { for record in content.records { $0.encoded(record) } }
        return PlatformResponse(.ok, body: writer.bytes)
    }

    func writtenKey(_ request: PlatformRequest) -> String? { nil }

    func isDeploymentList(_ request: PlatformRequest) -> Bool {
        request.method == .get && DeployListErrors.isList(request.segments, paths)
    }

    func refusal(_ refusal: Refusal, number: Int) -> PlatformResponse {
        switch refusal {
        case .unauthorized: DeployListErrors.error(.unauthorized, "Not authenticated")
        case .missing: DeployListErrors.notFound
        case .throttled: DeployListErrors.busy
        case .overdue, .broken, .errorUnder200: DeployListErrors.error(.internalServerError, "Internal error")
        }
    }

    func malformed(number: Int) -> PlatformResponse { PlatformResponse(.ok) { $0.string("none") } }
}

/// Error bodies, which have several shapes in this dialect, and checks of a request.
enum DeployListErrors {
    static let statuses: Set = [
        "initializing", "downloading", "deploying", "running", "stopped", "failed", "deleted",
    ]

    static func error(_ status: HTTPResponse.Status, _ text: String) -> PlatformResponse {
        PlatformResponse(status) { $0.member("error") { $0.string(text) } }
    }

    static let notFound = error(.notFound, "Not found")
    static let methodNotAllowed = error(.methodNotAllowed, "Method not allowed")
    static let missingCredential = PlatformResponse(.forbidden) {
        $0.member("detail") { $0.member("error") { $0.string("Not authenticated") } }
    }
    static let busy = PlatformResponse(.tooManyRequests) {
        $0.member("error") { $0.member("message") { $0.string("Model busy, retry later") } }
    }

    /// The statuses of `status=`; nil for all rows, failed and deleted ones too.
    static func statuses(_ query: Query) throws(PlatformResponse) -> [String]? {
        let requested = (query["status"] ?? "").split(separator: ",").map(String.init)
        for status in requested where !statuses.contains(status) {
            throw error(.badRequest, "invalid status: \(status)")
        }
        return requested.isEmpty ? nil : requested
    }

    static func isList(_ segments: [String], _ paths: DeployListPaths) -> Bool {
        switch paths {
        case .slashless: segments == ["deploy", "list"]
        case .slashed: segments == ["deploy", "list", ""]
        case .both: segments == ["deploy", "list"] || segments == ["deploy", "list", ""]
        }
    }
}

extension JSONWriter {
    /// An object with one member.
    fileprivate mutating func member(_ name: String, _ value: (inout JSONWriter) -> Void) {
        object {
            $0.key(name)
            value(&$0)
        }
    }
}
