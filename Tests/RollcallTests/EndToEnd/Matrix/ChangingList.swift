import TestSupport
import Wire

/// A row of a made-up upstream.
struct UpstreamRow: Sendable, Equatable {
    var key: String
    var status: String
}

/// An upstream's list that changes at random, and everything that a test has to know of its past: the oracle.
///
/// It changes between walks as much as it likes. Within a walk it changes at most every other time, and never next
/// to an empty list that is a lie: a row that hides from two complete fetches in a row is gone by the rules.
struct ChangingList: Sendable {
    let style: UpstreamStyle
    let seed: UInt64
    private(set) var rows: [UpstreamRow] = []
    private(set) var past: [String: Past] = [:]
    /// Walks whose every page was answered as it should be; those with a lie, or possibly one, are included.
    private(set) var completeWalks: [CompleteWalk] = []
    private(set) var lastChangeAt: Int64 = 0
    /// True if it changes between pages too; else only a test changes it.
    var movesWithinWalks = true
    private(set) var strike: (kind: Strike, pages: StrikePages)?
    /// The list as it was when the strike began, as a cache that stored it then goes on serving it.
    private var copy: (rows: [UpstreamRow], at: Int64) = ([], 0)
    /// Requests that a strike hit.
    private(set) var hits = 0
    /// The times of requests for a first page, and of responses that asked for a pause, in microseconds.
    private(set) var beginnings: [Int64] = []
    private(set) var pausesToldAt: [Int64] = []
    private var random: SeededGenerator
    private var waitingChanges = 0
    private var walk: Walk?
    /// True once a complete walk saw an unchanged list after the last change within a walk, or the last lie.
    private var isCalm = true
    private var lastKey = 0

    /// The history of one key.
    struct Past: Sendable {
        /// The time at which it was last added.
        var cameAt: Int64 = 0
        /// The number of times that it was added.
        var additions = 0
        var isAlive = true
        /// The time at which it was last removed, and the number of complete walks by then.
        var wentAt: Int64 = 0
        var walksAtEnd = 0
    }

    struct CompleteWalk: Sendable {
        var pages: Int
        /// The keys on its pages.
        var listed: Set<String>
        /// False if the gateway may not have accepted it: a hanging or slow response arrives only if the strike
        /// ends in time, and a walk during which the list changed may be discarded and repeated.
        var isCertain = true
    }

    private struct Walk {
        var pages: Int
        var isCalm = true
        var answered: Set<Int> = []
        var listed: Set<String> = []
    }

    /// The response to a request.
    enum Reply: Sendable {
        case page([UInt8])
        case struck(Strike, page: [UInt8])
        /// A copy from a cache, with its age in seconds.
        case copied(page: [UInt8], age: Int64)
    }

    init(_ style: UpstreamStyle, seed: UInt64) {
        self.style = style
        self.seed = seed
        random = SeededGenerator(seed: seed)
        for _ in 0..<Int.random(in: 0...14, using: &random) { come(at: 1) }
    }

    var pages: Int { pages(of: rows.count) }

    private func pages(of total: Int) -> Int {
        style.isPaged ? max(1, (total + UpstreamStyle.pageSize - 1) / UpstreamStyle.pageSize) : 1
    }

    func isAlive(_ key: String) -> Bool { past[key]?.isAlive ?? false }

    mutating func strike(_ kind: Strike, on pages: StrikePages, now: Int64) {
        strike = (kind, pages)
        copy = (rows, now)
    }

    mutating func endStrike() { strike = nil }
    mutating func noteDetour() { hits += 1 }
}

// MARK: Changes
extension ChangingList {
    /// Changes at once, or before the next walk where one is under way.
    mutating func change(_ count: Int, now: Int64) {
        guard walk == nil else {
            waitingChanges = min(waitingChanges + count, 20)
            return
        }
        for _ in 0..<count { changeOnce(now) }
    }

    private mutating func changeOnce(_ now: Int64) {
        lastChangeAt = now
        switch Int.random(in: 0..<20, using: &random) {
        case 0:
            // Everything goes at once.
            for row in rows { go(row.key, at: now) }
        case 1...2:
            for _ in 0..<Int.random(in: 4...9, using: &random) where rows.count < 16 { come(at: now) }
        case 3...8: if rows.count < 16 { come(at: now) }
        case 9...14: if let key = rows.randomElement(using: &random)?.key { go(key, at: now) }
        default:
            guard let index = rows.indices.randomElement(using: &random) else { return }
            rows[index].status = style.statuses.first { $0 != rows[index].status } ?? ""
        }
    }

    /// Adds a new row, or one that was there before, at a random index.
    private mutating func come(at now: Int64) {
        let gone = past.keys.filter { !isAlive($0) }.sorted()
        var key = gone.randomElement(using: &random) ?? ""
        if key.isEmpty || Bool.random(using: &random) {
            lastKey += 1
            key = "d-\(lastKey)"
        }
        let index = Int.random(in: 0...rows.count, using: &random)
        rows.insert(UpstreamRow(key: key, status: style.statuses[0]), at: index)
        past[key, default: Past()].additions += 1
        past[key]?.cameAt = now
        past[key]?.isAlive = true
    }

