import Adapters
import Synchronization
import TestSupport

extension SeededGenerator {
    mutating func whole(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    /// True with a probability of 1 / `times`.
    mutating func once(in times: Int) -> Bool { whole(1...times) == 1 }
}

/// The division of a server's list into pages, and the facts that it states about them.
struct PagedListManner: Sendable {
    enum StatedSize: Sendable { case none, used, asked, always(Int) }

    var plan: PagePlan
    /// The most records on one page, whatever size was requested.
    var cut = 100
    /// Records on a page if no size was requested.
    var standardSize = 10
    var statesTotal = true
    var statesPages = false
    var statesNumber = false
    var statesMore = false
    var statedSize = StatedSize.none
    /// The page count of an empty list.
    var pagesOfNothing = 0
    /// True if the last page with records names a next page, which is empty.
    var namesOneMore = false
}

/// A list on a server, as ``walkPages(_:fetch:)`` reads it; a negative number is a record without identity.
final class PagedServer: Sendable {
    struct State: Sendable {
        var list: [Int]
        var calls = 0
        var positions: [PagePosition] = []
        var sizes: [Int?] = []
        var inFlight = 0
        var mostInFlight = 0
        /// State of the latest walk: the list at its first page, and the changes since.
        var listAtStart: [Int] = []
        var added: Set<Int> = []
        var wasAlwaysThere: Set<Int> = []
        var isUnchanged = true
    }

    let manner: PagedListManner
    private let state: Mutex<State>
    /// Runs before each answer; may change the list, or throw instead of the answer.
    private let before: @Sendable (inout State, PagePosition) throws -> Void
    /// Changes an answer.
    private let alter: @Sendable (inout Page<Int>, PagePosition, State) -> Void

    init(
        _ manner: PagedListManner, list: [Int],
        before: @escaping @Sendable (inout State, PagePosition) throws -> Void = { _, _ in },
        alter: @escaping @Sendable (inout Page<Int>, PagePosition, State) -> Void = { _, _, _ in }
    ) {
        self.manner = manner
        self.before = before
        self.alter = alter
        state = Mutex(State(list: list))
    }

    var seen: State { state.withLock { $0 } }

    func walk() async throws -> WalkResult<Int> {
        try await walkPages(manner.plan) { try await self.fetch($0, $1) }
    }

    func fetch(_ position: PagePosition, _ size: Int?) async throws -> Page<Int> {
        state.withLock { state in
            state.inFlight += 1
            state.mostInFlight = max(state.mostInFlight, state.inFlight)
        }
        defer { state.withLock { $0.inFlight -= 1 } }
        await Task.yield()
        let page = try state.withLock { state in
            state.calls += 1
            state.positions.append(position)
            state.sizes.append(size)
            let last = state.list
            try before(&state, position)
            note(&state, isFirst: position == firstPosition, last: last)
            var page = answer(position, size, state.list)
            alter(&page, position, state)
            return page
        }
        await Task.yield()
        return page
    }

    private var firstPosition: PagePosition {
        switch manner.plan.style {
        case .single, .token, .link: .only
        case .number(let first): .number(first)
        case .offset: .offset(0)
        }
    }

    private func note(_ state: inout State, isFirst: Bool, last: [Int]) {
        if isFirst {
            state.listAtStart = state.list
            state.added = []
            state.wasAlwaysThere = Set(state.list)
            state.isUnchanged = true
        } else if state.list != last {
            state.added.formUnion(Set(state.list).subtracting(state.listAtStart))
            state.wasAlwaysThere.formIntersection(state.list)
            state.isUnchanged = false
        }
    }

    private func answer(_ position: PagePosition, _ requested: Int?, _ list: [Int]) -> Page<Int> {
        let used = manner.plan.style == .single ? max(1, list.count) : usedSize(requested)
        let start = min(list.count, self.start(of: position, used))
        let end = min(list.count, start + used)
        var page = Page(ids: Array(list[start..<end]))
        if manner.statesTotal { page.total = list.count }
        if manner.statesPages {
            page.totalPages = list.isEmpty ? manner.pagesOfNothing : (list.count + used - 1) / used
        }
        if manner.statesNumber, case .number(let number) = position { page.pageNumber = number }
        if manner.statesMore { page.hasMore = end < list.count }
        page.pageSize =
            switch manner.statedSize {
            case .none: nil
            case .used: used
            case .asked: requested
            case .always(let size): size
            }
        if end < list.count || (manner.namesOneMore && start < end) {
            switch manner.plan.style {
            case .token: page.next = .token("after \(end)")
            case .link: page.next = .link("/list?after=\(end)")
            default: break
            }
        }
        return page
    }

    func usedSize(_ requested: Int?) -> Int { min(requested ?? manner.standardSize, manner.cut) }

    private func start(of position: PagePosition, _ used: Int) -> Int {
        switch (position, manner.plan.style) {
        case (.number(let number), .number(let first)): (number - first) * used
        case (.offset(let offset), _): offset
        case (.token(let text), _): Int(text.dropFirst("after ".count)) ?? 0
        case (.link(let text), _): Int(text.dropFirst("/list?after=".count)) ?? 0
        default: 0
        }
    }
}

extension Page<Int> {
    /// A page of these records, of which it says nothing more.
    init(ids: [Int]) {
        let rows = ids.filter { $0 >= 0 }
        self.init(
            rows: rows.map { PageRow(identity: RowIdentity(uid: "row-\($0)"), row: $0) },
            unidentified: ids.count - rows.count, received: ids.count, fingerprint: ids.hashValue)
    }
}
