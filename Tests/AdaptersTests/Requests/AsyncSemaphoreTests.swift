import Adapters
import Testing

/// The semaphore admits as many tasks as its width, in order of arrival, and loses no permit.
@Suite(.timeLimit(.minutes(10))) struct AsyncSemaphoreTests {
    /// A latch: tasks wait until it is opened, once for all.
    private final class Latch: Sendable {
        private let isOpen = Shared(false)

        func open() { isOpen.withLock { $0 = true } }

        func opened() async {
            while !Task.isCancelled, !isOpen.withLock({ $0 }) { await Task.yield() }
        }
    }

    private func hold(_ semaphore: AsyncSemaphore, until latch: Latch, inside entered: Latch) async throws {
        try await semaphore.withPermit {
            entered.open()
            await latch.opened()
        }
    }

    @Test func whoComesFirstIsServedFirst() async throws {
        let semaphore = AsyncSemaphore(width: 1)
        let (latch, entered) = (Latch(), Latch())
        let served = Shared<[Int]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await hold(semaphore, until: latch, inside: entered) }
            await entered.opened()
            // An immediate task runs up to its first suspension, so it is in line before the next one begins.
            for number in 0..<20 {
                group.addImmediateTask {
                    try await semaphore.withPermit { served.withLock { $0.append(number) } }
                }
            }
            latch.open()
            try await group.waitForAll()
        }
        #expect(served.withLock { $0 } == Array(0..<20))
    }

    @Test func whoIsCancelledInLineGetsNoPermitAndTakesNone() async throws {
        let semaphore = AsyncSemaphore(width: 1)
        let (latch, entered) = (Latch(), Latch())
        let ran = Shared(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await hold(semaphore, until: latch, inside: entered) }
            await entered.opened()
            let caught = await withTaskGroup(of: Bool.self) { inner in
                inner.addImmediateTask {
                    do {
                        try await semaphore.withPermit { ran.withLock { $0 = true } }
                        return false
                    } catch {
                        return error is CancellationError
                    }
                }
                inner.cancelAll()
                return await inner.next() ?? false
            }
            #expect(caught)
            latch.open()
            try await group.waitForAll()
        }
        #expect(!ran.withLock { $0 })
        let isAdmitted = try await semaphore.withPermit { true }
        #expect(isAdmitted)
    }

    @Test func whoIsCancelledBeforehandDoesNotRun() async {
        let semaphore = AsyncSemaphore(width: 1)
        let outcome = await withTaskGroup(of: Bool.self) { group in
            group.cancelAll()
            group.addTask {
                do {
                    try await semaphore.withPermit {}
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
    func noPermitIsLostInACrowdThatIsHalfCancelled(_ width: Int) async throws {
        let semaphore = AsyncSemaphore(width: width)
        let inside = Shared((now: 0, most: 0))
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<300 {
                group.addTask {
                    await withTaskGroup(of: Void.self) { inner in
                        inner.addTask {
                            try? await semaphore.withPermit {
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
        // All permits are back: as many as the width can be held at once.
        let latch = Latch()
        try await withThrowingTaskGroup(of: Void.self) { group in
            let held = Shared(0)
            for _ in 0..<width {
                group.addTask {
                    try await semaphore.withPermit {
                        held.withLock { $0 += 1 }
                        await latch.opened()
                    }
                }
            }
            while !Task.isCancelled, held.withLock({ $0 }) < width { await Task.yield() }
            latch.open()
            try await group.waitForAll()
        }
    }
}
