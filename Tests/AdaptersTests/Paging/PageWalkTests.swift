import Adapters
import Testing

/// Pages that a walk accepts, and faults that it refuses, case by case.
@Suite(.timeLimit(.minutes(10))) struct PageWalkTests {
    /// Pages 1, 2, … of ten records, with the total stated.
    private static let plan = PagePlan(
        style: .number(first: 1), stop: .total, requestedSize: 10, concurrency: 2)

    private func server(
        _ count: Int, _ plan: PagePlan = plan, states: (inout PagedListManner) -> Void = { _ in },
        before: @escaping @Sendable (inout PagedServer.State, PagePosition) throws -> Void = { _, _ in },
        alter: @escaping @Sendable (inout Page<Int>, PagePosition, PagedServer.State) -> Void = { _, _, _ in }
    ) -> PagedServer {
        var manner = PagedListManner(plan: plan)
        states(&manner)
        return PagedServer(manner, list: Array(0..<count), before: before, alter: alter)
    }

    private func refusal(of server: PagedServer) async throws -> WalkError {
        try await #require(throws: WalkError.self) { try await server.walk() }
    }

    @Test func anEmptyListIsOnePage() async throws {
        let server = server(0)
        let result = try await server.walk()
        #expect(result.rows.isEmpty)
        #expect(result.pages == 1)
        #expect(server.seen.positions == [.number(1)])
    }

    @Test func theSizeThatThePlatformStatesIsRequestedNext() async throws {
        let server = server(
            290, PagePlan(style: .number(first: 1), stop: .total, requestedSize: 100),
            states: {
                $0.cut = 50
                $0.statedSize = .used
            })
        let result = try await server.walk()
        #expect(result.rows == Array(0..<290))
        #expect(result.pages == 6)
        #expect(server.seen.sizes == [100, 50, 50, 50, 50, 50])
    }

    @Test func aStatedSizeBelowWhatCameIsNotBelieved() async throws {
        let server = server(
            290, PagePlan(style: .number(first: 1), stop: .total, requestedSize: 100),
            states: { $0.statedSize = .always(10) })
        let result = try await server.walk()
        #expect(result.rows == Array(0..<290))
        #expect(server.seen.sizes == [100, 100, 100])
    }

    @Test(arguments: [PagePlan.Style.number(first: 1), .offset])
    func aSizeThatIsCutSilentlyLosesNothing(_ style: PagePlan.Style) async throws {
        let server = server(
            290, PagePlan(style: style, stop: .total, requestedSize: 100),
            states: {
                $0.cut = 50
                $0.statedSize = .asked
            })
        #expect(try await server.walk().rows == Array(0..<290))
    }

    @Test func noSizeIsSentWhereTheListTakesNone() async throws {
        let server = server(
            25, PagePlan(style: .number(first: 0), stop: .total), states: { $0.statedSize = .used })
        let result = try await server.walk()
        #expect(result.rows == Array(0..<25))
        #expect(server.seen.sizes == [nil, nil, nil])
    }

    @Test func aPageCountBeyondTheTotalIsWalkedToo() async throws {
        let server = server(20, alter: { page, _, _ in page.totalPages = 3 })
        let result = try await server.walk()
        #expect(result.rows == Array(0..<20))
        #expect(result.pages == 3)
    }

    @Test func theLastPageMayStateWhatIsLeftAsItsSize() async throws {
        let server = server(25, alter: { page, _, _ in page.pageSize = page.received })
        #expect(try await server.walk().rows == Array(0..<25))
    }

    @Test func aListOfOnePageIsTakenAsItStands() async throws {
        let server = server(25, .single)
        #expect(try await server.walk().rows == Array(0..<25))
        #expect(server.seen.positions == [.only])
    }

    @Test func aRepetitionWithinAPageIsCountedAndTheFirstStays() async throws {
        let plan = Self.plan
        let result = try await walkPages(plan) { _, _ -> Page<String> in
            let rows = [(1, "first"), (2, "other"), (1, "second")]
            return Page(
                rows: rows.map { PageRow(identity: RowIdentity(uid: "a", version: $0.0), row: $0.1) },
                unidentified: 1, received: 4, total: 4, fingerprint: 1)
        }
        #expect(result.rows == ["first", "other"])
        #expect(result.repeated == 1)
        #expect(result.unidentified == 1)
    }

    @Test func aTotalThatMovesOnceIsWalkedAgain() async throws {
        let server = server(
            25, before: { state, _ in if state.calls == 2 { state.list.append(99) } })
        let result = try await server.walk()
        #expect(result.rows == Array(0..<25) + [99])
        #expect(result.restarts == 1)
        #expect(result.pages == 3)
    }

    @Test func aTotalThatMovesTwiceIsRefused() async throws {
        let server = server(
            290, PagePlan(style: .number(first: 1), stop: .total, requestedSize: 50, concurrency: 1),
            before: { state, position in if position == .number(3) { state.list.removeLast(2) } })
        let error = try await refusal(of: server)
        #expect("\(error)" == "page 3 of 6: the total changed from 288 to 286, twice")
        #expect(server.seen.calls == 6)
    }

    @Test func aRowThatSlipsOntoTheNextPageIsWalkedAgain() async throws {
        let server = server(
            25, PagePlan(style: .number(first: 1), stop: .empty, requestedSize: 10),
            states: { $0.statesTotal = false },
            before: { state, _ in if state.calls == 2 { state.list.insert(99, at: 0) } })
        let result = try await server.walk()
        #expect(result.rows == [99] + Array(0..<25))
        #expect(result.restarts == 1)
    }

    @Test func aRowOnTwoPagesIsRefusedTheSecondTime() async throws {
        let server = server(
            25,
            alter: { page, position, _ in
                guard position == .number(3) else { return }
                page.rows[0].identity = RowIdentity(uid: "row-4")
            })
        let error = try await refusal(of: server)
        #expect("\(error)" == "page 3 of 3: a record of page 1 was received again, twice")
        #expect(server.seen.positions.count { $0 == .number(1) } == 2)
    }

    @Test func differentChangesInTwoWalksAreBothReported() async throws {
        let server = server(
            25, PagePlan(style: .number(first: 1), stop: .total, requestedSize: 10, concurrency: 1),
            alter: { page, _, state in
                if state.calls == 2 { page.total = 26 }
                if state.calls == 4 { page.pageNumber = 7 }
            })
        #expect(
            "\(try await refusal(of: server))"
                == "page 2 of 3: page number 2 was requested, 7 was received (second walk; in the first, the total changed from 25 to 26)"
        )
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var code: WalkError.Code
        var page: Int
        var plan = PageWalkTests.plan
        /// The most pages that are fetched.
        var calls: Int
        var alter: @Sendable (inout Page<Int>, PagePosition) -> Void
    }

    @Test(arguments: faults)
    func aFaultIsRefusedAtOnce(_ fault: Fault) async throws {
        let server = server(25, fault.plan, alter: { page, position, _ in fault.alter(&page, position) })
        let error = try await refusal(of: server)
        #expect(error.code == fault.code)
        #expect(error.page == fault.page)
        #expect(error.restartedAfter == nil)
        #expect(server.seen.calls <= fault.calls)
    }

    private static func plan(
        _ style: PagePlan.Style, _ stop: PagePlan.Stop, size: Int? = 10, pages: Int = 1000,
        rows: Int = 1_000_000
    ) -> PagePlan {
        PagePlan(
            style: style, stop: stop, requestedSize: size, maximumPages: pages, maximumRows: rows,
            concurrency: 2)
    }

    private static let faults: [Fault] = totals + ends + repetitions + numbers

    private static let totals: [Fault] = [
        Fault(
            testDescription: "a total above what comes", code: .missingRows(expected: 28, received: 25),
            page: 3, calls: 3
        ) { page, _ in page.total = 28 },
        Fault(
            testDescription: "a total below what comes", code: .missingRows(expected: 22, received: 25),
            page: 3, calls: 3
        ) { page, _ in page.total = 22 },
        Fault(
            testDescription: "a total of 0 with records", code: .missingRows(expected: 0, received: 10),
            page: 1, calls: 1
        ) { page, _ in page.total = 0 },
        Fault(
            testDescription: "an empty first page of many", code: .missingRows(expected: 25, received: 0),
            page: 1, calls: 1
        ) { page, _ in page = Page(rows: [], received: 0, total: 25, fingerprint: 0) },
        Fault(testDescription: "no total", code: .noTotal, page: 1, calls: 1) { page, _ in page.total = nil },
        Fault(
            testDescription: "one page of more", code: .missingRows(expected: 26, received: 25), page: 1,
            plan: .single, calls: 1
        ) { page, _ in page.total = 26 },
        Fault(
            testDescription: "a chain that ends before the total",
            code: .missingRows(expected: 25, received: 10),
            page: 1, plan: plan(.token, .noNext), calls: 1
        ) { page, _ in page.next = nil },
        Fault(
            testDescription: "a page that is not full, and only a page count",
            code: .shortPage(size: 10, received: 9),
            page: 2, plan: plan(.offset, .totalPages), calls: 3
        ) { page, position in
            if position == .offset(10) {
                page.rows.removeLast()
                page.received -= 1
            }
            page.total = nil
            page.totalPages = 3
        },
    ]

    private static let ends: [Fault] = [
        Fault(
            testDescription: "one page that names another", code: .moreAnnounced, page: 1, plan: .single,
            calls: 1
        ) { page, _ in page.next = .link("/more") },
        Fault(
            testDescription: "one page that says there is more", code: .moreAnnounced, page: 1, plan: .single,
            calls: 1
        ) { page, _ in page.hasMore = true },
        Fault(testDescription: "a last page that says there is more", code: .moreAnnounced, page: 3, calls: 3)
        { page, _ in page.hasMore = true },
        Fault(
            testDescription: "no continuation", code: .noContinuation, page: 1, plan: plan(.offset, .hasMore),
            calls: 1
        ) {
            page, _ in page.hasMore = nil
        },
        Fault(
            testDescription: "more, but no token", code: .noNext, page: 1, plan: plan(.token, .hasMore),
            calls: 1
        ) { page, _ in
            page.hasMore = true
            page.next = .token("")
        },
        Fault(
            testDescription: "more after nothing", code: .noNext, page: 4, plan: plan(.offset, .hasMore),
            calls: 4
        ) { page, _ in
            page.total = nil
            page.hasMore = true
        },
        Fault(
            testDescription: "no size to be short of", code: .noPageSize, page: 1,
            plan: plan(.offset, .short, size: nil), calls: 1
        ) { _, _ in },
        Fault(
            testDescription: "no page count", code: .noPageCount, page: 1,
            plan: plan(.offset, .totalPages), calls: 1
        ) { _, _ in },
    ]

    private static let repetitions: [Fault] = [
        Fault(
            testDescription: "a server that ignores the page", code: .repeatedPage(first: 1), page: 2,
            plan: plan(.number(first: 1), .empty), calls: 2
        ) { page, _ in
            page = Page(ids: Array(0..<10))
        },
        Fault(
            testDescription: "a token that leads back", code: .repeatedToken, page: 3,
            plan: plan(.token, .noNext), calls: 3
        ) { page, position in
            page.total = nil
            if position == .token("after 20") { page.next = .token("after 10") }
        },
        Fault(
            testDescription: "a link that leads to itself", code: .repeatedToken, page: 2,
            plan: plan(.link, .noNext), calls: 2
        ) { page, position in
            if case .link = position { page.next = position }
        },
        Fault(
            testDescription: "tokens without end", code: .tooManyPages(needed: nil, limit: 5), page: 5,
            plan: plan(.token, .noNext, pages: 5), calls: 5
        ) { page, position in
            page = Page(rows: [], received: 0, fingerprint: 0)
            page.next = .token("\(position)")
        },
        Fault(
            testDescription: "more pages than the limit", code: .tooManyPages(needed: 3, limit: 2), page: 1,
            plan: plan(.number(first: 1), .total, pages: 2), calls: 1
        ) { _, _ in },
        Fault(
            testDescription: "more records than the limit", code: .tooManyRows(limit: 19), page: 2,
            plan: plan(.offset, .empty, rows: 19), calls: 2
        ) { page, _ in page.total = nil },
        Fault(
            testDescription: "a total above the limit", code: .tooManyRows(limit: 24), page: 1,
            plan: plan(.offset, .total, rows: 24), calls: 1
        ) { _, _ in },
    ]

    private static let numbers: [Fault] = [
        Fault(
            testDescription: "another page than asked for", code: .wrongPage(requested: 2, echoed: 1),
            page: 2,
            calls: 3
        ) { page, _ in page.pageNumber = 1 },
        Fault(
            testDescription: "a size that changes", code: .pageSizeChanged(from: 10, to: 5), page: 2, calls: 3
        ) { page, position in page.pageSize = position == .number(2) ? 5 : 10 },
        Fault(testDescription: "a negative total", code: .implausible(.total, -1), page: 1, calls: 1) {
            page, _ in
            page.total = -1
        },
        Fault(
            testDescription: "a negative page count", code: .implausible(.pageCount, .min), page: 1, calls: 1
        ) {
            page, _ in page.totalPages = .min
        },
        Fault(testDescription: "a size of nothing", code: .implausible(.pageSize, 0), page: 1, calls: 1) {
            page, _ in page.pageSize = 0
        },
        Fault(testDescription: "an endless size", code: .implausible(.pageSize, .max), page: 1, calls: 1) {
            page, _ in page.pageSize = .max
        },
        Fault(
            testDescription: "an endless total", code: .tooManyRows(limit: 1_000_000), page: 1, calls: 1
        ) { page, _ in page.total = .max },
        Fault(
            testDescription: "numbers up to the end", code: .implausible(.pageNumber, .max), page: 1,
            plan: plan(.number(first: .max), .total), calls: 1
        ) { page, _ in page = Page(rows: [], received: 10, total: 25, fingerprint: 0) },
    ]
}
