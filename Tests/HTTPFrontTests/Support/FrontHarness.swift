import Deployments
import HTTPFront
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Snapshots
import TestSupport
import Testing
import Wire

/// A front over rows and statuses that a test has set; it is requested without a network.
struct FrontHarness: Sendable {
    var published: Published
    /// If it is set, what is published comes from here, and may change while a request waits.
    var live: Latest<Published>?
    var freshness: any Freshness = FixedLists()
    var now = time(1000)
    /// If it is set, the time comes from here, and may move on while a request waits.
    var clock: Latest<Timestamp>?
    var config = FrontConfig(access: AccessPolicy())
    var readiness = Readiness(startedAt: time(1000))
    var storeProblem: StoreProblem?
    var configuration: ConfigurationStatus?
    /// nil: no audit log is kept.
    var audit: (@Sendable () throws(AuditLogError) -> AuditView)?
    /// nil: nothing can be changed.
    var updates: (any DeploymentUpdates)?
    var cursors = CursorStore()
    var streams = ResponseStreams()
    /// nil: nothing is cached from one request to the next.
    var cache: ResponseCache?
    /// The header `Host`; nil: none is sent.
    var host: String? = "localhost"
    var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    struct Reply {
        var status: Int
        var headers: HTTPFields
        var body: String
        /// As they came, compressed if they are.
        var bytes: [UInt8]
        /// The front's own buffers, if the response has a length.
        var buffers: [ByteBuffer] = []

        subscript(name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

        var json: JSONValue? { try? JSONDocument(parsing: Array(body.utf8)).root }

        /// The uids of a list, in order.
        var uids: [String] { json?["data"]?.elements.compactMap { $0["uid"]?.string } ?? [] }
    }

    func get(
        _ target: String, _ headers: [String: String] = [:], method: HTTPRequest.Method = .get,
        body: ByteBuffer? = nil, lines: [HTTPField] = []
    ) async throws -> Reply {
        var state = FrontState(
            published: { [published, live] in live?.value ?? published },
            now: { [now, clock] in clock?.value ?? now },
            readiness: readiness, freshness: freshness, storeProblem: { [storeProblem] in storeProblem },
            cursors: cursors, streams: streams)
        state.updates = updates
        state.audit = audit
        if let configuration { state.configuration = { configuration } }
        if let cache { state.cache = cache }
        let bodies = ObservedBodies()
        let front = HostResponder(
            base: ObservedResponder(
                base: FrontResponder(state: state, config: config, logger: logger), bodies: bodies),
            host: host)
        let fields = HTTPFields(
            headers.compactMap { name, value in
                HTTPField.Name(name).map { HTTPField(name: $0, value: value) }
            } + lines)
        return try await Application(responder: front).test(.router) { client in
            let response = try await client.execute(uri: target, method: method, headers: fields, body: body)
            return Reply(
                status: Int(response.status.code), headers: response.headers,
                body: String(buffer: response.body), bytes: Array(response.body.readableBytesView),
                buffers: bodies.buffers)
        }
    }
}

/// A time in seconds after the epoch.
func time(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }

extension SourceDescription {
    static let research = SourceDescription(
        name: "research", platform: "nimbus", adapter: "nimbus", labels: ["team": "search"])
    static let ali = SourceDescription(name: "ali", platform: "cumulus", adapter: "cumulus", region: "eu")
}

extension SourceStatus {
    /// A source with one partition's proven list, observed at second 990, ten seconds before the harness's now.
    static func listed(_ source: SourceDescription, count: Int, observed: Int64 = 990) -> SourceStatus {
        var status = SourceStatus(source: source, ttl: .seconds(30), freshFor: .seconds(330))
        status.observedAt = time(observed)
        status.count = count
        status.partitions.listed = 1
        status.partitions.proven = 1
        status.lastAttemptAt = time(observed)
        status.nextAttemptAt = time(observed + 30)
        status.nextAttemptReason = "ttl"
        status.finishedAttempts = 1
        return status
    }

    /// A source whose first attempt has not ended.
    static func unlisted(_ source: SourceDescription) -> SourceStatus {
        SourceStatus(source: source, ttl: .seconds(30), freshFor: .seconds(330))
    }

