import Deployments
import Snapshots
import Synchronization

/// A ``Freshness`` that does as a test says, and records its calls.
final class ScriptedFreshness: Freshness {
    enum Call: Sendable, Equatable {
        case read([String], Demand)
        case refresh(String)
    }

    private let record = Mutex<[Call]>([])
    private let onRead: @Sendable ([String], Demand) async -> [String: UnmetDemand]
    private let onRefresh: @Sendable (String) async -> RefreshOutcome?

    init(
        read: @escaping @Sendable ([String], Demand) async -> [String: UnmetDemand] = { _, _ in [:] },
        refresh: @escaping @Sendable (String) async -> RefreshOutcome? = { _ in .done }
    ) {
        onRead = read
        onRefresh = refresh
    }

    var calls: [Call] { record.withLock { $0 } }

    /// Of every read, in order.
    var demands: [Demand] {
        calls.compactMap { if case .read(_, let demand) = $0 { demand } else { nil } }
    }

    func read(_ sources: [String], demand: Demand) async -> [String: UnmetDemand] {
        record.withLock { $0.append(.read(sources, demand)) }
        return await onRead(sources, demand)
    }

    func refresh(_ source: String) async -> RefreshOutcome? {
        record.withLock { $0.append(.refresh(source)) }
        return await onRefresh(source)
    }
}

extension FrontHarness {
    /// A front whose reads leave these demands unmet, and where `then` is published while the caller waits.
    static func reading(
        _ before: Published = examplePublished(), then after: Published? = nil,
        unmet: [String: UnmetDemand] = [:]
    ) -> (FrontHarness, ScriptedFreshness) {
        let live = Latest(before)
        let freshness = ScriptedFreshness(read: { _, _ in
            if let after { live.replace(with: after) }
            return unmet
        })
        return (FrontHarness(published: before, live: live, freshness: freshness), freshness)
    }
}
