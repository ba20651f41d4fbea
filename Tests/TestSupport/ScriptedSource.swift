package import Deployments
import Synchronization
import Wire

/// A source whose fetches a test scripts: in order, the last one repeatedly.
package final class ScriptedSource: DeploymentSource {
    package let budget: RequestBudget
    package let description: SourceDescription
    package let partitionKeys: [String]?
    package let storageKey: String
    package let formerStorageKeys: Set<String>
    package let formerName: String?
    /// Names that may not be shown any more.
    private let hidden: Set<String>
    package let hasProviders: Bool
    package let lookups: [Lookup]
    private let answerLookups: @Sendable ([LookupKey]) async -> LookupFetch
    /// The way in which it is requested: another string is another connection.
    private let connection: String
    private let script: Mutex<(fetches: [SourceFetch], count: Int)>
    /// The digest of its credentials; nil if it has none.
    private let digest: Mutex<String?>

    package init(
        _ description: SourceDescription, partitionKeys: [String]? = nil,
        budget: RequestBudget = RequestBudget(), storageKey: String? = nil,
        formerStorageKeys: Set<String> = [], formerName: String? = nil,
        hidden: Set<String> = [], connection: String = "", digest: String? = nil,
        hasProviders: Bool = false, lookups: [Lookup] = [],
        answerLookups: @escaping @Sendable ([LookupKey]) async -> LookupFetch = { _ in LookupFetch() },
        fetches: [SourceFetch]
    ) {
        self.digest = Mutex(digest)
        self.storageKey = storageKey ?? description.name
        self.formerStorageKeys = formerStorageKeys
        self.formerName = formerName
        self.hidden = hidden
        self.hasProviders = hasProviders
        self.lookups = lookups
        self.answerLookups = answerLookups
        self.connection = connection
        self.description = description
        self.budget = budget
        self.partitionKeys = partitionKeys
        script = Mutex((fetches, 0))
    }

    /// The number of fetches so far.
    package var fetchCount: Int { script.withLock { $0.count } }

    /// Replaces the fetches that follow.
    package func answer(_ fetches: [SourceFetch]) { script.withLock { $0.fetches = fetches } }

    /// Replaces the credentials by those of another digest.
    package func rotate(to digest: String) { self.digest.withLock { $0 = digest } }

    package var canRotate: Bool { digest.withLock { $0 != nil } }

    package func credentialDigest(keyedBy key: CredentialDigest.Key) -> CredentialDigest? {
        digest.withLock { $0 }.map { CredentialDigest(key: key, bytes: Array($0.utf8)) }
    }

    package var exposureFingerprint: Int { hidden.hashValue }

    package func redacted(_ rows: [ModelDeployment]) -> [ModelDeployment]? {
        guard rows.contains(where: { $0.name.map(hidden.contains) ?? false }) else { return nil }
        return rows.map { row in
            var row = row
            if row.name.map(hidden.contains) ?? false { row.name = nil }
            return row
        }
    }

    package var providerPartitionKeys: [String]? { partitionKeys }

    package func redacted(_ rows: [ModelProvider]) -> [ModelProvider]? {
        guard rows.contains(where: { $0.name.map(hidden.contains) ?? false }) else { return nil }
        return rows.map { row in
            var row = row
            if row.name.map(hidden.contains) ?? false { row.name = nil }
            return row
        }
    }

    package func isQueried(like other: any DeploymentSource) -> Bool {
        (other as? ScriptedSource)?.connection == connection
    }

    /// Every lookup in the list of providers tells where they answer.
    package func values(of provider: ModelProvider, for lookup: String) -> ModelDeployment? {
        var row = description.record(uid: provider.uid)
        row.endpoint.baseURL = provider.hostURL
        return row
    }

    package func lookUp(_ keys: [LookupKey]) async -> LookupFetch { await answerLookups(keys) }

    package func fetch() async -> SourceFetch {
        script.withLock { script in
            script.count += 1
            var fetch = script.fetches.count > 1 ? script.fetches.removeFirst() : script.fetches[0]
            let sent = digest.withLock { $0 }
            fetch.credentialDigest = { key in
                sent.map { CredentialDigest(key: key, bytes: Array($0.utf8)) }
            }
            return fetch
        }
    }
}

extension SourceDescription {
    /// A source of a made-up platform.
    package static func example(_ name: String) -> SourceDescription {
        SourceDescription(name: name, platform: "nimbus", adapter: "nimbus")
    }
}

extension SourceFetch {
    /// One partition's proven list, of rows that carry a name and a status.
    package static func listing(
        _ rows: [ModelDeployment], pages: Int = 1, at: Int64 = 0, unidentified: Int = 0
    ) -> SourceFetch {
        SourceFetch(
            partitions: [
                PartitionFetch(
                    partition: "", sentAt: Timestamp(microseconds: at),
                    result: .success(PartitionListing(rows: rows, pages: pages, unidentified: unidentified)))
            ], calls: pages)
    }

    /// The same fetch, with the result of one partition of providers.
    package func with(
        providers: Result<PartitionListing<ModelProvider>, SourceError>, at: Int64 = 0
    ) -> SourceFetch {
        var fetch = self
        fetch.providers = ListFetch(partitions: [
            PartitionFetch(partition: "", sentAt: Timestamp(microseconds: at), result: providers)
        ])
        return fetch
    }

    /// One partition's failure.
    package static func failure(_ error: SourceError, at: Int64 = 0) -> SourceFetch {
        SourceFetch(
            partitions: [
                PartitionFetch(partition: "", sentAt: Timestamp(microseconds: at), result: .failure(error))
            ], calls: 1)
    }
}
