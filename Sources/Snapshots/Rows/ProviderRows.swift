package import Deployments

/// Storage of model providers in snapshots.
struct ProviderRows: RowStorage {
    let pieces: [[ModelProvider]]
}

extension SourceRows {
    /// Encodes every row; of rows with the same uid the first one stays.
    package convenience init(
        source: SourceDescription, listed: [ModelProvider],
        enriching enrich: (@Sendable (inout [ModelProvider]) -> Void)? = nil
    ) {
        self.init(ProviderRows.self, source: source, listed: listed, enriching: enrich)
    }

    /// The rows of a new list; the old object itself if they are the same, so that nothing is encoded again.
    ///
    /// It runs on all cores, and makes the indexes that readers of the old rows have used.
    @concurrent
    package static func updating(
        _ old: SourceRows?, source: SourceDescription, listed: [ModelProvider],
        enriching enrich: (@Sendable (inout [ModelProvider]) -> Void)? = nil
    ) async -> SourceRows {
        await updating(ProviderRows.self, old, source: source, listed: listed, enriching: enrich)
    }

    /// The records in the order of their keys; empty if they are of another kind.
    package var providers: [ModelProvider] {
        guard let storage = rows.storage as? ProviderRows else { return [] }
        return rows.indices.map { storage[rows.location(of: $0)] }
    }
}
