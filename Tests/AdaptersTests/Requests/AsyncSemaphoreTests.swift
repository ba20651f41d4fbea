import Adapters
import Testing

/// The gate: so many at once, in the order they came, and no pass is lost.
@Suite(.timeLimit(.minutes(10))) struct AsyncSemaphoreTests {
    /// Something that is closed until it is opened.
    private final class Door: Sendable {
        private let isOpen = Shared(false)

        func open() { isOpen.withLock { $0 = true } }

        func opened() async {
            while !Task.isCancelled, !isOpen.withLock({ $0 }) { await Task.yield() }
        }
    }

    private func hold(_ gate: AsyncSemaphore, until door: Door, inside entered: Door) async throws {
        try await gate.withPermit {
            entered.open()
            await door.opened()
        }
    }

    private func waiters(_ count: Int, at gate: AsyncSemaphore) async {
        while !Task.isCancelled, gate.waiting < count { await Task.yield() }
    }

    @Test func whoComesFirstIsServedFirst() async throws {
        let gate = AsyncSemaphore(width: 1)
        let (door, entered) = (Door(), Door())
        let served = Shared<[Int]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await hold(gate, until: door, inside: entered) }
            await entered.opened()
            for number in 0..<20 {
                group.addTask { try await gate.withPermit { served.withLock { $0.append(number) } } }
                await waiters(number + 1, at: gate)
            }
            door.open()
            try await group.waitForAll()
        }
        #expect(served.withLock { $0 } == Array(0..<20))
    }

    @Test func whoIsCancelledInLineGetsNoPassAndTakesNone() async throws {
        let gate = AsyncSemaphore(width: 1)
        let (door, entered) = (Door(), Door())
        let ran = Shared(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await hold(gate, until: door, inside: entered) }
            await entered.opened()
            let caught = await withTaskGroup(of: Bool.self) { inner in
                inner.addTask {
                    do {
                        try await gate.withPermit { ran.withLock { $0 = true } }
                        return false
                    } catch {
                        return error is CancellationError
                    }
                }
                await waiters(1, at: gate)
                inner.cancelAll()
                return await inner.next() ?? false
            }
            #expect(caught)
            #expect(gate.waiting == 0)
            door.open()
            try await group.waitForAll()
        }
        #expect(!ran.withLock { $0 })
        let passes = try await gate.withPermit { true }
        #expect(passes)
    }

    @Test func whoIsCancelledBeforehandDoesNotRun() async {
        let gate = AsyncSemaphore(width: 1)
        let outcome = await withTaskGroup(of: Bool.self) { group in
            group.cancelAll()
            group.addTask {
                do {
                    try await gate.withPermit {}
                    return true
                } catch {
                    return false
                }
            }
            return await group.next() ?? true
        }
        #expect(!outcome)
    }

    @Test(arguments: [1, 2, 7])
    func noPassIsLostInACrowdThatIsHalfCancelled(_ width: Int) async throws {
        let gate = AsyncSemaphore(width: width)
        let inside = Shared((now: 0, most: 0))
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<300 {
                group.addTask {
                    await withTaskGroup(of: Void.self) { inner in
                        inner.addTask {
                            try? await gate.withPermit {
                                inside.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                                await Task.yield()
                                inside.withLock { $0.now -= 1 }
                            }
                        }
                        for _ in 0..<(number % 5) { await Task.yield() }
                        if number.isMultiple(of: 2) { inner.cancelAll() }
                    }
                }
            }
        }
        #expect(inside.withLock { $0.most } <= width)
        #expect(gate.waiting == 0)
        // All passes are back: as many as the width can be held at once.
        let door = Door()
        try await withThrowingTaskGroup(of: Void.self) { group in
            let held = Shared(0)
            for _ in 0..<width {
                group.addTask {
                    try await gate.withPermit {
                        held.withLock { $0 += 1 }
                        await door.opened()
                    }
                }
            }
            while !Task.isCancelled, held.withLock({ $0 }) < width { await Task.yield() }
            door.open()
            try await group.waitForAll()
        }
    }
}
