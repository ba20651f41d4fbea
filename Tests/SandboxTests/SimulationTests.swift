import Sandbox
import Testing
import Wire

@Suite struct SimulationTests {
    private static let lists = [
        nemoList + "/-/deployments?all_versions=true&page_size=1000",
        "/dashscope/api/v1/deployments", "/deploy-list/deploy/list",
    ]

    /// One line for each row that is listed: its key, version and native status.
    private static func rows(_ sandbox: SandboxClient) async throws -> Set<String> {
        var rows: Set<String> = []
        for path in lists {
            let reply = try await sandbox.get(path)
            let list = reply.at("data") ?? reply.at("output", "deployments") ?? reply.json
            for record in list?.elements ?? [] {
                let key = ["workspace", "name", "deployed_model", "deploy_id", "status"].map {
                    record[$0]?.string ?? ""
                }
                let numbers = ["entity_version", "capacity", "ready_capacity"].map { name in
                    record[name]?.string ?? record[name]?.int.map { "\($0)" } ?? ""
                }
                rows.insert((key + numbers).joined(separator: " "))
            }
        }
        return rows
    }

    @Test func somethingChangesEveryFewSecondsAndTheFleetNeverShrinks() async throws {
        try await withSandbox({ $0.changesOverTime = true }) { sandbox in
            var last = try await Self.rows(sandbox)
            var changes = 0
            var smallest = last.count
            let steps = 240
            for _ in 1...steps {
                sandbox.clock.advance(seconds: 5)
                let rows = try await Self.rows(sandbox)
                if rows != last { changes += 1 }
                smallest = min(smallest, rows.count)
                last = rows
            }
            // Twenty minutes in steps of 5 s: a change in most of them, but not a storm.
            #expect((100...226).contains(changes))
            #expect(smallest > 85)
        }
    }

    @Test func anyInstantGivesTheSameFleetWhateverWasRequestedBefore() async throws {
        try await withSandbox({ $0.changesOverTime = true }) { visited in
            for _ in 1...50 {
                visited.clock.advance(seconds: 97)
                _ = try await Self.rows(visited)
            }
            let walked = try await visited.get(Self.lists[0])
            try await withSandbox({ $0.changesOverTime = true }) { fresh in
                fresh.clock.advance(seconds: 50 * 97)
                let jumped = try await fresh.get(Self.lists[0])
                #expect(jumped.bytes == walked.bytes)
            }
        }
    }

    @Test(arguments: [0, 7]) func everyDialectHasTheRowsThatAreSetForAll(_ rows: Int) {
        var config = SandboxConfig()
        config.setRows(rows)
        config.changesOverTime = false
        let fleet = SandboxFleet(config: config, now: { Timestamp(microseconds: 0) })
        for dialect in Dialect.allCases { #expect(fleet.keys(dialect).count == rows, "\(dialect)") }
    }

    @Test func everyLifecycleIsSeenWithinAnHour() async throws {
        try await withSandbox({
            $0.changesOverTime = true
            $0.nemoRows = 120
            $0.dashscopeRows = 60
            $0.deployListRows = 60
        }) { sandbox in
            var statuses: Set<String> = []
            var keys: Set<String> = []
            for _ in 1...50 {
                sandbox.clock.advance(seconds: 73)
                for row in try await Self.rows(sandbox) {
                    statuses.formUnion(row.split(separator: " ").map(String.init))
                }
                keys.formUnion(sandbox.fleet.keys(.nemo))
            }
            let expected = [
                "CREATED", "PENDING", "READY", "ERROR", "LOST", "DELETING", "DELETED", "UNKNOWN", "RUNNING",
                "UPDATING", "STOPPED", "FAILED", "initializing", "downloading", "deploying", "running",
                "updating", "stopping", "stopped", "failed", "deleted", "deployed",
            ]
            #expect(expected.filter { !statuses.contains($0) } == [])
            // Some were not there at the end.
            #expect(keys.count > sandbox.fleet.keys(.nemo).count)
        }
    }

    @Test func aChangingRowKeepsItsHistoryConsistent() async throws {
        try await withSandbox({ $0.changesOverTime = true }) { sandbox in
            for _ in 1...30 {
                sandbox.clock.advance(seconds: 127)
                let now = sandbox.clock.now
                let reply = try await sandbox.get(Self.lists[0])
                for record in reply.at("data")?.elements ?? [] {
                    let created = try #require(record["created_at"]?.string.map { $0 + "Z" })
                    let history = record["status_history"]?.elements ?? []
                    let stamps = history.compactMap { $0["timestamp"]?.string }
                    #expect(stamps == stamps.sorted())
                    #expect(stamps.allSatisfy { $0 >= created && $0 <= now.description })
                    if let last = history.last { #expect(last["status"]?.string == record["status"]?.string) }
                }
            }
        }
    }

    @Test func aFleetWithoutChangesStandsStill() async throws {
        try await withSandbox { sandbox in
            for path in [Self.lists[0], Self.lists[2]] {
                let before = try await sandbox.get(path)
                sandbox.clock.advance(seconds: 100_000)
                let after = try await sandbox.get(path)
                #expect(after.bytes == before.bytes)
            }
        }
    }

    @Test func theSeedMakesTheFleet() async throws {
        let first = SandboxFleet(config: SandboxConfig(), now: { Timestamp(microseconds: 0) })
        let same = SandboxFleet(config: SandboxConfig(), now: { Timestamp(microseconds: 0) })
        var config = SandboxConfig()
        config.seed = 2
        let other = SandboxFleet(config: config, now: { Timestamp(microseconds: 0) })
        for dialect in Dialect.allCases {
            #expect(first.keys(dialect) == same.keys(dialect))
            #expect(first.keys(dialect) != other.keys(dialect))
        }
    }

    @Test func rowsAreChangedByHand() async throws {
        try await withSandbox { sandbox in
            let fleet = sandbox.fleet
            for (dialect, new) in [
                (Dialect.nemo, "research/by-hand"), (.dashscope, "by-hand"), (.deployList, "by-hand"),
            ] {
                let keys = fleet.keys(dialect)
                fleet.remove(dialect, keys[0])
                #expect(fleet.keys(dialect) == Array(keys.dropFirst()))
                fleet.restore(dialect, keys[0])
                #expect(fleet.keys(dialect) == keys)
                fleet.add(dialect, new)
                fleet.add(dialect, new)
                #expect(Set(fleet.keys(dialect)) == Set(keys + [new]))
                #expect(fleet.keys(dialect).count == keys.count + 1)
                fleet.setStatus(dialect, new, "SINGING")
            }
            let rows = try await Self.rows(sandbox)
            #expect(rows.filter { $0.contains("SINGING") }.count == 3)
            fleet.add(.nemo, "no-workspace")
            fleet.add(.nemo, "nope/name")
            #expect(fleet.keys(.nemo).count == 41)
        }
    }
}
