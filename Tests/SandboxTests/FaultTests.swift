import HTTPTypes
import Sandbox
import Testing
import Wire

@Suite(.timeLimit(.minutes(10))) struct FaultTests {
    private static let lists: [Dialect: String] = [
        .nemo: nemoList + "/-/deployments?all_versions=true&page_size=10",
        .dashscope: "/dashscope/api/v1/deployments?page_size=10",
        .deployList: "/deploy-list/deploy/list",
    ]

    private static func list(_ dialect: Dialect) -> String { lists[dialect] ?? "" }

    private static func records(_ reply: Reply, _ dialect: Dialect) -> [JSONValue] {
        switch dialect {
        case .nemo: reply.at("data")?.elements ?? []
        case .dashscope: reply.at("output", "deployments")?.elements ?? []
        case .deployList: reply.json?.elements ?? []
        }
    }

    @Test(arguments: Dialect.allCases)
    func aFaultIsOnUntilItIsSwitchedOff(_ dialect: Dialect) async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.status500, on: dialect)
            let broken = try await sandbox.get(Self.list(dialect))
            #expect(broken.status == 500)
            #expect(broken.json?.kind == .object)
            sandbox.fleet.faults.clear(.status500, on: dialect)
            let recovered = try await sandbox.get(Self.list(dialect))
            #expect(recovered.status == 200)
            #expect(sandbox.fleet.requestCount(dialect) == 2)
        }
    }

    @Test func aCountedFaultHitsThatManyRequests() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.status500, on: .nemo, FaultSetting(count: 2))
            var statuses: [Int] = []
            for _ in 1...4 { statuses.append(try await sandbox.get(Self.list(.nemo)).status) }
            #expect(statuses == [500, 500, 200, 200])
        }
    }

    @Test(arguments: [(50, 4), (25, 2), (100, 8), (10, 0), (13, 1)])
    func aSharedFaultHitsItsShareEvenly(_ share: Int, _ hits: Int) async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.status500, on: .deployList, FaultSetting(share: share))
            var statuses: [Int] = []
            for _ in 1...8 { statuses.append(try await sandbox.get(Self.list(.deployList)).status) }
            #expect(statuses.filter { $0 == 500 }.count == hits)
            if share == 50 { #expect(statuses == [200, 500, 200, 500, 200, 500, 200, 500]) }
        }
    }

    @Test func throttlingTellsWhenToRetry() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.status429, on: .dashscope, FaultSetting(seconds: 7))
            let delayed = try await sandbox.get(Self.list(.dashscope))
            #expect(delayed.status == 429)
            #expect(delayed.headers[.retryAfter] == "7")
            #expect(delayed.at("code")?.string == "Throttling")
            sandbox.fleet.faults.set(.status429, on: .dashscope)
            let undelayed = try await sandbox.get(Self.list(.dashscope))
            #expect(undelayed.headers[.retryAfter] == nil)
        }
    }

    @Test func anOverdueBillIsA429ThatNoRetryFixes() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.billing, on: .dashscope)
            let reply = try await sandbox.get(Self.list(.dashscope))
            #expect(reply.status == 429)
            #expect(reply.at("code")?.string == "PostpaidBillOverdue")
            sandbox.fleet.faults.set(.billing, on: .nemo)
            let other = try await sandbox.get(Self.list(.nemo))
            #expect(other.status == 200)
        }
    }

    @Test func anErrorCodeHidesUnder200() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.code200, on: .dashscope)
            let reply = try await sandbox.get(Self.list(.dashscope))
            #expect(reply.status == 200)
            #expect(reply.at("code")?.string == "InvalidParameter")
            #expect(reply.at("output") == nil)
        }
    }

    @Test(arguments: [
        (Dialect.nemo, #"{"detail":"Invalid or expired token"}"#),
        (.deployList, #"{"error":"Not authenticated"}"#),
    ])
    func aRevokedTokenIsA401(_ dialect: Dialect, _ body: String) async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.status401, on: dialect)
            let reply = try await sandbox.get(Self.list(dialect))
            #expect(reply.status == 401)
            #expect(reply.text == body)
        }
    }

    @Test(arguments: Dialect.allCases)
    func bodiesCanBeNoJSON(_ dialect: Dialect) async throws {
        try await withSandbox { sandbox in
            let faults = sandbox.fleet.faults
            faults.set(.html, on: dialect)
            let page = try await sandbox.get(Self.list(dialect))
            #expect(page.status == 200)
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            #expect(page.json == nil)
            faults.clearAll()
            faults.set(.empty, on: dialect)
            let empty = try await sandbox.get(Self.list(dialect))
            #expect(empty.status == 200)
            #expect(empty.bytes.isEmpty)
            faults.clearAll()
            faults.set(.cutJSON, on: dialect)
            let cut = try await sandbox.get(Self.list(dialect))
            #expect(cut.headers[.contentLength] == "\(cut.bytes.count)")
            #expect(cut.bytes.count > 100)
            #expect(cut.json == nil)
            faults.clearAll()
            faults.set(.deepNesting, on: dialect)
            let deep = try await sandbox.get(Self.list(dialect))
            #expect(deep.bytes.count == 20_000)
            #expect(deep.json == nil)
        }
    }

    @Test(arguments: Dialect.allCases)
    func theListCanBeAString(_ dialect: Dialect) async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.wrongTypes, on: dialect)
            let reply = try await sandbox.get(Self.list(dialect))
            let list =
                switch dialect {
                case .nemo: reply.at("data")
                case .dashscope: reply.at("output", "deployments")
                case .deployList: reply.json
                }
            #expect(list?.string == "none")
        }
    }

    @Test func aLargeBodyIsStreamedWithoutALength() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.large, on: .nemo, FaultSetting(megabytes: 2))
            let reply = try await sandbox.get(Self.list(.nemo))
            #expect(reply.headers[.contentLength] == nil)
            #expect(reply.bytes.count == 2 * 1_048_576 + 14)
            #expect(reply.at("padding")?.string?.utf8.count == 2_097_152)
        }
    }

    @Test(arguments: Dialect.allCases)
    func anEmptyListIsWellFormed(_ dialect: Dialect) async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.emptyList, on: dialect)
            let reply = try await sandbox.get(Self.list(dialect))
            #expect(reply.status == 200)
            #expect(Self.records(reply, dialect).isEmpty)
            if dialect == .nemo { #expect(reply.at("pagination", "total_results")?.int == 0) }
            if dialect == .dashscope { #expect(reply.at("output", "total")?.int == 0) }
        }
    }

    @Test(arguments: [(Dialect.nemo, 10, 6), (.dashscope, 10, 6), (.deployList, 20, 13)])
    func aShortPageLosesRowsButKeepsItsTotals(_ dialect: Dialect, _ complete: Int, _ short: Int) async throws
    {
        try await withSandbox { sandbox in
            let before = try await sandbox.get(Self.list(dialect))
            sandbox.fleet.faults.set(.shortPage, on: dialect)
            let after = try await sandbox.get(Self.list(dialect))
            #expect(Self.records(before, dialect).count == complete)
            #expect(Self.records(after, dialect).count == short)
            for path in [["pagination", "total_results"], ["output", "total"]] {
                let left = before.json?[path[0]]?[path[1]]?.int
                #expect(left == after.json?[path[0]]?[path[1]]?.int)
            }
        }
    }

    @Test(arguments: [
        (Dialect.nemo, "&page=2", "page", "id"), (.dashscope, "&page_no=2", "page_no", "deployed_model"),
    ])
    func aRepeatedPageIsPageOneUnderItsOwnNumber(
        _ dialect: Dialect, _ second: String, _ number: String, _ id: String
    ) async throws {
        try await withSandbox { sandbox in
            let first = try await sandbox.get(Self.list(dialect))
            sandbox.fleet.faults.set(.repeatedPage, on: dialect)
            let repeated = try await sandbox.get(Self.list(dialect) + second)
            let ids = Self.records(repeated, dialect).map { $0[id]?.string }
            #expect(ids == Self.records(first, dialect).map { $0[id]?.string })
            let envelope = repeated.at(dialect == .nemo ? "pagination" : "output")
            #expect(envelope?[number]?.int == 2)
        }
    }

    @Test func aMovingTotalGrowsWithEveryRequest() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.movingTotal, on: .dashscope)
            let first = try await sandbox.get(Self.list(.dashscope))
            let second = try await sandbox.get(Self.list(.dashscope))
            #expect(first.at("output", "total")?.int == 26)
            #expect(second.at("output", "total")?.int == 27)
        }
    }

    @Test func aHiddenWorkspaceAnswers500AndIsMissingFromTheWildcard() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.hiddenWorkspace, on: .nemo)
            let hidden = try await sandbox.get(nemoList + "/research/deployments")
            #expect(hidden.status == 500)
            let other = try await sandbox.get(nemoList + "/ml-prod/deployments")
            #expect(other.status == 200)
            let wildcard = try await sandbox.get(nemoList + "/-/deployments?all_versions=true")
            #expect(Set(wildcard.strings("data", each: "workspace")) == ["ml-prod"])
        }
    }

    @Test(arguments: [
        (Dialect.nemo, "name", "created_at"), (.dashscope, "deployed_model", "gmt_create"),
        (.deployList, "deploy_id", "created_at"),
    ])
    func recordsCanBeOddInOneRespectEach(_ dialect: Dialect, _ key: String, _ time: String) async throws {
        try await withSandbox { sandbox in
            let faults = sandbox.fleet.faults
            let path = Self.list(dialect)
            let plain = Self.records(try await sandbox.get(path), dialect)
            func odd(_ fault: Fault) async throws -> [JSONValue] {
                faults.clearAll()
                faults.set(fault, on: dialect)
                return Self.records(try await sandbox.get(path), dialect)
            }
            let status = try await odd(.unknownStatus)
            #expect(status[0]["status"]?.string == "TRANSCENDING")
            #expect(status[4]["status"]?.string == "TRANSCENDING")
            #expect(status[1]["status"]?.string == plain[1]["status"]?.string)
            let times = try await odd(.unreadableTimes)
            #expect(times[0][time]?.string == "last Tuesday")
            let types = try await odd(.oddTypes)
            #expect(types[0][key]?.string == plain[0][key]?.string)
            #expect(types[0]["status"]?.int == 7)
            let nameless = try await odd(.noIdentity)
            #expect(nameless[0][key] == nil)
            #expect(nameless[1][key]?.string == plain[1][key]?.string)
            let twice = try await odd(.duplicateInPage)
            #expect(twice.count == plain.count)
            #expect(twice.last?[key]?.string == plain[0][key]?.string)
            let twins = try await odd(.twins)
            #expect(twins.count == plain.count)
            #expect(twins.last?[key]?.string == plain[0][key]?.string)
            #expect(twins.last?.written != plain[0].written)
            #expect(try await odd(.partialContent).count == plain.count - plain.count / 2)
            #expect(try await sandbox.get(path).status == 206)
            #expect(try await odd(.acceptedEmpty).isEmpty)
            #expect(try await sandbox.get(path).status == 202)
            #expect(try await odd(.staleCache).count == plain.count)
            #expect(try await sandbox.get(path).headers[.age] == "3600")
            _ = try await odd(.brokenTexts)
            let bytes = try await sandbox.get(path).bytes
            #expect(String(validating: bytes, as: UTF8.self) == nil)
            #expect(bytes.contains(0xC3))
        }
    }

    @Test(arguments: [Fault.reset, .truncated])
    func aDroppedConnectionNeverFinishesItsBody(_ fault: Fault) async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(fault, on: .nemo)
            await #expect(throws: (any Error).self) { try await sandbox.get(Self.list(.nemo)) }
            #expect(sandbox.fleet.requestCount(.nemo) == 1)
        }
    }

    @Test(arguments: [true, false])
    func aHangingRequestGoesOnWhenTheFaultIsLiftedOrTheSandboxStops(_ lifts: Bool) async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.hang, on: .deployList)
            async let hanging = sandbox.get(Self.list(.deployList))
            while sandbox.fleet.faults.waiting == 0, !Task.isCancelled { await Task.yield() }
            if lifts { sandbox.fleet.faults.clear(.hang, on: .deployList) } else { sandbox.fleet.stop() }
            let reply = try await hanging
            #expect(reply.status == 200)
            #expect(reply.json?.count == 20)
            #expect(sandbox.fleet.faults.waiting == 0)
        }
    }

    @Test func hangingEndsWithItsSecondsAndDrippingSendsTheWholeBody() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.hang, on: .deployList, FaultSetting(seconds: 0))
            let late = try await sandbox.get(Self.list(.deployList))
            sandbox.fleet.faults.clearAll()
            sandbox.fleet.faults.set(.slow, on: .deployList, FaultSetting(seconds: 0))
            let slow = try await sandbox.get(Self.list(.deployList))
            #expect(late.json?.count == 20)
            #expect(slow.bytes == late.bytes)
            #expect(slow.headers[.contentLength] == "\(slow.bytes.count)")
        }
    }

    @Test func settingsOutOfRangeAreForcedIntoIt() async throws {
        try await withSandbox { sandbox in
            let wild = FaultSetting(count: -1, seconds: -.infinity, share: 0, megabytes: .max)
            for fault in Fault.allCases { sandbox.fleet.faults.set(fault, on: .nemo, wild) }
            let reply = try await sandbox.get(Self.list(.nemo))
            #expect(reply.status == 200)
        }
    }
}
