package import Deployments
package import Snapshots
package import Wire

/// A record of source `a` unless another is given, with the changes of a test.
package func record(
    _ key: String, of source: SourceDescription = .example("a"),
    _ change: (inout ModelDeployment) -> Void = { _ in }
) -> ModelDeployment {
    var record = source.record(uid: ModelDeployment.uid(source: source.name, key: [key]))
    change(&record)
    return record
}

/// The rows of a source, made as for publication.
package func rows(_ records: [ModelDeployment], of source: SourceDescription = .example("a")) -> SourceRows {
    SourceRows(source: source, listed: records)
}

/// A snapshot with the id `s1`, published at the epoch.
package func snapshot(_ lists: [SourceRows]) -> Snapshot {
    Snapshot(id: "s1", publishedAt: time(0), lists: lists)
}

/// A time in seconds after the epoch.
package func time(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }

/// A field of deployments, by its path.
package func field(_ name: String) throws -> Field {
    guard let field = RecordSchema.deployments.named(name) else { throw NoSuchField(name: name) }
    return field
}

/// The error of ``field(_:)`` for an unknown path.
package struct NoSuchField: Error {
    var name: String
}

/// Bytes decoded as UTF-8.
package func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

/// The keys of the rows that a query finds, in their order.
package func found(_ query: Query, in snapshot: Snapshot) -> [String] {
    snapshot.rows(matching: query).page.compactMap { id in
        guard let deployment = snapshot.deployment(id) else { return nil }
        let key = String(deployment.uid.drop { $0 != "/" }.dropFirst())
        return deployment.version.map { "\(key)@\($0)" } ?? key
    }
}
