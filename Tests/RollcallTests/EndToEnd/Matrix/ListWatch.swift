import Testing
import Upstream
import Wire

@testable import rollcall

/// Reads a gateway's list of one source repeatedly, and compares each response with the upstream's past.
struct ListWatch {
    let source: String
    let upstream: ChangingUpstream
    /// The beginning of every reported issue.
    let title: String
    /// The strike that comes; it decides which answers are honest.
    let strike: Strike
    private(set) var looks = 0
    /// The keys of the last answer.
    private var shown: Set<String> = []
    /// Rows shown from a list requested after they were last added: their keys and numbers of additions.
    private var seen: [String: Int] = [:]
    /// The number of complete walks at the last look: whatever the gateway learned since is of later ones.
    private var walksBefore = 0
    /// Every `observed_at` of a response, in microseconds: each is a complete fetch that was accepted.
    private var fetches: [Int64] = []

    init(source: String, upstream: ChangingUpstream, title: String, strike: Strike) {
        self.source = source
        self.upstream = upstream
        self.title = title
        self.strike = strike
    }

    /// True if its strikes are lies that a single fetch cannot detect.
    private var isLiedTo: Bool { strike == .emptyListOnce }

    /// Looks once, and reports everything that must not be.
    @discardableResult
    mutating func look(at gateway: RunningGateway, fresh: Bool) async throws -> Look {
        var query = "page_size=1000&source=\(source)" + (fresh ? "&max_age=0.01" : "")
        // A filter that every row satisfies, on the field that is broken meanwhile.
        if strike == .brokenTexts { query += "&\(upstream.style.freeField).like=\(UpstreamStyle.freeText)" }
        // In the order of what lookups tell: an answer that has every row, known or not.
        let usesLookups = upstream.style == .nemo && looks.isMultiple(of: 2)
        if usesLookups { query += "&sort=model,endpoint.base_url" }
        // Before the first list of providers such an answer is incomplete.
        let hasProviders = usesLookups ? try await hasProviders(gateway) : true
        let walksByNow = upstream.list.completeWalks.count
        let begin = Assembly.now().microseconds
        let answer = try await gateway.get("\(upstream.style.route)?\(query)")
        // Read afterwards: a row that exists now existed during the request, unless it was added since.
        let list = upstream.list
        looks += 1
        try #require(answer.response.status == 200, "\(title), look \(looks)")
        let standing = answer.json?["sources"]?.elements.first
        let text = try #require(standing?["observed_at"]?.string)
        let observed = try #require(Timestamp(text)).microseconds
        let look = try #require(
            Look(answer, field: upstream.style.freeField, usesLookups: usesLookups),
            "\(title), look \(looks)")
        // Only a complete list has to have every row; the time of an answer from two lists may be that of the second.
        if look.isComplete, !usesLookups, fetches.last != observed { fetches.append(observed) }
        reportDishonesty(of: look, hasProviders: hasProviders)
        if fresh, look.isFresh {
            #expect(observed >= begin - 10_000, "\(title), look \(looks): older than demanded, but fresh")
        }
        let rows = answer.rows(of: source, upstream.style)
        if upstream.style == .nemo { reportWrongFacts(in: answer) }
        let keys = Set(rows.map(\.key))
        #expect(keys.count == rows.count, "\(title), look \(looks)")
        reportIssues(of: keys, against: list)
        if fetchesTaken(since: list.lastChangeAt) >= 2 {
            #expect(rows.sorted() == list.rows.sorted(), "\(title), look \(looks): not the upstream's list")
        }
        if look.totalIs == "exact", !isLiedTo, list.lastChangeAt < observed {
            #expect(rows.sorted() == list.rows.sorted(), "\(title), look \(looks): wrong, but exact")
        }
        note(keys, of: list, observedAt: observed)
        walksBefore = walksByNow
        return look
    }

    /// True if the source has a complete list of providers.
    private func hasProviders(_ gateway: RunningGateway) async throws -> Bool {
        let answer = try await gateway.get("/v1/sources/\(source)")
        let partitions = answer.json?["data"]?["lists"]?["providers"]?["partitions"]
        return partitions?["proven"]?.int == partitions?["total"]?.int
    }

    /// Complete fetches that began after an instant, as far as looks have seen them.
    private func fetchesTaken(since instant: Int64) -> Int { fetches.count { $0 > instant } }

    /// True once two complete fetches have begun since the upstream's last change: the lists must be equal.
    var isSettled: Bool { fetchesTaken(since: upstream.list.lastChangeAt) >= 2 }

    /// Reports what an answer says of itself and what is not so.
    ///
    /// Only strikes that make lists unproven may make it incomplete, and only a field that is broken, or one that a
    /// lookup has not told, makes a complete one uncertain.
    private func reportDishonesty(of look: Look, hasProviders: Bool) {
        let isUnread = look.unreadRows > 0
        let expected =
            !look.isComplete || isUnread || look.unknownRows > 0
            ? ["at_least"] : look.isFresh ? ["exact", "as_of"] : ["as_of"]
        #expect(expected.contains(look.totalIs), "\(title), look \(looks): \(look)")
        #expect(look.hasUnreadNotice == isUnread, "\(title), look \(looks): \(look)")
        #expect(look.hasLookupNotice == (look.unknownRows > 0), "\(title), look \(looks): \(look)")
        let mayBeIncomplete = strike.tale == .unproven && upstream.list.hits > 0 || !hasProviders
        #expect(look.isComplete || mayBeIncomplete, "\(title), look \(looks): not complete")
        #expect(!isUnread || strike == .brokenTexts, "\(title), look \(looks): \(look)")
    }

    /// Reports looked-up fields that are not the platform's own, and those that are missing where all is said to be well.
    private func reportWrongFacts(in answer: RunningGateway.Answer) {
        for row in answer.json?["data"]?.elements ?? [] {
            let model = SideFacts.model(
                of: row["config"]?.string ?? "", version: "\(row["config_version"]?.int ?? 0)")
            let told = row["model"]?.string
            let isPending = row.lookups["config"] != "ok"
            #expect(told == model || told == nil && isPending, "\(title), look \(looks): \(row.lookups)")
            // A list of providers from before the row came has none for it.
            let place = row["endpoint"]?["base_url"]?.string
            #expect(
                place == nil || place == SideFacts.baseURL(of: row["name"]?.string ?? ""),
                "\(title), look \(looks)")
        }
    }

    private func reportIssues(of keys: Set<String>, against list: ChangingList) {
        for (key, additions) in seen where !keys.contains(key) {
            if list.isAlive(key), list.past[key]?.additions == additions {
                Issue.record("\(title), look \(looks): \(key) is gone, but exists")
            } else if shown.contains(key), !list.wasProvenGone(key, since: walksBefore) {
                Issue.record("\(title), look \(looks): \(key) went too early")
            }
        }
        for key in list.rows.map(\.key) where !keys.contains(key) {
            let bound = list.style.isPaged || isLiedTo ? 2 : 1
            if fetchesTaken(since: list.past[key]?.cameAt ?? 0) >= bound {
                Issue.record("\(title), look \(looks): \(key) is not there yet")
            }
        }
        for key in keys where !list.isAlive(key) {
            if fetchesTaken(since: list.past[key]?.wentAt ?? 0) >= list.fetchesToGo(key) {
                Issue.record("\(title), look \(looks): \(key) is still there")
            }
        }
    }

    private mutating func note(_ keys: Set<String>, of list: ChangingList, observedAt: Int64) {
        shown = keys
        for key in keys {
            guard let past = list.past[key], list.isAlive(key), past.cameAt < observedAt else { continue }
            seen[key] = past.additions
        }
    }
}

