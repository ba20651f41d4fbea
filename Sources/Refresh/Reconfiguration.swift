package import Deployments

/// The effect of a new configuration on the sources; each source's name is in exactly one of the lists, that of
/// a renamed source's predecessor in none.
package struct Reconfiguration: Sendable, Equatable {
    /// Sources of which nothing changed; they continue undisturbed.
    package var unchanged: [String] = []
    /// Sources that are named, requested, shown or refreshed differently; they keep their lists and the state of
    /// their attempts.
    package var changed: [String] = []
    /// Sources with a new name, or with another account or adapter file than before; they begin without a
    /// list.
    package var added: [String] = []
    package var removed: [String] = []

    package init() {}
}

extension Refresher {
    /// Replaces the sources and rules with those of another configuration in one publication; publishes
    /// nothing if every source is kept in its order.
    ///
    /// Everything else continues: a source of which nothing changed, or its windows and rules alone, keeps its
    /// list, its schedule and the fetch in progress. The fetch in progress of any other source is canceled and its
    /// result is discarded; readers that wait for it stop waiting. Stored lists that no longer belong to a
    /// source are removed. Source names must be unique. Must not be called twice at the same time. It encodes
    /// the rows of sources whose labels, rules or other shown facts changed.
    package func reconfigure(
        sources: [(any DeploymentSource, CacheWindows)], rules: [OperatorRule] = []
    ) async -> Reconfiguration {
        await context.publisher.reconfigure(sources, rules: rules, storedBy: context.writer)
    }
}
