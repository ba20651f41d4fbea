import HTTPTypes
import Wire

/// The living deploy-list service: authorization and routes (DIALECTS.md 3).
struct DeployListPlatform: Platform {
    var fleet: RowFleet<DeployListDeployment>
    var token: String?
    var paths: DeployListPaths
    var now: @Sendable () -> Timestamp

    func answer(to call: Call) -> Answer {
        if let refusal = unauthorized(call) { return refusal }
        guard call.method == .get else { return DeployListErrors.methodNotAllowed }
        let segments = call.segments
        if DeployListErrors.isList(segments, paths) {
            do throws(Answer) {
                let words = try DeployListErrors.statuses(call.query)
                let records = fleet.sightings(at: now()).filter { words?.contains($0.status) ?? true }
                return Self.list(records.map(\.encoded), call)
            } catch {
                return error
            }
        }
        guard segments.count == 2, segments[0] == "deploy", segments[1] != "list" else {
            return DeployListErrors.notFound
        }
        guard let record = fleet.sightings(at: now()).first(where: { $0.row.id == segments[1] }) else {
            return DeployListErrors.error(.notFound, "Deploy not found")
        }
        return Answer(.ok) { record.write(to: &$0) }
    }

    /// A missing credential is a 403 of another shape than a wrong one's 401 (DIALECTS.md 3.4).
    private func unauthorized(_ call: Call) -> Answer? {
        guard let token else { return nil }
        let names = ["xi-api-key", "x-api-key"].compactMap { HTTPField.Name($0) }
        guard let given = call.bearer ?? names.compactMap({ call.headers[$0] }).first else {
            return DeployListErrors.missingCredential
        }
        return given == token ? nil : DeployListErrors.error(.unauthorized, "Not authenticated")
    }

    /// A bare array of everything there is.
    static func list(_ records: [[UInt8]], _ call: Call) -> Answer {
        var content = RecordPage(records: records, total: records.count)
        content.apply(call.faults, number: call.number, keys: DeployListDeployment.keys)
        let size = content.records.reduce(2) { $0 + $1.count + 1 }
        var writer = JSONWriter(reservingCapacity: size)
        writer.array { for record in content.records { $0.encoded(record) } }
        return Answer(.ok, body: writer.bytes)
    }

    func refusal(_ refusal: Refusal, number: Int) -> Answer {
        switch refusal {
        case .unauthorized: DeployListErrors.error(.unauthorized, "Not authenticated")
        case .throttled: DeployListErrors.busy
        case .overdue, .broken, .inDisguise: DeployListErrors.error(.internalServerError, "Internal error")
        }
    }

    func misshapen(number: Int) -> Answer { Answer(.ok) { $0.string("none") } }
}

/// Error bodies, of which this dialect has several shapes (DIALECTS.md 3.4), and what a request may ask.
enum DeployListErrors {
    static let words: Set = [
        "initializing", "downloading", "deploying", "running", "stopped", "failed", "deleted",
    ]

    static func error(_ status: HTTPResponse.Status, _ text: String) -> Answer {
        Answer(status) { $0.member("error") { $0.string(text) } }
    }

    static let notFound = error(.notFound, "Not found")
    static let methodNotAllowed = error(.methodNotAllowed, "Method not allowed")
    static let missingCredential = Answer(.forbidden) {
        $0.member("detail") { $0.member("error") { $0.string("Not authenticated") } }
    }
    static let busy = Answer(.tooManyRequests) {
        $0.member("error") { $0.member("message") { $0.string("Model busy, retry later") } }
    }

    /// The words of `status=`; nil where all rows are asked for, failed and deleted ones too.
    static func statuses(_ query: Query) throws(Answer) -> [String]? {
        let asked = (query["status"] ?? "").split(separator: ",").map(String.init)
        for word in asked where !words.contains(word) { throw error(.badRequest, "invalid status: \(word)") }
        return asked.isEmpty ? nil : asked
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
