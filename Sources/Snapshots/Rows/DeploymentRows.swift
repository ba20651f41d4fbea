package import Deployments

/// Deployments as snapshots hold them.
///
/// All that this target says of a kind of record: another kind has such a file of its own.
struct DeploymentRows: RowStorage {
    let pieces: [[ModelDeployment]]
}

extension SourceRows {
    /// Settles versions and encodes every row; of rows with one uid and version the first stays.
    package convenience init(source: SourceDescription, listed: [ModelDeployment]) {
        self.init(DeploymentRows.self, source: source, listed: listed)
    }

    /// The rows of a new list; the old object itself where they are the same, so that nothing is encoded again.
    ///
    /// Works on every core, and makes the indexes that the old rows' readers have used.
    @concurrent
    package static func updating(
        _ old: SourceRows?, source: SourceDescription, listed: [ModelDeployment]
    ) async -> SourceRows {
        await updating(DeploymentRows.self, old, source: source, listed: listed)
    }

    /// The records in the order of their keys; none where they are of another kind.
    package var deployments: [ModelDeployment] {
        guard let storage = rows.storage as? DeploymentRows else { return [] }
        return rows.indices.map { storage[rows.location(of: $0)] }
    }
}

extension Snapshot {
    /// The record of a row; nil where it is of another kind.
    package func deployment(_ id: RowID) -> ModelDeployment? {
        let rows = lists[Int(id.list)].rows
        return (rows.storage as? DeploymentRows).map { $0[rows.location(of: Int(id.row))] }
    }
}
