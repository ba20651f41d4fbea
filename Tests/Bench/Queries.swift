import Deployments
import Foundation
import Snapshots
import TestSupport
import Wire

/// Measures queries over many rows in memory.
///
/// Reports their time, beside that of their definition, and the memory of their indexes.
struct QueryBench {
    let snapshot: Snapshot
    private var random = SeededGenerator(seed: 4)

    static func printFigures(rows: Int, sources: Int) async throws {
        let before = residentBytes()
        var bench = try await QueryBench(rows: rows, sources: sources)
        let built = residentBytes()
        print("\(rows) rows, \(sources == 1 ? "one source" : "\(sources) sources")")
        print("  milliseconds".padded(46), "median".padded(-9), "99 %".padded(-9), "most".padded(-9))
        let fields = Self.fields.filter { !$0.isOfSource }
        bench.report("first use of each of \(fields.count) fields, `like` too", fields.map(Self.using))
        let indexed = residentBytes()
        bench.reportQueries()
        try bench.reportSummaries()
        try await bench.reportRenewal()
        let sizes = [built, indexed].map { Double($0 - before) / Double(rows) / 1024 }
        print(String(format: "  KiB a row: %.2f before any query, %.2f with all indexes", sizes[0], sizes[1]))
    }

    /// Runs the same queries and summaries every time, untimed, for counting instructions (callgrind).
    static func work(rows: Int, sources: Int, rounds: Int) async throws {
        var bench = try await QueryBench(rows: rows, sources: sources)
        var found = 0
        for _ in 0..<rounds {
            for query in [
                bench.query(filters: 1), bench.queryOfAnyPage(), bench.query(filters: 2, like: true),
                bench.query(filters: 0, word: true),
            ] {
                found += bench.snapshot.rows(matching: query).page.count
            }
            let grouping = try bench.randomGrouping()
            found += try bench.snapshot.summary(of: bench.query(filters: 1), by: grouping).groups.count
        }
        print("\(found) rows and groups")
    }

    private init(rows: Int, sources: Int) async throws {
        var lists: [SourceRows] = []
        for number in 0..<sources {
            let listed = Fleet.rows(rows / sources, of: number, using: &random)
            lists.append(await SourceRows.updating(nil, source: Fleet.source(number), listed: listed))
        }
        snapshot = Snapshot(id: "bench", publishedAt: Timestamp(microseconds: 0), lists: lists)
    }

    private static let fields = RecordSchema.deployments.fields

    /// A query that needs every index of a field.
    private static func using(_ field: Field) -> Query {
        var query = Query()
        query.allVersions = true
        query.condition = .filters([Filter(field: field, anyOf: [.like(LikePattern("llama"))])])
        query.sort = [Query.SortKey(field: field, descending: false)]
        return query
    }

    private mutating func reportQueries() {
        for (name, make) in [
            ("one filter, one sort key", { $0.query(filters: 1) }),
            ("one filter, one sort key, any of its pages", { $0.queryOfAnyPage() }),
            ("three filters, one of them `like`", { $0.query(filters: 2, like: true) }),
            ("one `like`", { $0.query(filters: 0, like: true) }),
            ("one word of q", { $0.query(filters: 0, word: true) }),
        ] as [(String, (inout QueryBench) -> Query)] {
            let queries = (0..<1000).map { _ in make(&self) }
            let median = report(name, queries)
            let slow = Self.sorted(
                queries.prefix(9).map { query in
                    Self.milliseconds { _ = snapshot.rowsByDefinition(matching: query) }
                })
            Self.show("  … row by row", slow, ratioTo: median)
        }
        let queries = (0..<100).map { _ in query(filters: 0) }
        Self.show(
            "all rows, put in order",
            Self.sorted(
                queries.map { query in
                    Self.milliseconds { _ = snapshot.allRows(matching: query) }
                }))
    }

    @discardableResult
    private func report(_ name: String, _ queries: [Query]) -> Double {
        let timed = queries.map { query in
            (Self.milliseconds { _ = snapshot.rows(matching: query) }, query)
        }
        let times = Self.sorted(timed.map(\.0))
        Self.show(name, times)
        if ProcessInfo.processInfo.environment["SLOWEST"] != nil {
            for (time, query) in timed.sorted(by: { $0.0 > $1.0 }).prefix(12) {
                print(
                    String(format: "      %.2f", time),
                    "\(query.condition)".prefix(200),
                    (query.sort ?? []).map { ($0.descending ? "-" : "") + $0.field.name })
            }
        }
        return times[times.count / 2]
    }

    private mutating func randomGrouping() throws -> Grouping {
        let keys = ["status", "serving", "workspace", "provider", "task", "accelerator.type", "billing_mode"]
            .compactMap(RecordSchema.deployments.named).compactMap { Grouping.Key($0) }
        let days = try Grouping.Key(Self.field("created_at"), span: .day)
        return Grouping(
            of: .deployments,
            keys: Array((keys + [days].compactMap { $0 }).shuffled(using: &random).prefix(2)))
    }

    private mutating func reportSummaries() throws {
        let groupings = try (0..<200).map { _ in try randomGrouping() }
        let queries = groupings.map { _ in query(filters: Int.random(in: 0...1, using: &random)) }
        func times(_ count: Int, _ body: (Query, Grouping) throws -> Void) rethrows -> [Double] {
            Self.sorted(
                try zip(queries, groupings).prefix(count).map { query, grouping in
                    try Self.milliseconds { try body(query, grouping) }
                })
        }
        _ = try times(200) { _ = try snapshot.summary(of: $0, by: $1) }
        let fast = try times(200) { _ = try snapshot.summary(of: $0, by: $1) }
        Self.show("summary by two fields", fast)
        let slow = try times(9) { _ = try snapshot.summaryByDefinition(of: $0, by: $1) }
        Self.show("  … row by row", slow, ratioTo: fast[fast.count / 2])
    }

