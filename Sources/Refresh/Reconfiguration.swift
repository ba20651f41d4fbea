package import Deployments

/// The effect of another configuration on the sources, each by its name and in one of the four.
package struct Reconfiguration: Sendable, Equatable {
    /// Nothing of them changed, and they noticed nothing.
    package var kept: [String] = []
    /// Requested, shown or refreshed in another way: they keep their lists, and what is known of their
    /// attempts.
    package var changed: [String] = []
    /// Of a new name, or of another account or adapter file than before: they begin without a list.
    package var begun: [String] = []
    package var removed: [String] = []

    package init() {}
}

extension Refresher {
    /// Swaps the sources for those of another configuration, at once and with one publication; with none
    /// where every source is kept, in its order.
    ///
    /// Everything else that runs goes on: a source of which nothing changes keeps its list, its schedule and
    /// the fetch that is under way. Any other's fetch under way is cancelled and counts for nothing, whoever
    /// waits for it waits no longer, and stored lists that no source has any more are removed. Names are
    /// unique. Not called twice at a time. Encodes the rows of sources whose labels changed.
    package func reconfigure(sources: [(any DeploymentSource, RefreshConfig)]) async -> Reconfiguration {
        await context.publisher.reconfigure(sources, storedBy: context.writer)
    }
}
