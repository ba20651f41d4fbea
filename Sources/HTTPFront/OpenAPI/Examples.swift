import Deployments
import Snapshots
import Wire

/// Examples for the description of the API.
///
/// Most of them are written by the code that writes the answers, so they stay up to date.
enum Examples {
    private static let then = Timestamp(microseconds: 1_767_225_600_000_000)
    private static let source = SourceDescription(
        name: "research", platform: "nimbus", adapter: "nimbus", labels: ["team": "search"])

    private static let deployment: ModelDeployment = {
        var record = source.record(uid: "research/ml-prod/chat-llama70b")
        record.name = "chat-llama70b"
        record.workspace = "ml-prod"
        record.model = "meta/llama-3.1-70b"
        record.status = .ready
        record.serving = .full
        record.nativeStatus = "READY"
        record.statusSince = then
        record.createdAt = then
        record.updatedAt = then
        record.version = 2
        record.replicas.ready = 2
        record.replicas.desired = 2
        record.endpoint.baseURL = "https://research.example.com/v1"
        record.endpoint.model = "meta/llama-3.1-70b"
        record.endpoint.protocol = "openai"
        record.endpoint.auth = "bearer"
        return record
    }()

    private static let provider: ModelProvider = {
        var record = ModelProvider(uid: "research/ml-prod/chat-llama70b", of: SharedSource(source))
        record.name = "chat-llama70b"
        record.workspace = "ml-prod"
        record.hostURL = "https://research.example.com/v1"
        record.status = .ready
        record.serving = .full
        record.nativeStatus = "READY"
        record.servedModels = ["meta/llama-3.1-70b"]
        record.deployment = "research/ml-prod/chat-llama70b"
        record.createdAt = then
        record.updatedAt = then
        return record
    }()

    private static let attempt: AuditRecord = {
        var record = AuditRecord(
            id: auditID, at: then, actor: AuditRecord.Actor(token: "ci", address: "192.0.2.7"),
            action: .update,
            deployment: deployment.uid, origin: deployment.origin, outcome: .refused,
            requestID: "5f0c8a2be1d34796")
        record.problem = UpdateProblem(
            .upstreamRefused, "the platform refused the update: 400",
            mistakes: [UpdateMistake("config_version", "was refused by the platform")], errorClass: .rejected)
        record.idempotencyKey = "8e03978e-40d5-43dd-bc93-6894a57f9324"
        return record
    }()

    /// One record, complete.
    static func record(of kind: RecordKind) -> JSONTree { JSONTree(parsing: json(of: kind)) }

    private static func json(of kind: RecordKind) -> [UInt8] {
        var json = JSONWriter()
        switch kind {
        case .deployments: DeploymentForm.complete.write(deployment, to: &json)
        case .providers: ModelProvider.forms.complete.write(provider, to: &json)
        case .audit: AuditRecord.forms.complete.write(attempt, to: &json)
        }
        return json.bytes
    }

    /// One record as a list's first page.
    static func list(of kind: RecordKind) -> JSONTree {
        JSONTree.object([
            ("data", [record(of: kind)]),
            (
                "pagination",
                [
                    "page": 1, "page_size": 100, "current_page_size": 1, "total_pages": 1, "total_results": 1,
                    "total_is": "exact", "next_page_token": .null,
                ]
            ), ("snapshot", ["id": "1a2b3c", "published_at": .text(then.description)]),
        ]).adding(scopeMembers(of: kind))
    }

    /// The same as lines: a CSV of some fields, and NDJSON of the complete record.
    static func lines(of kind: RecordKind) -> [ResponseFormat: JSONTree] {
        let lines =
            switch kind {
            case .deployments: csv(deployment, ["uid", "status", "replicas.ready"])
            case .providers: csv(provider, ["uid", "status", "host_url"])
            case .audit: csv(attempt, ["id", "uid", "outcome"])
            }
        return [.csv: .text(lines), .ndjson: .text(json(of: kind) + [UInt8(ascii: "\n")])]
    }

    private static func csv<Row: Record>(_ record: Row, _ paths: [String]) -> [UInt8] {
        let columns = RecordColumns<Row>(paths: paths, labels: [])
        var csv = CSVWriter()
        columns.writeHeader(to: &csv)
        columns.write(record, to: &csv)
        return csv.bytes
    }