extension ChangingList {
    /// True if enough complete walks in a row did not list a key to prove its row gone, at any time since there
    /// were `count` of them; it may have been added again since.
    fileprivate func wasProvenGone(_ key: String, since count: Int) -> Bool {
        (count...completeWalks.count).contains { isGone(key, by: completeWalks.prefix($0)) }
    }

    private func isGone(_ key: String, by walks: ArraySlice<CompleteWalk>) -> Bool {
        let last = walks.lastIndex { $0.isCertain && $0.listed.contains(key) }
        let since = walks[(last.map { $0 + 1 } ?? 0)...]
        return since.count >= 2 || since.contains { $0.pages == 1 && !$0.listed.isEmpty }
    }

    /// The number of complete fetches after which a removed row must be gone.
    fileprivate func fetchesToGo(_ key: String) -> Int {
        guard !style.isPaged, let past = past[key] else { return 2 }
        return completeWalks[past.walksAtEnd...].contains(where: \.listed.isEmpty) ? 2 : 1
    }
}

extension UpstreamRow: Comparable {
    static func < (left: UpstreamRow, right: UpstreamRow) -> Bool { left.key < right.key }
}

extension RunningGateway.Answer {
    /// The rows of one source, by their upstream's keys and statuses.
    func rows(of source: String, _ style: UpstreamStyle) -> [UpstreamRow] {
        let prefix = "\(source)/\(style.uidTail(""))"
        return (json?["data"]?.elements ?? []).compactMap { row in
            guard let uid = row["uid"]?.string, uid.hasPrefix(prefix) else { return nil }
            return UpstreamRow(
                key: String(uid.dropFirst(prefix.count)), status: row["native_status"]?.string ?? "")
        }
    }
}

extension JSONValue {
    /// The states of a row's lookups, by their names.
    var lookups: [String: String] {
        let states = self["lookups"]?.elements ?? []
        return Dictionary(
            states.compactMap { state in
                state["name"]?.string.map { ($0, state["state"]?.string ?? "") }
            }, uniquingKeysWith: { $1 })
    }
}
