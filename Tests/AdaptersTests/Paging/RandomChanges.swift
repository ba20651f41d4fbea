import Synchronization
import TestSupport

/// Changes a list now and then: a record comes, goes, moves, or is replaced by a new one elsewhere.
final class RandomChanges: Sendable {
    private let state: Mutex<(random: SeededGenerator, nextID: Int)>
    private let oneIn: Int

    init(seed: Int, oneIn: Int) {
        state = Mutex((SeededGenerator(seed: UInt64(truncatingIfNeeded: seed)), 1_000_000))
        self.oneIn = oneIn
    }

    func change(_ list: inout [Int]) {
        state.withLock { state in
            guard state.random.once(in: oneIn) else { return }
            let kind = state.random.whole(1...5)
            var moved: Int?
            if kind != 1, !list.isEmpty { moved = list.remove(at: state.random.whole(0...list.count - 1)) }
            if kind == 2 { return }
            if kind != 3 || moved == nil {
                state.nextID += 1
                moved = state.nextID
            }
            list.insert(moved ?? 0, at: state.random.whole(0...list.count))
        }
    }
}
