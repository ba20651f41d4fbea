package import Wire

/// The last good lists of one source, which outlives the process, and the requests that were sent for it.
///
/// It is also the refresher's own state of the source: rows as they were fetched, before versions are settled
/// across partitions.
package struct SourceLists: Sendable, Hashable {
    /// The source's ``DeploymentSource/storageKey``.
    package var source: String
    /// The partitions of its list of deployments that have a list, in the order of the source's fetches; empty
    /// before the first list.
    package var partitions: [PartitionState<ModelDeployment>]
    /// The partitions of its list of model providers that have a list; empty if the platform has no providers.
    package var providers: [PartitionState<ModelProvider>]
    /// What was looked up for its rows: the entries of each lookup, as the rows of a partition with its name.
    package var lookups: [PartitionState<LookupEntry>]
    /// The requests of the last 24 hours, the oldest first; no two entries of one minute.
    package var sent: [SentRequests]
    /// The digest of the credentials that the lists were fetched with; nil if it is not known.
    package var credentialDigest: CredentialDigest?

    package init(
        source: String, partitions: [PartitionState<ModelDeployment>],
        providers: [PartitionState<ModelProvider>] = [], lookups: [PartitionState<LookupEntry>] = [],
        sent: [SentRequests] = [],
        credentialDigest: CredentialDigest? = nil
    ) {
        self.credentialDigest = credentialDigest
        self.providers = providers
        self.lookups = lookups
        self.source = source
        self.partitions = partitions
        self.sent = sent
    }
}

/// The number of requests sent for a source within one minute.
package struct SentRequests: Sendable, Hashable {
    /// The beginning of the minute; seconds are 0.
    package var minute: Timestamp
    /// Above 0.
    package var count: Int
    /// The lookups among them.
    package var lookups: Int

    package init(minute: Timestamp, count: Int, lookups: Int = 0) {
        self.minute = minute
        self.count = count
        self.lookups = lookups
    }
}

/// Stores the last good lists, so that a restart serves them at once.
///
/// Any number of tasks may call it; calls for one source take effect one after another. A conformer holds
/// nothing of a row but what ``PartitionState`` holds, and no call blocks the cooperative pool.
package protocol ListStore: Sendable {
    /// Every list that was saved and not removed, in no order.
    ///
    /// Each comes back equal to what was saved; a row that cannot be read back is left out, and its
    /// partition is then not `proven`.
    func load() async throws -> [SourceLists]

    /// Replaces what is stored of this source: all of it or, where it throws, nothing.
    ///
    /// It and the two below throw ``StoreContentLost`` once what was saved before is gone.
    func save(_ list: SourceLists) async throws

    /// Moves lists from the keys of the dictionary to its values, which have no list: all or, where it
    /// throws, none.
    func rename(_ sources: [String: String]) async throws

    /// Removes the lists of all sources but these.
    func removeSources(notIn names: Set<String>) async throws
}

/// An error of a store whose content is gone: every list has to be saved again.
package struct StoreContentLost: Error, Sendable, CustomStringConvertible {
    /// The place and the cause, for operators; holds no row.
    package var message: String

    package init(message: String) { self.message = message }

    package var description: String { message }
}

extension ListStore {
    /// Every list, as ``load()``; one that an earlier release stored under another key becomes its source's
    /// again.
    ///
    /// It is moved in the store too. Where that fails, it is served all the same, and the next save stores
    /// it.
    package func load(for sources: [any DeploymentSource]) async throws -> [SourceLists] {
        let (lists, moved) = try await load().adopted(by: sources)
        if !moved.isEmpty { try? await rename(moved) }
        return lists
    }
}

extension [SourceLists] {
    /// The same lists, in which those under former keys of sources that have no other are these sources';
    /// `moved` has their former keys with the new ones.
    package func adopted(
        by sources: [any DeploymentSource]
    ) -> (lists: [SourceLists], moved: [String: String]) {
        var lists = self
        var moved: [String: String] = [:]
        for source in sources where !lists.contains(where: { $0.source == source.storageKey }) {
            let former = source.formerStorageKeys
            guard let index = lists.firstIndex(where: { former.contains($0.source) }) else { continue }
            moved[lists[index].source] = source.storageKey
            lists[index].source = source.storageKey
        }
        return (lists, moved)
    }
}
