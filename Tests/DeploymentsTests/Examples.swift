import Deployments
import TestSupport
import Wire

/// A record of source `a`, changed as a test wants it.
func record(
    _ key: String, of source: SourceDescription = .example("a"),
    _ change: (inout ModelDeployment) -> Void = { _ in }
) -> ModelDeployment {
    var record = source.record(uid: ModelDeployment.uid(source: source.name, key: [key]))
    change(&record)
    return record
}

func rows(_ records: [ModelDeployment], of source: SourceDescription = .example("a")) -> SourceRows {
    SourceRows(source: source, listed: records.map { ListedDeployment($0) })
}

func snapshot(_ lists: [SourceRows]) -> Snapshot {
    Snapshot(id: "s1", publishedAt: time(0), lists: lists)
}

/// So many seconds after the epoch.
func time(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }

func field(_ name: String) throws -> DeploymentField {
    guard let field = DeploymentField.named(name) else { throw NoSuchField(name: name) }
    return field
}

struct NoSuchField: Error {
    var name: String
}

func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

/// The keys of the rows that a query finds, in their order.
func found(_ query: Query, in snapshot: Snapshot) -> [String] {
    snapshot.rows(matching: query).page.map { id in
        let deployment = snapshot.deployment(id)
        let key = String(deployment.uid.drop { $0 != "/" }.dropFirst())
        return deployment.version.map { "\(key)@\($0)" } ?? key
    }
}
