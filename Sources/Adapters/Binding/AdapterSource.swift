package import Deployments
import Synchronization
package import Upstream
package import Wire

/// One account of a platform, listed as its adapter file describes.
package final class AdapterSource: DeploymentSource {
    package let description: SourceDescription
    package let storageKey: String
    package let formerStorageKeys: Set<String>
    package var formerName: String? { binding.formerName }
    package let exposureFingerprint: Int
    package let statusWords: [String: [DeploymentStatus]]
    package let toldFields: ToldFields
    package var partitionKeys: [String]? { partitions.map(\.key) }
    package var budget: RequestBudget { binding.budget }
    package var takesUpdates: Bool { binding.takesUpdates }
    let manifest: AdapterManifest
    let binding: SourceBinding
    let requests: RequestBuilder
    let classifier: ResponseClassifier
    let deployments: BoundList<ModelDeployment>
    /// Nil if the platform has no model providers.
    let providers: BoundList<ModelProvider>?
    /// By the names of the lookups.
    let boundLookups: [String: BoundLookup]
    private let derived: DerivedFields
    /// The zone of times that name none; nil: such times are unreadable.
    let zone: LocalZone?
    /// The document `null`, for expressions that are evaluated without a record.
    let nullDocument: JSONDocument
    let partitions: [Partition]
    let transport: any HTTPTransport
    let now: @Sendable () -> Timestamp
    let retryPolicy: RetryPolicy
    let semaphore: AsyncSemaphore
    /// The requests in flight to the source's host, those of other sources included.
    let host: AsyncSemaphore
    /// The memory for answers, of all sources together.
    let answers: AnswerBudget
    private let fetches = Mutex(0)
    /// The mean time of the last lookups; zero before the first.
    let lookupTime = Mutex(Duration.zero)
    /// The bytes that the next answer probably has.
    let answerSize = Mutex(AdapterSource.leastAnswerSize)
    /// The least size that an answer is expected to have.
    static let leastAnswerSize = 256 << 10
    /// Where the platform has moved its addresses to.
    let redirects = Mutex(RedirectMemory())

    /// One combination of the elements of the partitioning inputs.
    struct Partition: Sendable {
        var key: String
        var values: [String: String]
    }

    /// The time that the list of providers has at least: as long as one request may take by default.
    static let leastProvidersTime = Duration.seconds(10)

    /// The largest number of partitions that a source may have.
    static let partitionLimit = 1000

    /// Binds a manifest to an account; `limits` are those that it shares with other sources.
    ///
    /// - Throws: ``BindingError`` with every mistake in the binding.
    package init(
        manifest: AdapterManifest, binding: SourceBinding, transport: any HTTPTransport,
        now: @escaping @Sendable () -> Timestamp, retryPolicy: RetryPolicy = .live,
        limits: SharedLimits = SharedLimits()
    ) throws(BindingError) {
        let inputs = try manifest.checkedInputs(of: binding)
        guard let nullDocument = try? JSONDocument(parsing: Array("null".utf8)) else {
            throw BindingError(problems: [
                BindingError.Problem(key: "", message: "there is not enough memory to read JSON")
            ])
        }
        self.nullDocument = nullDocument
        self.manifest = manifest
        self.binding = binding
        self.transport = transport
        self.now = now
        self.retryPolicy = retryPolicy
        description = binding.description
        storageKey = binding.storageKey(manifest: manifest, inputs: inputs)
        formerStorageKeys = binding.formerStorageKeys(manifest: manifest, inputs: inputs)
        var hasher = Hasher()
        hasher.combine(manifest.fingerprint)
        hasher.combine(binding.exposesOwner)
        exposureFingerprint = hasher.finalize()
        partitions = Self.partitions(of: manifest, inputs: inputs)
        requests = RequestBuilder(manifest: manifest, inputs: inputs, binding: binding)
        classifier = ResponseClassifier(
            errors: manifest.errors, auth: manifest.auth, secrets: binding.secrets, now: now)
        let derived = DerivedFields(of: manifest.record, lookups: manifest.lookups.map(\.lookup))
        self.derived = derived
        deployments = BoundList(manifest.list, of: manifest.record, to: binding) { derived.fill(&$0) }
        providers = manifest.providers.map { BoundList($0.list, of: $0.record, to: binding) { _ in } }
        let bound = manifest.lookups.map { ($0.lookup.name, BoundLookup($0, to: binding)) }
        boundLookups = Dictionary(bound) { first, _ in first }
        statusWords = deployments.mapper.statusWords
        var told = deployments.exposure.toldFields
        told.addLookups(manifest.lookups.map(\.lookup))
        toldFields = told
        zone =
            switch manifest.record.zone {
            case .fixed(let zone): zone
            case .input(let name):
                if case .text(let zone) = inputs[name] { LocalZone(zone) } else { nil }
            case .refused: nil
            }
        semaphore = AsyncSemaphore(width: binding.concurrency)
        host = limits.semaphore(for: binding.baseURL, width: binding.concurrency)
        answers = limits.answers
    }

    /// Lists every partition; a failure of one is its result, and does not affect the others.
    ///
    /// Deployments come first: what the budget or the deadline then leaves is for the providers, see
    /// ``FetchRun/following(least:clock:)``. At the binding's deadline, partitions that are not finished fail; the
    /// others keep their results.
    @concurrent
    package func fetch() async -> SourceFetch {
        fetches.withLock { $0 += 1 }
        defer { fetches.withLock { $0 -= 1 } }
        return await fetch(listsDeployments: true)
    }

    /// True while a list is fetched.
    var isFetching: Bool { fetches.withLock { $0 > 0 } }

    /// Lists every partition as ``fetch()`` does, or the providers alone.
    func fetch(listsDeployments: Bool) async -> SourceFetch {
        let run = FetchRun(deadline: binding.fetchDeadline, clock: retryPolicy.clock)
        let secrets: [String: Secret]
        let reading = SecretReading(of: binding.secrets)
        do {
            secrets = try reading.secrets()
        } catch {
            var fetch = SourceFetch(
                partitions: refused(error).partitions, providers: providers.map { _ in refused(error) },
                calls: 0, credentials: reading.fingerprint)
            if !listsDeployments { fetch.partitions = [] }
            return fetch
        }
        var fetch = SourceFetch(
            partitions: [], calls: 0, credentials: reading.fingerprint,
            credentialDigest: { [keepsAccount = manifest.keepsAccount] key in
                keepsAccount ? nil : reading.digest(keyedBy: key)
            })
        if listsDeployments {
            fetch.deployments = await list(deployments, secrets: secrets, run: run)
        }
        if let providers {
            let rest = run.following(least: Self.leastProvidersTime, clock: retryPolicy.clock)
            fetch.providers = await list(providers, secrets: secrets, run: rest)
        }
        fetch.calls = run.calls.count
        return fetch
    }

    /// The failure of every partition, for which nothing was requested.
    private func refused<Row>(_ error: SourceError) -> ListFetch<Row> {
        let sentAt = now()
        return ListFetch(
            partitions: partitions.map {
                PartitionFetch(partition: $0.key, sentAt: sentAt, result: .failure(error))
            })
    }

    private func list<Row>(
        _ list: BoundList<Row>, secrets: [String: Secret], run: FetchRun
    ) async -> ListFetch<Row> {
        var walked = await run.all(partitions) { await self.walk($0, of: list, secrets: secrets, run: run) }
        var drift = DriftCounter()
        doubtSharedIdentities(of: &walked, of: list, &drift)
        for (_, counted) in walked { drift.add(counted) }
        let fetch = ListFetch(
            partitions: walked.map(\.0), drift: drift.drift.sorted { $0.rows > $1.rows })
        list.note(fetch)
        return fetch
    }

    /// Reads every configured secret again, so that a rotated file takes effect with this fetch.
    func readSecrets() throws(SourceError) -> [String: Secret] {
        try SecretReading(of: binding.secrets).secrets()
    }

    private func walk<Row>(
        _ partition: Partition, of list: BoundList<Row>, secrets: [String: Secret], run: FetchRun
    ) async -> (PartitionFetch<Row>, DriftCounter) {
        let walk = PartitionWalk(of: list, source: self, partition: partition, secrets: secrets, run: run)
        let beganAt = now()
        let result: Result<PartitionListing<Row>, SourceError>
        do {
            result = .success(try await walk.listing())
        } catch {
            result = .failure(run.sourceError(error))
        }
        return (
            PartitionFetch(
                partition: partition.key, sentAt: walk.firstSentAt ?? beganAt, answeredAt: now(),
                upstreamAge: walk.upstreamAge, result: result),
            walk.drift
        )
    }

    /// Marks the lists of partitions that list different records under one identity: only one of them can be
    /// served.
    private func doubtSharedIdentities<Row>(
        of walked: inout [(PartitionFetch<Row>, DriftCounter)], of list: BoundList<Row>,
        _ drift: inout DriftCounter
    ) {
        // An identity that names every partition cannot be shared.
        let named = Set(list.record.key.flatMap(\.variables))
        guard walked.count > 1, !manifest.partitions.allSatisfy({ named.contains("partition.\($0.name)") })
        else { return }
        var seen: [VersionKey: (partition: Int, row: Int)] = [:]
        let lists = walked.map { (try? $0.0.result.get().rows) ?? [] }
        var doubtful: Set<Int> = []
        for (partition, rows) in lists.enumerated() {
            for (index, row) in rows.enumerated() {
                guard let first = seen[VersionKey(row)] else {
                    seen[VersionKey(row)] = (partition, index)
                    continue
                }
                guard lists[first.partition][first.row] != row else { continue }
                drift.count("uid", "the same identity in two partitions")
                doubtful.formUnion([first.partition, partition])
            }
        }
        for partition in doubtful {
            guard case .success(var listing) = walked[partition].0.result else { continue }
            listing.doubt = listing.doubt ?? "another partition lists other records under the same identity"
            walked[partition].0.result = .success(listing)
        }
    }

    package func derive(_ row: inout ModelDeployment) { derived.fill(&row) }

    package func redacted(_ rows: [ModelDeployment]) -> [ModelDeployment]? {
        deployments.exposure.redacted(rows)
    }

    package var providerStatusWords: [String: [DeploymentStatus]] { providers?.mapper.statusWords ?? [:] }

    package var hasProviders: Bool { providers != nil }

    package var providerPartitionKeys: [String]? { partitionKeys }

    package func redacted(_ rows: [ModelProvider]) -> [ModelProvider]? { providers?.exposure.redacted(rows) }

    /// The cross product of the partitioning inputs, in their order; one partition with an empty key if there
    /// are none.
    private static func partitions(
        of manifest: AdapterManifest, inputs: [String: InputValue]
    ) -> [Partition] {
        var partitions = [Partition(key: "", values: [:])]
        for axis in manifest.partitions {
            guard case .list(let elements) = inputs[axis.input] else { continue }
            partitions = partitions.flatMap { partition in
                elements.map { element in
                    Partition(
                        key: key(partition.key, element, isOnly: manifest.partitions.count == 1),
                        values: partition.values.merging([axis.name: element]) { $1 })
                }
            }
        }
        return partitions
    }
}

/// The key of a partition; with several inputs each part is percent-encoded, so that no two keys are the
/// same.
private func key(_ before: String, _ element: String, isOnly: Bool) -> String {
    if isOnly { return element }
    var utf8 = Array(before.utf8)
    if !before.isEmpty { utf8.append(UInt8(ascii: "/")) }
    utf8.appendPercentEncoded(element)
    return String(decoding: utf8, as: UTF8.self)
}
