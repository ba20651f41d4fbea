import Deployments

/// The step from a row as its platform listed it to the row that is shown: what was looked up, then the fields that
/// follow from others.
///
/// Rows are held and stored as they were listed; only what is encoded is enriched. So a lookup that comes in, or a
/// setting that changes, needs no platform.
package struct RowEnrichment: Sendable {
    private let lookups: LookupTable
    private let derive: @Sendable (inout ModelDeployment) -> Void

    /// Nil where rows are shown as they were listed.
    init?(lookups: LookupTable, derive: @escaping @Sendable (inout ModelDeployment) -> Void) {
        guard !lookups.isEmpty else { return nil }
        self.lookups = lookups
        self.derive = derive
    }

    /// The rows as they are shown, in the same order.
    func shown(_ listed: [ModelDeployment]) -> [ModelDeployment] {
        listed.map { row in
            var row = row
            lookups.fill(&row)
            derive(&row)
            return row
        }
    }
}
