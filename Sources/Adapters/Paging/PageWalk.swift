/// The rows of a list after every page was read.
package struct WalkResult<Row: Sendable & Equatable>: Sendable {
    /// The rows in page order, each identity once.
    package var rows: [Row]
    /// The number of pages of the walk, an empty last one included.
    package var pages: Int
    /// Records without an identity.
    package var unidentified: Int
    /// Records that repeat an identity of the same page; the first stayed.
    package var repeated: Int
    /// The reason for which the list is not proven complete; nil if it is proven.
    package var doubt: WalkDoubt?
    /// 1 if the list changed during a first walk, whose rows were discarded; else 0.
    package var restarts = 0
}

/// Fetches one page; `requestedSize` is nil if the list takes no size.
package typealias PageFetch<Row: Sendable & Equatable> =
    @Sendable (_ position: PagePosition, _ requestedSize: Int?) async throws -> Page<Row>

/// Reads all pages of a list, and proves that nothing is missing.
///
/// If the first page states how many there are, the others are fetched concurrently, at most
/// ``PagePlan/concurrency`` at once. A list that changes meanwhile (its total changes, or a row is on two
/// pages) is walked once more from its first page. At most twice ``PagePlan/maximumPages`` pages are fetched.
///
/// - Throws: ``WalkError`` if the end is not proven. Errors of `fetch` are rethrown unchanged: of several,
///   that of the earliest page, while fetches of later pages are cancelled. `CancellationError` if the task
///   is cancelled between pages.
@concurrent
package func walkPages<Row: Equatable>(
    _ plan: PagePlan, fetch: @escaping PageFetch<Row>
) async throws -> WalkResult<Row> {
    let walk = PageWalk(plan: plan, fetch: fetch)
    do {
        return try await walk.run()
    } catch let first as WalkError where first.isTransient {
        do {
            var result = try await walk.run()
            result.restarts = 1
            return result
        } catch var second as WalkError {
            second.restartedAfter = first.code
            throw second
        }
    }
}

/// One walk from the first page to the last.
private struct PageWalk<Row: Sendable & Equatable> {
    let plan: PagePlan
    let fetch: PageFetch<Row>

    func run() async throws -> WalkResult<Row> {
        var proof = WalkProof<Row>(plan)
        guard plan.maximumPages > 0 else {
            throw proof.error(.tooManyPages(needed: nil, limit: plan.maximumPages))
        }
        try Task.checkCancellation()
        let position = plan.firstPosition
        let first = try await fetch(position, plan.requestedSize)
        try proof.accept(first, at: position, requested: plan.requestedSize)
        let last: Page<Row>
        if plan.style == .single {
            last = first
        } else if plan.isLaidOutByFirstPage {
            last = try await takeConcurrently(after: first, into: &proof)
        } else {
            last = try await takeInTurn(after: first, into: &proof)
        }
        return try proof.finish(with: last)
    }

    /// Fetches page after page until one is the last, and returns that.
    private func takeInTurn(
        after first: Page<Row>, into proof: inout WalkProof<Row>
    ) async throws -> Page<Row> {
        let size = plan.laterSize(after: first)
        var position = plan.firstPosition
        var visited: Set = [position]
        var page = first
        while try !proof.isLast(page) {
            position = try proof.position(after: position, page)
            guard visited.insert(position).inserted else { throw proof.error(.repeatedToken) }
            guard proof.pages < plan.maximumPages else {
                throw proof.error(.tooManyPages(needed: nil, limit: plan.maximumPages))
            }
            try Task.checkCancellation()
            page = try await fetch(position, size)
            try proof.accept(page, at: position, requested: size)
        }
        return page
    }

    /// Fetches all pages after the first, several at once, and returns the last.
    private func takeConcurrently(
        after first: Page<Row>, into proof: inout WalkProof<Row>
    ) async throws -> Page<Row> {
        let layout = try PageLayout(plan, first: first)
        proof.expectedPages = layout.pages
        guard layout.pages > 1 else { return first }
        let width = min(max(1, plan.concurrency), 256, layout.pages)
        var last = first
        try await withThrowingTaskGroup(of: Answer<Row>.self) { group in
            var waiting: [Int: Answer<Row>] = [:]
            var started = 1
            var answered = 1
            var hasFailed = false
            while proof.pages < layout.pages {
                // Fetches stay close to a slow page, as the pages that wait for it take memory.
                let horizon = min(layout.pages, proof.pages + 4 * width)
                while !hasFailed, started < horizon, started - answered < width {
                    try Task.checkCancellation()
                    let (index, position) = (started, try layout.position(at: started))
                    let (fetch, size) = (fetch, layout.requestedSize)
                    group.addTask { await outcome(index, at: position) { try await fetch(position, size) } }
                    started += 1
                }
                guard let answer = try await group.next() else { throw proof.error(.noNext) }
                answered += 1
                // Earlier pages are still awaited, since the failure to report is the first in page order.
                if case .failure = answer.result { hasFailed = true }
                waiting[answer.index] = answer
                while let next = waiting.removeValue(forKey: proof.pages) {
                    last = try next.result.get()
                    try proof.accept(last, at: next.position, requested: layout.requestedSize)
                }
            }
        }
        return last
    }
}

/// The outcome of one of several fetches.
private struct Answer<Row: Sendable & Equatable>: Sendable {
    /// 0 for the first page.
    var index: Int
    var position: PagePosition
    var result: Result<Page<Row>, any Error>
}

/// Runs a fetch and returns its failure as a value: a task group would throw failures in the order of
/// arrival.
private func outcome<Row: Equatable>(
    _ index: Int, at position: PagePosition, _ fetch: () async throws -> Page<Row>
) async -> Answer<Row> {
    do {
        return Answer(index: index, position: position, result: .success(try await fetch()))
    } catch {
        return Answer(index: index, position: position, result: .failure(error))
    }
}
