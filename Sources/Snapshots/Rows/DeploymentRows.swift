package import Deployments

/// Storage of deployments in snapshots.
///
/// This file is all that the target knows of deployments; another kind of record needs a file like this.
struct DeploymentRows: RowStorage {
    let pieces: [[ModelDeployment]]
}

extension SourceRows {
    /// Finds the latest versions and encodes every row.
    ///
    /// Of rows with the same uid and version the first one stays. `enriching` may change any field of rows but
    /// those of their keys, once the latest versions are known; it is called for parts of the list.
    package convenience init(
        source: SourceDescription, listed: [ModelDeployment],
        enriching enrich: (@Sendable (inout [ModelDeployment]) -> Void)? = nil
    ) {
        self.init(DeploymentRows.self, source: source, listed: listed, enriching: enrich)
    }

    /// The rows of a new list; the old object itself if they are the same, so that nothing is encoded again.
    ///
    /// It runs on all cores, `enriching` too, and makes the indexes that readers of the old rows have used.
    @concurrent
    package static func updating(
        _ old: SourceRows?, source: SourceDescription, listed: [ModelDeployment],
        enriching enrich: (@Sendable (inout [ModelDeployment]) -> Void)? = nil
    ) async -> SourceRows {
        await updating(DeploymentRows.self, old, source: source, listed: listed, enriching: enrich)
    }

    /// The records in the order of their keys; empty if they are of another kind.
    package var deployments: [ModelDeployment] {
        guard let storage = rows.storage as? DeploymentRows else { return [] }
        return rows.indices.map { storage[rows.location(of: $0)] }
    }
}

extension Snapshot {
    /// The record of a row; nil if it is of another kind.
    package func deployment(_ id: RowID) -> ModelDeployment? {
        let rows = lists[Int(id.list)].rows
        return (rows.storage as? DeploymentRows).map { $0[rows.location(of: Int(id.row))] }
    }
}