    static func one(of kind: RecordKind) -> JSONTree {
        JSONTree.object([
            ("data", record(of: kind)),
            ("snapshot", ["id": "1a2b3c", "published_at": .text(then.description)]),
        ])
        .adding(scopeMembers(of: kind, withOldest: false))
    }

    static var sources: JSONTree { ["data": [source(listed), source(unlisted)]] }

    static var oneSource: JSONTree { ["data": source(listed)] }

    private static func source(_ status: SourceStatus) -> JSONTree {
        let reached = SourceScope([status], now: then)
        var json = JSONWriter()
        let fields = [
            SourceField(name: "model", origin: .list, rows: status.count, nullRows: 0),
            SourceField(name: "engine", origin: .never, rows: 0, nullRows: status.count),
        ]
        var lookup = LookupCount("config")
        lookup[.ok] = status.count
        var version = UpdateMember(field: "config_version", kind: .integer)
        version.least = 1
        let writes = UpdateSchema(members: [UpdateMember(field: "config", kind: .text), version])
        let facts = RowFacts(fields: fields, lookups: status.count > 0 ? [lookup] : [], writes: writes)
        for source in reached.sources { reached.write(source, facts, to: &json) }
        return JSONTree(parsing: json.bytes)
    }

    static var summary: JSONTree {
        let sums: JSONTree = ["replicas.ready": ["sum": 2, "rows": 1, "null_rows": 0]]
        return JSONTree.object([
            ("data", [["platform": "nimbus", "status": "READY", "count": 1, "sums": sums]]),
            ("total", ["count": 1, "sums": sums]), ("total_is", "exact"),
            ("snapshot", ["id": "1a2b3c", "published_at": .text(then.description)]),
        ]).adding(scopeMembers())
    }

    private static let served = ServedModel.of(deployment, observedAt: then)

    static var models: JSONTree {
        let covered: JSONTree = [
            "total_is": "exact", "snapshot": ["id": "1a2b3c", "published_at": .text(then.description)],
        ]
        var json = JSONWriter()
        served.write(to: &json)
        return [
            "object": "list", "data": [JSONTree(parsing: json.bytes)],
            "rollcall": covered.adding(scopeMembers()),
        ]
    }

    static var model: JSONTree {
        var json = JSONWriter()
        served.write(to: &json)
        return JSONTree(parsing: json.bytes)
    }

    private static func scopeMembers(of kind: RecordKind = .deployments, withOldest: Bool = true) -> JSONTree
    {
        var scope = SourceScope(kind.isOfSources ? [listed] : [], now: then)
        scope.isOwn = !kind.isOfSources
        var json = JSONWriter()
        json.object { scope.writeMembers(withOldest: withOldest, to: &$0) }
        return JSONTree(parsing: json.bytes)
    }

    /// Examples of problems of every kind, each with a unique name.
    static let problems: [(kind: Problem.Kind, name: String, body: JSONTree)] = Problem.Kind.allCases.flatMap
    { kind in
        problems(of: kind).map { name, problem in
            (kind, name, JSONTree(parsing: problem.json(requestID: "5f0c8a2be1d34796")))
        }
    }

