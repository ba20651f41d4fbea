import Deployments
import Refresh
import TestSupport
import Wire

/// A kind of record under test: the engine of lists is one for all kinds.
enum EngineKind: CaseIterable, Sendable {
    case deployments, providers

    /// A fetch of one partition that lists rows of these names.
    func listing(
        _ names: [String], pages: Int = 1, unidentified: Int = 0, at seconds: Int = 0
    ) -> AnyFetch {
        switch self {
        case .deployments:
            .deployments(
                .listing(names.map { .example($0) }, pages: pages, unidentified: unidentified, at: seconds))
        case .providers:
            .providers(
                .listing(names.map { .example($0) }, pages: pages, unidentified: unidentified, at: seconds))
        }
    }

    /// A fetch of one partition that fails.
    func failure(at seconds: Int = 0) -> AnyFetch {
        switch self {
        case .deployments: .deployments(.failure(at: seconds))
        case .providers: .providers(.failure(at: seconds))
        }
    }
}

extension PartitionFetch {
    fileprivate static func listing(
        _ rows: [Row], pages: Int, unidentified: Int, at seconds: Int
    ) -> PartitionFetch {
        PartitionFetch(
            partition: "p", sentAt: .at(seconds),
            result: .success(PartitionListing(rows: rows, pages: pages, unidentified: unidentified)))
    }

    fileprivate static func failure(at seconds: Int) -> PartitionFetch {
        PartitionFetch(partition: "p", sentAt: .at(seconds), result: .failure(SourceError(.timeout, "late")))
    }
}

/// The result of one partition's fetch, of either kind.
enum AnyFetch: Sendable {
    case deployments(PartitionFetch<ModelDeployment>)
    case providers(PartitionFetch<ModelProvider>)

    /// The same fetch, sent at another time, perhaps answered later or by a cache.
    func sent(at seconds: Int? = nil, answeredAt: Int? = nil, age: Int = 0) -> AnyFetch {
        func changed<Row>(_ fetch: PartitionFetch<Row>) -> PartitionFetch<Row> {
            var fetch = fetch
            fetch.sentAt = seconds.map { .at($0) } ?? fetch.sentAt
            fetch.answeredAt = answeredAt.map { .at($0) } ?? fetch.answeredAt
            fetch.upstreamAge = .seconds(age)
            return fetch
        }
        return switch self {
        case .deployments(let fetch): .deployments(changed(fetch))
        case .providers(let fetch): .providers(changed(fetch))
        }
    }
}

/// The state of one partition, of either kind.
enum AnyState: Equatable, Sendable {
    case deployments(PartitionState<ModelDeployment>)
    case providers(PartitionState<ModelProvider>)

    static func merging(_ fetch: AnyFetch, into previous: AnyState?, maxDrop: MaxDrop? = nil) -> AnyState? {
        switch fetch {
        case .deployments(let fetch):
            var before: PartitionState<ModelDeployment>?
            if case .deployments(let state) = previous { before = state }
            return PartitionState.merging(fetch, into: before, maxDrop: maxDrop).map { .deployments($0) }
        case .providers(let fetch):
            var before: PartitionState<ModelProvider>?
            if case .providers(let state) = previous { before = state }
            return PartitionState.merging(fetch, into: before, maxDrop: maxDrop).map { .providers($0) }
        }
    }

    /// The names of the rows, in no order.
    var names: [String] {
        switch self {
        case .deployments(let state): state.rows.compactMap(\.name)
        case .providers(let state): state.rows.compactMap(\.name)
        }
    }

    var proven: Bool {
        switch self {
        case .deployments(let state): state.proven
        case .providers(let state): state.proven
        }
    }

    var observedAt: Timestamp {
        switch self {
        case .deployments(let state): state.observedAt
        case .providers(let state): state.observedAt
        }
    }

    var missed: [VersionKey: Int] {
        switch self {
        case .deployments(let state): state.missed
        case .providers(let state): state.missed
        }
    }

    /// The same state as an earlier process left it.
    var restored: AnyState {
        switch self {
        case .deployments(var state):
            state.answeredAt = nil
            return .deployments(state)
        case .providers(var state):
            state.answeredAt = nil
            return .providers(state)
        }
    }
}
