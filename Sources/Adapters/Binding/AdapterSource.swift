package import Deployments
import Synchronization
package import Upstream
package import Wire

/// One account of a platform, listed as its manifest says.
package final class AdapterSource: DeploymentSource {
    package let description: SourceDescription
    package let storageKey: String
    package var partitionKeys: [String]? { partitions.map(\.key) }
    package var budget: RequestBudget { binding.budget }
    let manifest: AdapterManifest
    let binding: SourceBinding
    let requests: RequestBuilder
    let answers: ResponseClassifier
    let mapper: RecordMapper
    let zone: Int?
    /// Where there is no record.
    let nothing: JSONDocument
    let partitions: [Partition]
    let transport: any HTTPTransport
    let now: @Sendable () -> Timestamp
    let pacing: RetryPolicy
    let gate: AsyncSemaphore
    /// Which of the request's alternative paths answered last.
    private let remembered = Mutex(0)
    /// Whether no partition was listed last time: the next fetch is a probe, and sends nothing again.
    let lastFetchFailed = Mutex(false)

    /// One combination of the elements of the partitioning inputs.
    struct Partition: Sendable {
        var key: String
        var values: [String: String]
    }

    /// The most partitions that a source may have.
    static let partitionLimit = 1000

    /// Binds a manifest to an account.
    ///
    /// - Throws: ``BindingError`` with everything in the binding that does not fit the manifest.
    package init(
        manifest: AdapterManifest, binding: SourceBinding, transport: any HTTPTransport,
        now: @escaping @Sendable () -> Timestamp, pacing: RetryPolicy = .live
    ) throws(BindingError) {
        let inputs = try manifest.checkedInputs(of: binding)
        guard let nothing = try? JSONDocument(parsing: Array("null".utf8)) else {
            throw BindingError(problems: [
                BindingError.Problem(key: "", message: "there is no memory to read JSON with")
            ])
        }
        self.nothing = nothing
        self.manifest = manifest
        self.binding = binding
        self.transport = transport
        self.now = now
        self.pacing = pacing
        description = binding.description
        storageKey = binding.storageKey(manifest: manifest, inputs: inputs)
        partitions = Self.partitions(of: manifest, inputs: inputs)
        requests = RequestBuilder(manifest: manifest, inputs: inputs, binding: binding)
        answers = ResponseClassifier(
            errors: manifest.errors, auth: manifest.auth, secrets: binding.secrets, now: now)
        mapper = RecordMapper(
            plan: manifest.record, source: binding.description, words: binding.words,
            exposesOwner: binding.exposesOwner)
        zone =
            switch manifest.record.zone {
            case .fixed(let offset): offset
            case .input(let name):
                if case .text(let zone) = inputs[name] { Timestamp.zoneOffset(zone) } else { nil }
            case .refused: nil
            }
        gate = AsyncSemaphore(width: binding.concurrency)
    }

    /// Walks every partition; what goes wrong in one stands in its place and leaves the others alone.
    ///
    /// Where the binding's deadline passes, what was listed by then stays.
    @concurrent
    package func fetch() async -> SourceFetch {
        let run = FetchRun(deadline: binding.fetchDeadline, clock: pacing.clock)
        let secrets: [String: Secret]
        let reading = SecretReading(of: binding.secrets)
        do {
            secrets = try reading.secrets()
        } catch {
            let sentAt = now()
            return SourceFetch(
                partitions: partitions.map {
                    PartitionFetch(partition: $0.key, sentAt: sentAt, result: .failure(error))
                }, calls: 0, credentials: reading.fingerprint)
        }
        let walked = await run.all(partitions) { await self.list($0, secrets: secrets, run: run) }
        var drift = DriftCounter()
        for (_, counted) in walked { drift.add(counted) }
        let listed = walked.contains { if case .success = $0.0.result { true } else { false } }
        lastFetchFailed.withLock { $0 = !listed }
        return SourceFetch(
            partitions: walked.map(\.0), drift: drift.drift.sorted { $0.rows > $1.rows },
            calls: run.calls.count, credentials: reading.fingerprint)
    }

    /// Reads every configured secret anew, so that a rotated file counts from this fetch on.
    func readSecrets() throws(SourceError) -> [String: Secret] {
        try SecretReading(of: binding.secrets).secrets()
    }

    private func list(
        _ partition: Partition, secrets: [String: Secret], run: FetchRun
    ) async -> (PartitionFetch, DriftCounter) {
        let walk = PartitionWalk(source: self, partition: partition, secrets: secrets, run: run)
        let sentAt = now()
        let result: Result<PartitionListing, SourceError>
        do {
            result = .success(try await walk.listing())
        } catch {
            result = .failure(run.sourceError(error))
        }
        return (
            PartitionFetch(partition: partition.key, sentAt: sentAt, result: result), walk.drift
        )
    }

    var path: Int { remembered.withLock { $0 } }

    func remember(path: Int) { remembered.withLock { $0 = path } }

    /// The cross product of the partitioning inputs, in their order; one partition without a name if there is none.
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

/// The key of a partition; each part percent-encoded where there are several, so that no two are the same.
private func key(_ before: String, _ element: String, isOnly: Bool) -> String {
    if isOnly { return element }
    var utf8 = Array(before.utf8)
    if !before.isEmpty { utf8.append(UInt8(ascii: "/")) }
    utf8.appendPercentEncoded(element)
    return String(decoding: utf8, as: UTF8.self)
}
