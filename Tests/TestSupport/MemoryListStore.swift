package import Deployments
import Synchronization

/// Stores lists in memory: the plain store with which others are compared.
package final class MemoryListStore: ListStore {
    private let lists = Mutex<[String: SourceLists]>([:])

    package init() {}

    package func load() async throws -> [SourceLists] {
        lists.withLock { Array($0.values) }
    }

    package func save(_ list: SourceLists) async throws {
        lists.withLock { $0[list.source] = list }
    }

    package func rename(_ sources: [String: String]) async throws {
        lists.withLock { lists in
            for (old, new) in sources {
                lists[new] = lists.removeValue(forKey: old)
                lists[new]?.source = new
            }
        }
    }

    package func removeSources(notIn names: Set<String>) async throws {
        lists.withLock { lists in lists = lists.filter { names.contains($0.key) } }
    }
}
