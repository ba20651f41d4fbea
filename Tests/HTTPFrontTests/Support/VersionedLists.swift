import Deployments
import HTTPFront
import Snapshots

/// A version of a deployment of `research`; its `created_at` is its own, as NeMo states it.
func version(
    _ number: Int?, of name: String, _ status: DeploymentStatus, config: String, created: Int64
) -> ModelDeployment {
    var row = SourceDescription.research.record(
        uid: ModelDeployment.uid(source: "research", key: ["ml-prod", name]))
    row.name = name
    row.workspace = "ml-prod"
    row.version = number
    row.status = status
    row.config = config
    row.configVersion = 1
    (row.createdAt, row.versionCreatedAt) = (time(created), time(created))
    return row
}

/// Seven rows of four deployments: `chat` in the versions 1, 2 and 10, `mail` in 3, `old` in one without a number and
/// in 1, and `qwen` of `ali`, whose platform has no versions.
func versionedLists(
    research: SourceStatus = .listed(.research, count: 3),
    changing change: (inout [ModelDeployment]) -> Void = { _ in }
) -> Published {
    var latest = version(10, of: "chat", .updating, config: "llama-b", created: 300)
    latest.configVersion = 2
    latest.replicas.ready = 4
    var first = version(1, of: "chat", .ready, config: "llama-a", created: 100)
    first.replicas.ready = 2
    var rows = [
        latest,
        first.replacing(
            history: Array(#"[{"at":null,"status":"READY","native_status":"R","message":null}]"#.utf8),
            native: Array(#"{"replicas":2}"#.utf8)),
        version(2, of: "chat", .failed, config: "llama-b", created: 200),
        version(3, of: "mail", .ready, config: "qwen", created: 250),
        version(1, of: "old", .ready, config: "qwen", created: 150),
        version(nil, of: "old", .stopped, config: "qwen", created: 120),
    ]
    change(&rows)
    var qwen = SourceDescription.ali.record(uid: "ali/qwen")
    qwen.name = "qwen"
    qwen.status = .ready
    let lists = [SourceRows(source: .research, listed: rows), SourceRows(source: .ali, listed: [qwen])]
    return Published(
        snapshot: Snapshot(
            id: "s1", publishedAt: time(991), lists: research.hasList ? lists : Array(lists.dropFirst())),
        sources: [research, .listed(.ali, count: 1)])
}
