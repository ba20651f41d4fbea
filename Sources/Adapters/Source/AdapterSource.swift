package import Deployments
import Synchronization
package import Upstream
package import Wire

/// One account of a platform, listed as its manifest says.
package final class AdapterSource: DeploymentSource {
    package let description: SourceDescription
    package let storageKey: String
    package var partitionKeys: [String]? { partitions.map(\.key) }
    package let budget = RequestBudget()
    let manifest: AdapterManifest
    let binding: SourceBinding
    let requests: RequestBuilder
    let answers: AnswerReading
    let mapper: RecordMapper
    let zone: Int?
    /// Where there is no record.
    let nothing: JSONDocument
    let partitions: [Partition]
    private let transport: any HTTPTransport
    private let now: @Sendable () -> Timestamp
    private let gate: RequestGate
    /// Which of the request's alternative paths answered last.
    private let remembered = Mutex(0)

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
        now: @escaping @Sendable () -> Timestamp
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
        description = binding.description
        storageKey = binding.storageKey(manifest: manifest, inputs: inputs)
        partitions = Self.partitions(of: manifest, inputs: inputs)
        requests = RequestBuilder(manifest: manifest, inputs: inputs, binding: binding)
        answers = AnswerReading(
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
        gate = RequestGate(width: binding.concurrency)
    }

    /// Walks every partition; what goes wrong in one stands in its place and leaves the others alone.
    @concurrent
    package func fetch() async -> SourceFetch {
        let calls = CallCounter()
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
        let walked = await withTaskGroup(of: (Int, PartitionFetch, DriftCounter).self) { group in
            for (index, partition) in partitions.enumerated() {
                group.addTask {
                    let (fetch, drift) = await self.list(partition, secrets: secrets, calls: calls)
                    return (index, fetch, drift)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
        }
        var drift = DriftCounter()
        for (_, _, counted) in walked { drift.add(counted) }
        return SourceFetch(
            partitions: walked.map(\.1), drift: drift.drift.sorted { $0.rows > $1.rows }, calls: calls.count,
            credentials: reading.fingerprint)
    }

    /// Reads every configured secret anew, so that a rotated file counts from this fetch on.
    func readSecrets() throws(SourceError) -> [String: Secret] {
        try SecretReading(of: binding.secrets).secrets()
    }

    private func list(
        _ partition: Partition, secrets: [String: Secret], calls: CallCounter
    ) async -> (PartitionFetch, DriftCounter) {
        let walk = PartitionWalk(
            source: self, partition: partition, secrets: secrets, calls: calls)
        let sentAt = now()
        let result: Result<PartitionListing, SourceError>
        do {
            result = .success(try await walk.listing())
        } catch {
            result = .failure(Self.sourceError(error))
        }
        return (
            PartitionFetch(partition: partition.key, sentAt: sentAt, result: result), walk.drift
        )
    }

    /// Sends one request within the source's concurrency.
    func send(_ request: UpstreamRequest, calls: CallCounter) async throws -> UpstreamResponse {
        try await gate.withPass {
            calls.add()
            return try await transport.send(request)
        }
    }

    var path: Int { remembered.withLock { $0 } }

    func remember(path: Int) { remembered.withLock { $0 = path } }

    static func sourceError(_ error: any Error) -> SourceError {
        switch error {
        case let error as SourceError: error
        case let error as UpstreamError: SourceError(error)
        case let error as WalkError: SourceError(.badResponse, "\(error)")
        case is CancellationError: SourceError(.timeout, "the fetch was given up")
        default: SourceError(.badResponse, "the list could not be read")
        }
    }

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

/// Counts the requests of one fetch.
final class CallCounter: Sendable {
    private let calls = Mutex(0)

    var count: Int { calls.withLock { $0 } }

    func add() { calls.withLock { $0 += 1 } }
}