    private mutating func go(_ key: String, at now: Int64) {
        rows.removeAll { $0.key == key }
        past[key]?.isAlive = false
        past[key]?.walksAtEnd = completeWalks.count
        past[key]?.wentAt = now
    }
}

// MARK: Responses
extension ChangingList {
    mutating func answer(page: Int, now: Int64) -> Reply {
        if page == 1 { beginWalk(now) }
        if let strike, strike.kind.detour == nil, strike.pages.covers(page: page, of: pages) {
            if let lie = answer(strike.kind, page: page, now: now) { return lie }
        }
        var body = body(page)
        if let strike, strike.kind == .brokenTexts, strike.pages.covers(page: page, of: pages),
            !rows(on: page).isEmpty
        {
            hits += 1
            body = style.broken(body)
        }
        finish(page)
        changeBetweenPages(now)
        return .page(body)
    }

    private mutating func beginWalk(_ now: Int64) {
        beginnings.append(now)
        walk = nil
        let waiting = waitingChanges
        waitingChanges = 0
        change(waiting, now: now)
        walk = Walk(pages: pages)
    }

    /// The response that a strike gives; nil where it does not apply.
    ///
    /// The walk goes on: a page that is asked for again, and answered then, completes it.
    private mutating func answer(_ strike: Strike, page: Int, now: Int64) -> Reply? {
        if strike == .emptyListOnce {
            guard page == 1, isCalm else { return nil }
            hits += 1
            isCalm = false
            walk = nil
            completeWalks.append(CompleteWalk(pages: 1, listed: []))
            return .page(style.body([], page: 1, total: 0))
        }
        // It changes fields only, so its walks are as complete as others.
        if strike == .brokenTexts || (strike.needsRows && rows(on: page).isEmpty) { return nil }
        hits += 1
        if strike == .throttledForASecond { pausesToldAt.append(now) }
        if strike == .hang || strike == .slowBody {
            completeWalks.append(CompleteWalk(pages: pages, listed: Set(rows.map(\.key)), isCertain: false))
        }
        return reply(to: strike, page: page, now: now)
    }

    private func reply(to strike: Strike, page: Int, now: Int64) -> Reply {
        let shown = rows(on: page)
        switch strike {
        case .shortPage:
            return .page(style.body(shown.dropLast((shown.count + 2) / 3), page: page, total: rows.count))
        case .partialContent:
            let half = shown.dropLast(shown.count / 2)
            return .struck(strike, page: style.body(half, page: page, total: half.count))
        case .acceptedEmpty: return .struck(strike, page: style.body([], page: page, total: 0))
        case .twins: return .page(style.twins(shown, page: page, total: rows.count))
        case .staleCache:
            let rows = rows(on: page, of: copy.rows)
            // An hour more than it is, so that no copy seems newer than the list that is served.
            let age = 3600 + (now - copy.at) / 1_000_000
            return .copied(page: style.body(rows, page: page, total: copy.rows.count), age: age)
        default: return .struck(strike, page: body(page))
        }
    }

    private func rows(on page: Int) -> ArraySlice<UpstreamRow> { rows(on: page, of: rows) }

    private func rows(on page: Int, of rows: [UpstreamRow]) -> ArraySlice<UpstreamRow> {
        guard style.isPaged else { return rows[...] }
        let start = min(rows.count, max(0, page - 1) * UpstreamStyle.pageSize)
        return rows[start..<min(rows.count, start + UpstreamStyle.pageSize)]
    }

    private func body(_ page: Int) -> [UInt8] { style.body(rows(on: page), page: page, total: rows.count) }

    /// Counts the walk where this was the last of its pages.
    private mutating func finish(_ page: Int) {
        walk?.answered.insert(page)
        let shown = rows(on: page).map(\.key)
        walk?.listed.formUnion(shown)
        guard let done = walk, done.answered.count >= done.pages else { return }
        completeWalks.append(
            CompleteWalk(pages: done.pages, listed: done.listed, isCertain: done.isCalm))
        if done.isCalm { isCalm = true }
        walk = nil
    }

    /// Between two pages of a walk a row may go, another may come, or both: then no total tells it.
    private mutating func changeBetweenPages(_ now: Int64) {
        guard movesWithinWalks, isCalm, walk != nil, Int.random(in: 0..<3, using: &random) == 0
        else { return }
        isCalm = false
        walk?.isCalm = false
        lastChangeAt = now
        let kind = Int.random(in: 0..<4, using: &random)
        if kind != 0, let key = rows.randomElement(using: &random)?.key { go(key, at: now) }
        if kind != 1 { come(at: now) }
    }
}
