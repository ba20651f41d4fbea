/// The rows of a list whose every page was read.
package struct WalkResult<Row: Sendable>: Sendable {
    /// In page order, each identity once.
    package var rows: [Row]
    /// Pages of the walk that brought this, an empty last one included.
    package var pages: Int
    /// Records without an identity.
    package var unidentified: Int
    /// Records whose identity stood already on the same page; the first stayed.
    package var repeated: Int
    /// 1 where the list changed under a first walk, whose rows are not here; else 0.
    package var restarts = 0
}

/// Fetches one page; `askedSize` is nil where the list takes no size.
package typealias PageFetch<Row: Sendable> =
    @Sendable (_ position: PagePosition, _ askedSize: Int?) async throws -> Page<Row>

/// Reads all pages of a list, and proves that nothing is missing.
///
/// Where the first page tells how many there are, the others are fetched side by side, at most
/// ``PagePlan/concurrency`` at once. A list that changes meanwhile (its total moved, or a row stood on two pages)
/// is walked once more from its first page. At most twice ``PagePlan/maximumPages`` pages are fetched.
///
/// - Throws: ``WalkError`` where the end is not proven. What `fetch` throws passes as it is: of several failures
///   that of the earliest page, and fetches of later pages are cancelled. `CancellationError` if the task is
///   cancelled between pages.
@concurrent
package func walkPages<Row>(
    _ plan: PagePlan, fetch: @escaping PageFetch<Row>
) async throws -> WalkResult<Row> {
    let walk = PageWalk(plan: plan, fetch: fetch)
    do {
        return try await walk.run()
    } catch let first as WalkError where first.isPassing {
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
private struct PageWalk<Row: Sendable> {
    let plan: PagePlan
    let fetch: PageFetch<Row>

    func run() async throws -> WalkResult<Row> {
        var proof = WalkProof<Row>(plan)
        guard plan.maximumPages > 0 else {
            throw proof.error(.tooManyPages(needed: nil, limit: plan.maximumPages))
        }
        try Task.checkCancellation()
        let position = plan.firstPosition
        let first = try await fetch(position, plan.askedSize)
        try proof.accept(first, at: position, asked: plan.askedSize)
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
        let size = plan.sizeToAsk(after: first)
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
            try proof.accept(page, at: position, asked: size)
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
                // Not far ahead of a slow page: what waits for it is held in memory.
                let horizon = min(layout.pages, proof.pages + 4 * width)
                while !hasFailed, started < horizon, started - answered < width {
                    try Task.checkCancellation()
                    let (index, position) = (started, try layout.position(at: started))
                    let (fetch, size) = (fetch, layout.askedSize)
                    group.addTask { await outcome(index, at: position) { try await fetch(position, size) } }
                    started += 1
                }
                guard let answer = try await group.next() else { throw proof.error(.noNext) }
                answered += 1
                // Earlier pages are still awaited: the failure to report is the first in page order.
                if case .failure = answer.result { hasFailed = true }
                waiting[answer.index] = answer
                while let next = waiting.removeValue(forKey: proof.pages) {
                    last = try next.result.get()
                    try proof.accept(last, at: next.position, asked: layout.askedSize)
                }
            }
        }
        return last
    }
}

/// What came of one of several fetches.
private struct Answer<Row: Sendable>: Sendable {
    /// 0 for the first page.
    var index: Int
    var position: PagePosition
    var result: Result<Page<Row>, any Error>
}

/// Keeps a failure beside its page, so that a task group does not throw them in the order of arrival.
private func outcome<Row>(
    _ index: Int, at position: PagePosition, _ fetch: () async throws -> Page<Row>
) async -> Answer<Row> {
    do {
        return Answer(index: index, position: position, result: .success(try await fetch()))
    } catch {
        return Answer(index: index, position: position, result: .failure(error))
    }
}
