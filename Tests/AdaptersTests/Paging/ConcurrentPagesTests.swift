import Adapters
import Dispatch
import Synchronization
import Testing

/// The number of concurrent page fetches, and the fate of the others when one fails.
@Suite(.timeLimit(.minutes(10))) struct ConcurrentPagesTests {
    private struct PageFailure: Error, Equatable { var page: Int }

    private static func plan(concurrency: Int) -> PagePlan {
        PagePlan(style: .number(first: 1), stop: .total, requestedSize: 10, concurrency: concurrency)
    }

    /// One of seven full pages.
    private static func page(_ position: PagePosition) -> Page<Int> {
        guard case .number(let number) = position else { return Page(ids: []) }
        var page = Page(ids: Array((number - 1) * 10..<number * 10))
        page.total = 70
        return page
    }

    @Test func pagesTwoAndThreeAreBothRequestedBeforeEitherIsAnswered() async throws {
        let meeting = Meeting(of: 2)
        let result = try await walkPages(Self.plan(concurrency: 2)) { position, _ in
            if position == .number(2) || position == .number(3) { try await meeting.join() }
            return Self.page(position)
        }
        #expect(result.rows == Array(0..<70))
    }

    @Test func asManyAsAllowedAreUnderWayAndNoMore() async throws {
        let meeting = Meeting(of: 3)
        let underWay = Mutex((now: 0, most: 0))
        let result = try await walkPages(Self.plan(concurrency: 3)) { position, _ in
            guard position != .number(1) else { return Self.page(position) }
            underWay.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            try await meeting.join()
            for _ in 0..<20 { await Task.yield() }
            underWay.withLock { $0.now -= 1 }
            return Self.page(position)
        }
        #expect(result.rows == Array(0..<70))
        #expect(underWay.withLock(\.most) == 3)
    }

    @Test func rowsStandInPageOrderWhateverComesFirst() async throws {
        // Page 2 is answered only with page 7, so the pages between wait in memory.
        let meeting = Meeting(of: 2)
        let result = try await walkPages(Self.plan(concurrency: 2)) { position, _ in
            if position == .number(2) || position == .number(7) { try await meeting.join() }
            return Self.page(position)
        }
        #expect(result.rows == Array(0..<70))
    }

    @Test func aFailureCancelsThePagesAfterIt() async throws {
        let meeting = Meeting(of: 4)
        let cancelled = Mutex(Set<PagePosition>())
        await #expect(throws: PageFailure(page: 2)) {
            try await walkPages(Self.plan(concurrency: 4)) { position, _ in
                guard position != .number(1) else { return Self.page(position) }
                try await meeting.join()
                if position == .number(2) { throw PageFailure(page: 2) }
                do {
                    // Waits until it is cancelled: no other task joins.
                    try await Meeting(of: 2).join()
                } catch {
                    _ = cancelled.withLock { $0.insert(position) }
                    throw error
                }
                return Self.page(position)
            }
        }
        #expect(cancelled.withLock { $0 } == [.number(3), .number(4), .number(5)])
    }

    @Test func theEarliestPageThatFailsIsReported() async throws {
        let meeting = Meeting(of: 2)
        await #expect(throws: PageFailure(page: 2)) {
            try await walkPages(Self.plan(concurrency: 2)) { position, _ in
                guard position != .number(1) else { return Self.page(position) }
                try await meeting.join()
                if position == .number(2) {
                    for _ in 0..<50 { await Task.yield() }
                    throw PageFailure(page: 2)
                }
                throw PageFailure(page: 3)
            }
        }
    }

    @Test func nothingMoreIsRequestedAfterAFailure() async throws {
        let requested = Mutex(Set<PagePosition>())
        let executor = OneByOne()
        await #expect(throws: PageFailure(page: 3)) {
            try await withTaskExecutorPreference(executor) {
                _ = try await walkPages(Self.plan(concurrency: 2)) { position, _ in
                    _ = requested.withLock { $0.insert(position) }
                    if position == .number(3) { throw PageFailure(page: 3) }
                    // Page 2 gives way to all other jobs again and again, so page 3 has failed before it is
                    // answered.
                    for _ in 0..<(position == .number(2) ? 50 : 0) { await Task.yield() }
                    return Self.page(position)
                }
            }
        }
        #expect(requested.withLock { $0 } == [.number(1), .number(2), .number(3)])
    }

    @Test func noPageIsRequestedFarAheadOfASlowOne() async throws {
        let meeting = Meeting(of: 2)
        let answered = Mutex(Set<PagePosition>())
        let result = try await walkPages(Self.plan(concurrency: 2)) { position, _ in
            if position == .number(2) || position == .number(9) { try await meeting.join() }
            if position == .number(2) {
                for _ in 0..<200 { await Task.yield() }
                #expect(!answered.withLock { $0.contains(.number(10)) })
            }
            _ = answered.withLock { $0.insert(position) }
            var page = Self.page(position)
            page.total = 120
            return page
        }
        #expect(result.rows == Array(0..<120))
    }

    @Test func aWalkThatIsCancelledThrowsAndLeavesNothingUnderWay() async throws {
        let meeting = Meeting(of: 3)
        let underWay = Count()
        await #expect(throws: CancellationError.self) { try await cancelledWalk(meeting, underWay) }
        #expect(underWay.value.withLock { $0 } == 0)
    }

    @Test(arguments: [1, 2])
    func aCancelledWalkRequestsNoFurtherPage(_ concurrency: Int) async throws {
        let requested = Count()
        let plan = PagePlan(
            style: .offset, stop: concurrency == 1 ? .empty : .total, requestedSize: 10,
            concurrency: concurrency)
        await #expect(throws: CancellationError.self) { try await deafWalk(plan, requested) }
        #expect(requested.value.withLock { $0 } == 1 + concurrency)
    }

    /// Cancels a walk whose fetches all succeed nevertheless.
    private func deafWalk(_ plan: PagePlan, _ requested: Count) async throws {
        let meeting = Meeting(of: plan.concurrency + 1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = try await walkPages(plan) { position, _ in
                    requested.value.withLock { $0 += 1 }
                    guard case .offset(let offset) = position, offset > 0 else {
                        return Self.page(.number(1))
                    }
                    try await meeting.join()
                    while !Task.isCancelled { await Task.yield() }
                    return Self.page(.number(offset / 10 + 1))
                }
            }
            try await meeting.join()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Cancels a walk once two of its pages have joined the meeting.
    private func cancelledWalk(_ meeting: Meeting, _ underWay: Count) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = try await walkPages(Self.plan(concurrency: 2)) { position, _ in
                    guard position != .number(1) else { return Self.page(position) }
                    underWay.value.withLock { $0 += 1 }
                    defer { underWay.value.withLock { $0 -= 1 } }
                    try await meeting.join()
                    try await Meeting(of: 2).join()
                    return Self.page(position)
                }
            }
            try await meeting.join()
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}

