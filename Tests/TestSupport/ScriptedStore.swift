package import Deployments
import Synchronization

/// A store in memory that counts its saves, and fails them while a test says so.
package final class ScriptedStore: ListStore {
    private struct State {
        var lists: [String: SourceLists] = [:]
        var attempts = 0
        var failure: (any Error)?
        var nextID = 0
        var watchers: [Int: (count: Int, continuation: CheckedContinuation<Void, Never>)] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package var lists: [String: SourceLists] { state.withLock { $0.lists } }

    /// Every save from now on throws this; nil: they succeed.
    package func fail(with error: (any Error)?) { state.withLock { $0.failure = error } }

    /// Returns once this many saves were attempted, successful or not, or the calling task is cancelled.
    package func saves(atLeast count: Int) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let ready = state.withLock { state in
                    guard state.attempts < count, !Task.isCancelled else { return true }
                    state.watchers[id] = (count, continuation)
                    return false
                }
                if ready { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.watchers.removeValue(forKey: id) }?.continuation.resume()
        }
    }

    package func load() async throws -> [SourceLists] { state.withLock { Array($0.lists.values) } }

    package func save(_ list: SourceLists) async throws {
        let (failure, ready) = state.withLock { state in
            state.attempts += 1
            if state.failure == nil { state.lists[list.source] = list }
            let attempts = state.attempts
            let ready = state.watchers.filter { $0.value.count <= attempts }
            for id in ready.keys { state.watchers[id] = nil }
            return (state.failure, ready.values.map(\.continuation))
        }
        for watcher in ready { watcher.resume() }
        if let failure { throw failure }
    }

    package func rename(_ sources: [String: String]) async throws {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            for (old, new) in sources {
                state.lists[new] = state.lists.removeValue(forKey: old)
                state.lists[new]?.source = new
            }
        }
    }

    package func removeSources(notIn names: Set<String>) async throws {
        state.withLock { state in state.lists = state.lists.filter { names.contains($0.key) } }
    }
}