    /// Reports the time from changed lists to a snapshot, with every index in use.
    private func reportRenewal() async throws {
        for changed in Set([1, snapshot.lists.count]).sorted() {
            var lists = snapshot.lists
            let clock = ContinuousClock()
            var spent = Duration.zero
            for index in 0..<changed {
                var listed = lists[index].deployments
                listed[0].name = "changed"
                let start = clock.now
                lists[index] = await SourceRows.updating(
                    lists[index], source: lists[index].source, listed: listed)
                spent += start.duration(to: clock.now)
            }
            let start = clock.now
            _ = Snapshot(id: "next", publishedAt: Timestamp(microseconds: 0), lists: lists)
            spent += start.duration(to: clock.now)
            Self.show(
                "new snapshot, \(changed) of \(lists.count) changed, indexes too", [spent / .milliseconds(1)])
        }
    }
}

/// Random queries.
extension QueryBench {
    private mutating func query(filters: Int, like: Bool = false, word: Bool = false) -> Query {
        var query = Query()
        query.condition = .filters((0..<filters).map { _ in filter() })
        if like { query.require(likeFilter()) }
        if word { query.words = [fragment(of: ["name", "model"].randomElement(using: &random) ?? "name")] }
        let field = Self.fields.randomElement(using: &random)
        query.sort = field.map { [Query.SortKey(field: $0, descending: Bool.random(using: &random))] } ?? []
        return query
    }

    /// A query for any of its pages; the last page requires sorting all matches.
    private mutating func queryOfAnyPage() -> Query {
        var query = query(filters: 1)
        let pages = (snapshot.rows(matching: query).total + query.pageSize - 1) / query.pageSize
        query.page = Int.random(in: 1...max(1, pages), using: &random)
        return query
    }

    private mutating func filter() -> Filter {
        let field = Self.fields.randomElement(using: &random) ?? Self.fields[0]
        let value = value(of: field)
        let tests: [Filter.Test] = [
            .eq(value), .ne(value), .isIn([value, self.value(of: field)]), .notIn([value]), .gt(value),
            .gte(value), .lt(value), .lte(value), .exists(true), .exists(false),
            .like(LikePattern(escaping: String((value.text ?? "llama").suffix(5)))),
        ]
        let isText = value.text != nil
        return Filter(
            field: field,
            anyOf: [tests.dropLast(isText ? 0 : 1).randomElement(using: &random) ?? .exists(true)])
    }

    private mutating func likeFilter() -> Filter {
        let name = ["uid", "name", "native_id", "model", "config", "status_message"].randomElement(
            using: &random)
        let field = RecordSchema.deployments.named(name ?? "name") ?? Self.fields[0]
        return Filter(field: field, anyOf: [.like(LikePattern(escaping: fragment(of: field.name)))])
    }

    /// Three to eight characters of a random row's value.
    private mutating func fragment(of field: String) -> String {
        let text = RecordSchema.deployments.named(field).flatMap { value(of: $0).text } ?? "llama"
        let length = Int.random(in: 3...8, using: &random)
        let start = Int.random(in: 0...max(0, text.count - length), using: &random)
        return String(text.dropFirst(start).prefix(length))
    }

    /// The field's value in a random row.
    private mutating func value(of field: Field) -> FieldValue {
        let list = snapshot.lists.indices.randomElement(using: &random) ?? 0
        let row = Int.random(in: 0..<snapshot.lists[list].rows.count, using: &random)
        let record = snapshot.deployment(RowID(list: Int32(list), row: Int32(row)))
        return record.flatMap { DeploymentField.named(field.name)?.get($0) } ?? .null
    }

    private static func field(_ name: String) throws -> Field {
        guard let field = RecordSchema.deployments.named(name) else { throw CocoaError(.keyValueValidation) }
        return field
    }
}

/// Figures.
extension QueryBench {
    private static func milliseconds(_ body: () throws -> Void) rethrows -> Double {
        try ContinuousClock().measure(body) / .milliseconds(1)
    }

    private static func sorted(_ times: [Double]) -> [Double] { times.sorted() }

    private static func show(_ name: String, _ sorted: [Double], ratioTo other: Double? = nil) {
        let shown = [sorted[sorted.count / 2], sorted[sorted.count * 99 / 100], sorted[sorted.count - 1]]
        let figures = shown.map { String(format: "%9.2f", $0) }.joined(separator: " ")
        let ratio = other.map { String(format: "  %.0f times", shown[0] / $0) } ?? ""
        print("  " + name.padded(44), figures + ratio)
    }

    /// Resident bytes, after freed memory was returned to the system if the allocator offers that.
    private static func residentBytes() -> Int {
        typealias Control =
            @convention(c) (
                UnsafePointer<CChar>, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?,
                UnsafeMutableRawPointer?, Int
            ) -> CInt
        if let symbol = dlsym(nil, "mallctl") {
            // Of every arena jemalloc has; 4096 stands for all of them.
            _ = unsafeBitCast(symbol, to: Control.self)("arena.4096.purge", nil, nil, nil, 0)
        }
        let pages = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
        return (pages.flatMap { Int($0) } ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

extension String {
    /// Padded with spaces at the end, or at the start for a negative width.
    fileprivate func padded(_ width: Int) -> String {
        let spaces = String(repeating: " ", count: max(0, abs(width) - count))
        return width < 0 ? spaces + self : self + spaces
    }
}