    func failing(_ errorClass: SourceError.Class, _ message: String) -> SourceStatus {
        var status = self
        status.failure = Failure(error: SourceError(errorClass, message), since: time(995))
        status.finishedAttempts += 1
        return status
    }
}

extension ResponseStreams {
    /// With other limits than the standard ones.
    convenience init(_ change: (inout Limits) -> Void) {
        var limits = Limits()
        change(&limits)
        self.init(limits: limits)
    }
}

/// Three deployments of `research` (one of them in two versions) and one of `ali`.
func exampleLists() -> [SourceRows] {
    func record(_ source: SourceDescription, _ key: [String], _ name: String) -> ModelDeployment {
        var record = source.record(uid: ModelDeployment.uid(source: source.name, key: key))
        record.name = name
        return record
    }
    var llama = record(.research, ["ml-prod", "llama"], "Llama 3.1")
    llama.status = .ready
    llama.serving = .full
    llama.createdAt = time(100)
    llama.accelerator.type = "H100-80GB"
    llama.replicas.ready = 2
    var chat = record(.research, ["ml-prod", "chat/x"], "chat, small")
    chat.status = .failed
    chat.createdAt = time(300)
    chat.version = 1
    var chat2 = chat
    chat2.version = 2
    chat2.status = .updating
    var plain = record(.research, ["lab", "plain"], "plain")
    plain.updatedAt = time(950)
    var qwen = record(.ali, ["qwen-1"], "qwen+max")
    qwen.status = .stopped
    qwen.createdAt = time(200)
    return [
        SourceRows(
            source: .research,
            listed: [
                llama.replacing(
                    history: Array(
                        #"[{"at":null,"status":"READY","native_status":"R","message":null}]"#.utf8),
                    native: Array(#"{"replicas":2}"#.utf8)),
                chat, chat2, plain,
            ]),
        SourceRows(source: .ali, listed: [qwen]),
    ]
}

/// Both sources listed and fresh.
func examplePublished(
    research: SourceStatus = .listed(.research, count: 3), ali: SourceStatus = .listed(.ali, count: 1)
) -> Published {
    let lists = exampleLists().filter { list in
        [research, ali].contains { $0.source.name == list.source.name && $0.hasList }
    }
    return Published(
        snapshot: Snapshot(id: "s1", publishedAt: time(991), lists: lists), sources: [research, ali])
}

/// One fresh source with these rows.
func published(_ rows: [ModelDeployment], of source: SourceDescription, id: String = "s1") -> Published {
    let list = SourceRows(source: source, listed: rows)
    return Published(
        snapshot: Snapshot(id: id, publishedAt: time(991), lists: [list]),
        sources: [.listed(source, count: rows.count)])
}

/// A front over ``examplePublished(research:ali:)`` with a change.
func changed(_ change: (inout FrontHarness) -> Void = { _ in }) -> FrontHarness {
    var front = FrontHarness(published: examplePublished())
    change(&front)
    return front
}

/// The example with fewer rows: those of `ali` are gone.
let withoutAli = changed { front in
    front.published.snapshot = Snapshot(id: "s2", publishedAt: time(995), lists: [exampleLists()[0]])
}

/// The example's rows, each time with the sources in another state.
let inOtherStates = [
    changed { $0.now = time(2000) },
    changed { $0.published.sources[0].partitions.total = 2 },
    changed { $0.published.sources[0] = $0.published.sources[0].failing(.timeout, "x") },
    changed { $0.published.sources[0] = $0.published.sources[0].failing(.tls, "x") },
]

/// The `ETag` of a response.
func tag(_ front: FrontHarness, _ target: String = "/v1/deployments") async throws -> String {
    try #require(try await front.get(target)["ETag"])
}

/// The end of every response from ``examplePublished(research:ali:)``: its snapshot and its sources.
let exampleWorth = """
    "snapshot":{"id":"s1","published_at":"1970-01-01T00:16:31.000000Z"},\
    "complete":true,"fresh":true,"oldest_observed_at":"1970-01-01T00:16:30.000000Z",\
    "notices":[],"sources":[{"name":"research","platform":"nimbus","state":"fresh",\
    "observed_at":"1970-01-01T00:16:30.000000Z","count":3,"partitions":{"total":1,"listed":1,"proven":1},\
    "error":null},{"name":"ali","platform":"cumulus","state":"fresh",\
    "observed_at":"1970-01-01T00:16:30.000000Z","count":1,"partitions":{"total":1,"listed":1,"proven":1},\
    "error":null}],"sources_total":{"fresh":2,"stale":0,"loading":0,"failed":0}}
    """

extension FrontHarness.Reply {
    /// `pagination.next_page_token`; nil where it is null.
    var nextPageToken: String? { json?["pagination"]?["next_page_token"]?.string }
}