private final class Count: Sendable {
    let value = Mutex(0)
}

/// Runs its jobs one by one, in the order in which they come.
private final class OneByOne: TaskExecutor {
    private let queue = DispatchQueue(label: "one by one")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Holds tasks that join until enough of them have.
///
/// A cancelled task throws; tasks that join later pass at once.
private final class Meeting: Sendable {
    private struct State {
        var missing: Int
        var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
        var nextID = 0
        var cancelled: Set<Int> = []
    }

    private let state: Mutex<State>

    init(of count: Int) { state = Mutex(State(missing: count)) }

    func join() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { add($0, as: id) }
        } onCancel: {
            cancel(id)
        }
    }

    private func add(_ continuation: CheckedContinuation<Void, any Error>, as id: Int) {
        let (released, isCancelled) = state.withLock { state in
            if state.cancelled.contains(id) { return ([continuation], true) }
            state.missing -= 1
            state.waiting[id] = continuation
            guard state.missing <= 0 else { return ([], false) }
            let released = Array(state.waiting.values)
            state.waiting = [:]
            return (released, false)
        }
        for waiter in released {
            if isCancelled { waiter.resume(throwing: CancellationError()) } else { waiter.resume() }
        }
    }

    private func cancel(_ id: Int) {
        let waiter = state.withLock { state in
            state.cancelled.insert(id)
            return state.waiting.removeValue(forKey: id)
        }
        waiter?.resume(throwing: CancellationError())
    }
}
