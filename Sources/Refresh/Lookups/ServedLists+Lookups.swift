import Deployments
import Wire

/// What is looked up for the rows of a source.
extension ServedLists {
    /// The keys that are to be looked up now; empty while the lists may be of another account.
    func wantedLookups(at now: Timestamp) -> [LookupKey] {
        guard !lookups.isEmpty, !awaitsAccount else { return [] }
        return lookups.wanted(by: deployments.served.lazy.flatMap(\.rows), at: now)
    }

    /// The lists with the outcomes of a round of lookups, their rows encoded again if any changed; nil if the round sent
    /// other credentials than the lists were fetched with.
    @concurrent
    func merging(_ fetch: LookupFetch) async -> ServedLists? {
        if let credentialDigest, let sent = fetch.credentialDigest(credentialDigest.key),
            sent != credentialDigest
        {
            return nil
        }
        var next = self
        next.lookups.take(fetch)
        next.noteLookupDrift()
        next.enrich(by: enrichment.rules)
        await next.encodeDeployments()
        return next
    }
}

extension LookupTable {
    /// Takes the providers that are served; nil where the platform has none.
    mutating func join(
        _ list: ServedList<ModelProvider>?, at now: Timestamp?,
        values: (ModelProvider, _ lookup: String) -> ModelDeployment?
    ) {
        guard let list else { return }
        join(
            list.served.lazy.flatMap(\.rows), isComplete: !list.isUnknown && list.status.isComplete,
            at: now ?? list.status.observedAt ?? .epoch, values: values)
    }
}