    private static func problems(of kind: Problem.Kind) -> [(String, Problem)] {
        let lacking = SourceScope([unlisted], now: then)
        switch kind {
        case .invalidParameter:
            let term = ParameterError(
                parameter: "status", value: "REDY", "must be \(DeploymentStatus.kind.expected)",
                didYouMean: "READY")
            let condition = ParameterError(
                parameter: "filter", pointer: "/name/$lik", value: "llama",
                FilterName.mistake(in: ["name", "$lik"], of: .deployments).detail,
                didYouMean: "$like")
            return [("unknown-term", .invalid([term])), ("unknown-operator", .invalid([condition]))]
        case .unauthenticated:
            return [
                (
                    kind.rawValue,
                    .unauthenticated("no access token; send `Authorization: Bearer TOKEN`", sent: false)
                )
            ]
        case .forbidden:
            return [
                (
                    kind.rawValue,
                    Problem(
                        kind,
                        "this access token lacks the right `read`; add it to the token's `may`")
                )
            ]
        case .notFound: return [(kind.rawValue, Problem(kind, "no deployment has this uid"))]
        case .misdirected: return [(kind.rawValue, .misdirected)]
        case .methodNotAllowed: return [(kind.rawValue, Problem(kind, "allowed: GET, HEAD"))]
        case .tooLarge: return [(kind.rawValue, Problem(kind, "the URL is longer than 16384 bytes"))]
        case .noData:
            return [
                (
                    kind.rawValue,
                    .noData(lacking, "no source that matches this query has a list yet; see `sources`")
                )
            ]
        case .incomplete: return [(kind.rawValue, .incomplete(lacking))]
        case .notFreshEnough:
            return [
                (
                    kind.rawValue,
                    .notFreshEnough(SourceScope([listed], now: then, unmet: ["research": .timeout]))
                )
            ]
        case .requestTimeout: return [(kind.rawValue, .requestTimeout)]
        case .overloaded: return [(kind.rawValue, .overloaded)]
        case .tooManyRequests:
            let reached = SourceScope([listed], now: then, unmet: ["research": .minInterval])
            return [(kind.rawValue, .refreshRefused(reached, .minInterval, retryAfter: .seconds(2)))]
        case .conflict:
            let reached = SourceScope([listed], now: then, unmet: ["research": .locked])
            return [(kind.rawValue, .refreshRefused(reached, .locked, retryAfter: .seconds(1)))]
        case .notAProxy: return [(kind.rawValue, .notAProxy(served, SourceScope([listed], now: then)))]
        case .snapshotGone:
            return [(kind.rawValue, .snapshotGone(firstPage: "/v1/deployments?status=READY"))]
        case .invalidBody:
            let mistake = UpdateMistake(
                "config_versio", "cannot be changed here", didYouMean: "config_version")
            let refusal = UpdateProblem(.invalidBody, mistake.sentence, mistakes: [mistake])
            return [
                ("no-json", .invalidBody("the body is no JSON: at byte 1 a value is expected")),
                ("wrong-member", Problem(refusal, audit: nil, lacking)),
            ]
        case .unsupportedMediaType, .writesOff, .keyReused, .preconditionFailed, .storeUnavailable,
            .upstreamRefused, .outcomeUnknown, .internal:
            return [(kind.rawValue, Problem(updateProblem(of: kind), audit: auditID, lacking))]
        }
    }

    private static func updateProblem(of kind: Problem.Kind) -> UpdateProblem {
        switch kind {
        case .unsupportedMediaType:
            UpdateProblem(.unsupportedMediaType, "`Content-Type` must be `application/merge-patch+json`")
        case .writesOff: UpdateProblem(.writesOff, "`research` is not configured with `writes: true`")
        case .keyReused: UpdateProblem(.keyReused, "this `Idempotency-Key` was used for another request")
        case .preconditionFailed:
            UpdateProblem(
                .preconditionFailed, "the deployment has changed; its revision is now 9b84943f525502a8",
                revision: "9b84943f525502a8")
        case .storeUnavailable: UpdateProblem(.storeUnavailable, "the attempt cannot be recorded")
        case .upstreamRefused:
            UpdateProblem(
                .upstreamRefused, "the platform refused the update: 400",
                mistakes: [UpdateMistake("config_version", "was refused by the platform")],
                errorClass: .rejected)
        case .outcomeUnknown:
            UpdateProblem(
                .outcomeUnknown, "the update was sent, and no answer came", errorClass: .timeout)
        default: UpdateProblem(.internal, "a fault of the gateway; its log has the details")
        }
    }

    /// The id of an audit record.
    static let auditID = "0198e7c2f6417f0e8a4d6b1c3f5a7e92"

    private static let listed: SourceStatus = {
        var status = unlisted
        status.observedAt = then
        status.count = 1
        status.partitions.listed = 1
        status.partitions.proven = 1
        status.failure = nil
        status.finishedAttempts = 1
        return status
    }()

    private static let unlisted: SourceStatus = {
        var status = SourceStatus(source: source, ttl: .seconds(30), freshFor: .seconds(330))
        status.finishedAttempts = 1
        status.failure = SourceStatus.Failure(
            error: SourceError(.timeout, "no answer within 10 s"), since: then)
        return status
    }()
}

extension DeploymentStatus {
    fileprivate static let kind = Field.Kind.term(allCases.map(\.rawValue))
}

extension JSONTree {
    fileprivate static func text(_ bytes: [UInt8]) -> JSONTree {
        .text(String(decoding: bytes, as: UTF8.self))
    }
}
