import HTTPTypes
import Sandbox
import Testing
import Wire

/// Faults that strike writes, as far as they need no connection.
@Suite(.timeLimit(.minutes(10))) struct WriteFaultTests {
    private static let key = "ml-prod/chat-llama-8b"
    private static let row0 = nemoList + "/ml-prod/deployments/chat-llama-8b"
    private static let list = nemoList + "/-/deployments?all_versions=true&filter%5Bname%5D=chat-llama-8b"
    private static let body = #"{"config":"embed-cpu"}"#

    private static func write(_ sandbox: SandboxClient) async throws -> Int {
        try await sandbox.send(.post, row0, body: body).status
    }

    /// The highest version of the deployment in its list.
    private static func listed(_ sandbox: SandboxClient) async throws -> Int64? {
        try await sandbox.get(list).at("data")?.elements.filter { $0["workspace"]?.string == "ml-prod" }
            .compactMap { $0["entity_version"]?.int }.max()
    }

    @Test(arguments: Fault.allCases.filter(\.strikesWrites))
    func aFaultOfWritesStrikesNoRead(_ fault: Fault) async throws {
        #expect(fault.dialects == [.nemo, .dashscope])
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(fault, on: .nemo, FaultSetting(count: 1))
            for path in [Self.row0, Self.list] {
                let reply = try await sandbox.get(path)
                #expect(reply.status == 200)
            }
            let page = try await sandbox.get("/_faults")
            let entry = page.at("faults")?.elements.first { $0["name"]?.string == fault.rawValue }
            #expect(entry?["on"]?["nemo"]?["hits"]?.int == 0)
        }
    }

    @Test func aWriteIsDoneAndAnsweredByA500() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.status500AfterWrite, on: .nemo, FaultSetting(count: 2))
            let broken = try await sandbox.send(.post, Self.row0, body: Self.body)
            #expect(broken.status == 500)
            #expect(broken.text == #"{"detail":"Internal Server Error"}"#)
            // What is refused is told.
            let refused = try await sandbox.send(.post, Self.row0, body: "{}")
            #expect(refused.status == 422)
            #expect(try await Self.write(sandbox) == 201)
            #expect(sandbox.fleet.effects.account(.nemo, Self.key).done == 2)
            #expect(try await Self.listed(sandbox) == 4)
        }
    }

    @Test func scalingFailsInThePlatformsWordsAfterItIsDone() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.add(.dashscope, "new")
            sandbox.fleet.faults.set(.status500AfterWrite, on: .dashscope)
            let path = "/dashscope/api/v1/deployments/new"
            let reply = try await sandbox.send(.put, path + "/scale", body: #"{"capacity":2}"#)
            #expect(reply.status == 500)
            #expect(reply.at("code")?.string == "InternalError")
            #expect(try await sandbox.get(path).at("output", "capacity")?.int == 2)
        }
    }

    @Test func theListStaysAsBeforeTheWriteForSomeRequests() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.lateInLists, on: .nemo, FaultSetting(count: 1, requests: 2))
            #expect(try await Self.write(sandbox) == 201)
            // A single read, and the list of providers, are up to date, and count for nothing.
            #expect(try await sandbox.get(Self.row0).at("entity_version")?.int == 3)
            _ = try await sandbox.get(nemoList + "/-/providers")
            var seen: [Int64?] = []
            for _ in 1...3 { seen.append(try await Self.listed(sandbox)) }
            #expect(seen == [2, 2, 3])
            #expect(try await Self.write(sandbox) == 201)
            #expect(try await Self.listed(sandbox) == 4)
        }
    }

    @Test func theListStaysAsBeforeTheWriteForSomeSeconds() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.add(.dashscope, "new")
            sandbox.fleet.faults.set(.lateInLists, on: .dashscope, FaultSetting(count: 1, seconds: 20))
            let list = "/dashscope/api/v1/deployments"
            sandbox.clock.advance(seconds: 5)
            _ = try await sandbox.send(.put, list + "/new/scale", body: #"{"capacity":2}"#)
            func listed() async throws -> String {
                let reply = try await sandbox.get(list + "?page_size=50")
                let row = reply.at("output", "deployments")?.elements.first {
                    $0["deployed_model"]?.string == "new"
                }
                return "\(row?["status"]?.string ?? "-") \(row?["capacity"]?.int ?? 0)"
            }
            var seen: [String] = []
            for seconds in [0, 10, 9, 1] as [Int64] {
                sandbox.clock.advance(seconds: seconds)
                seen.append(try await listed())
            }
            #expect(seen == ["RUNNING 1", "RUNNING 1", "RUNNING 1", "RUNNING 2"])
        }
    }

    @Test func aRefusedWriteHoldsNoListBackAndAClearedFaultReleasesIt() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.lateInLists, on: .nemo, FaultSetting(count: 2, requests: 100))
            sandbox.fleet.setStatus(.nemo, Self.key, "DELETING")
            let refused = try await Self.write(sandbox)
            sandbox.fleet.setStatus(.nemo, Self.key, nil)
            let done = try await Self.write(sandbox)
            #expect([refused, done] == [409, 201])
            let late = try await Self.listed(sandbox)
            sandbox.fleet.faults.clear(.lateInLists, on: .nemo)
            let current = try await Self.listed(sandbox)
            #expect([late, current] == [2, 3])
        }
    }

    @Test func aDoneWriteHangsUntilTheFaultIsLifted() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.faults.set(.hangAfterWrite, on: .nemo)
            async let hanging = Self.write(sandbox)
            while sandbox.fleet.faults.waiting == 0, !Task.isCancelled { await Task.yield() }
            #expect(sandbox.fleet.effects.account(.nemo, Self.key).done == 1)
            let listed = try await Self.listed(sandbox)
            #expect(listed == 3)
            sandbox.fleet.faults.clear(.hangAfterWrite, on: .nemo)
            let status = try await hanging
            #expect(status == 201)
        }
    }

    @Test func aSeedDrawsTheSameWritesEachTime() async throws {
        try await withSandbox { sandbox in
            func hits(_ setting: FaultSetting) async throws -> [Bool] {
                sandbox.fleet.faults.set(.status500AfterWrite, on: .nemo, setting)
                var hits: [Bool] = []
                for _ in 1...60 { hits.append(try await Self.write(sandbox) == 500) }
                return hits
            }
            let first = try await hits(FaultSetting(share: 30, seed: 7))
            #expect(try await hits(FaultSetting(share: 30, seed: 7)) == first)
            #expect(try await hits(FaultSetting(share: 30, seed: 8)) != first)
            #expect((6...32).contains(first.filter { $0 }.count))
            #expect(try await hits(FaultSetting(share: 50)).prefix(4) == [false, true, false, true])
            #expect(try await hits(FaultSetting(count: 2)).prefix(4) == [true, true, false, false])
        }
    }
}
