import Deployments
import Refresh
import Snapshots
import TestSupport
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct RefresherTests {
    private func source(_ name: String, _ fetches: SourceFetch...) -> ScriptedSource {
        ScriptedSource(.example(name), fetches: fetches)
    }

    @Test func beforeTheFirstFetchEverySourceIsLoading() {
        let house = RefresherHarness([source("alpha", .listing([])), source("beta", .listing([]))])
        #expect(house.published.value.sources.map(\.source.name) == ["alpha", "beta"])
        #expect(house.state(0) == .loading && house.state(1) == .loading)
        #expect(house.status().nextAttemptReason == "starting")
        #expect(house.names == [])
    }

    @Test func allSourcesAreAskedAtOnceThenEveryTTL() async throws {
        let sources = ["alpha", "beta", "gamma"].map { source($0, .listing([.example("a", of: $0)])) }
        let house = RefresherHarness(sources)
        try await house.whileRunning {
            await house.clock.sleepers(atLeast: 3)
            #expect(sources.map(\.asked) == [1, 1, 1])
            #expect(house.names == [["a"], ["a"], ["a"]])
            #expect(house.status().nextAttemptAt == .at(30))
            #expect(house.status().nextAttemptReason == "ttl")
            house.clock.advance(by: .seconds(29))
            await house.clock.sleepers(atLeast: 3)
            #expect(sources.map(\.asked) == [1, 1, 1])
            house.clock.advance(by: .seconds(1))
            await house.clock.sleepers(atLeast: 3)
            #expect(sources.map(\.asked) == [2, 2, 2])
        }
    }

    @Test func aFetchThatHangsKeepsNoOtherSourceWaiting() async throws {
        let hanging = HangingSource()
        let house = RefresherHarness([hanging, source("alpha", .listing([.example("a")]))])
        try await house.whileRunning {
            await hanging.asked()
            await house.clock.sleepers(atLeast: 1)
            #expect(house.names == [["a"]])
            #expect(house.state(0) == .loading && house.state(1) == .fresh)
        }
        #expect(house.log.lines == [])
        #expect(house.status(0).finishedAttempts == 0)
    }

    @Test func aSourceThatFailsKeepsItsListAndSaysSo() async {
        let alpha = source("alpha", .listing([.example("a")], at: 1_000_000))
        let house = RefresherHarness([alpha, source("beta", .listing([.example("b", of: "beta")]))])
        await house.refresher.refreshAllOnce()
        let before = house.snapshot
        alpha.answer([.failure(SourceError(.serverError, "503"))])
        house.clock.advance(by: .seconds(40))
        await house.refresher.refreshAllOnce()
        #expect(house.names == [["a"], ["b"]])
        #expect(house.snapshot.id == before.id)
        #expect(house.state(0) == .stale && house.state(1) == .fresh)
        #expect(house.status().observedAt == .at(1))
        #expect(house.status().isComplete)
        #expect(
            house.status().failure
                == SourceStatus.Failure(error: SourceError(.serverError, "503"), since: .at(40)))
        #expect(house.status().lastAttemptAt == .at(40))
    }

    @Test func aRunOfFailuresOfAnyClassKeepsItsBeginning() async {
        let alpha = source(
            "alpha", .failure(SourceError(.timeout, "late")), .failure(SourceError(.auth, "401")),
            .failure(SourceError(.auth, "401")), .listing([]), .failure(SourceError(.tls, "bad")))
        let house = RefresherHarness([alpha])
        var since: [Timestamp?] = []
        for _ in 0..<5 {
            await house.refresher.refreshAllOnce()
            since.append(house.status().failure?.since)
            house.clock.advance(by: .seconds(10))
        }
        #expect(since == [.at(0), .at(0), .at(0), nil, .at(40)])
        #expect(house.status().finishedAttempts == 5)
        #expect(
            house.log.lines == [
                "warning source failed error=timeout: late source=alpha",
                "warning source failed error=auth: 401 source=alpha",
                "notice source recovered source=alpha",
                "warning source failed error=tls: bad source=alpha",
            ])
    }

    @Test func aSourceThatNeverListedIsFailedAndServesNothing() async {
        let house = RefresherHarness([source("alpha", .failure(SourceError(.auth, "401")))])
        await house.refresher.refreshAllOnce()
        #expect(house.state() == .failed)
        #expect(house.names == [] && !house.status().isComplete)
    }

    @Test func aPartitionFailsAlone() async {
        let refused = SourceError(.permission, "403", retryAfter: .seconds(9))
        let alpha = source(
            "alpha",
            .partitions([("x", .success(["a"])), ("y", .success(["b"])), ("z", .success([]))], at: 1))
        let house = RefresherHarness([alpha])
        await house.refresher.refreshAllOnce()
        #expect(house.status().partitions.proven == 3)
        alpha.answer([
            .partitions([("x", .success(["c"])), ("y", .failure(refused)), ("z", .success([]))], at: 2)
        ])
        await house.refresher.refreshAllOnce()
        #expect(house.names == [["b", "c"]])
        #expect(house.status().observedAt == .at(1))
        #expect(house.status().partitions.listed == 3 && house.status().partitions.total == 3)
        #expect(
            house.status().failure?.error
                == SourceError(
                    .permission, "y: 403 (1 of 3 partitions failed)", retryAfter: .seconds(9)))
        #expect(house.state() == .stale)
        #expect(house.log.lines.contains("info rows are gone rows=1 source=alpha"))
    }

    @Test func aPartitionThatNeverListedLeavesTheAnswerIncomplete() async {
        let house = RefresherHarness([
            source(
                "alpha",
                .partitions([("x", .success(["a"])), ("y", .failure(SourceError(.notFound, "404")))]))
        ])
        await house.refresher.refreshAllOnce()
        #expect(house.names == [["a"]])
        #expect(house.status().partitions.total == 2 && house.status().partitions.listed == 1)
        #expect(!house.status().isComplete && house.status().hasList)
    }

    @Test func aPartitionThatIsNoLongerAskedForGoesOnceAllOthersWereListed() async {
        let alpha = source(
            "alpha", .partitions([("x", .success(["a"])), ("y", .success(["b"]))]),
            .partitions([("x", .failure(SourceError(.timeout, "late")))]),
            .partitions([("x", .success(["a"]))]))
        let house = RefresherHarness([alpha])
        await house.refresher.refreshAllOnce()
        await house.refresher.refreshAllOnce()
        #expect(house.names == [["a", "b"]])
        #expect(house.status().partitions.total == 2)
        await house.refresher.refreshAllOnce()
        #expect(house.names == [["a"]])
        #expect(house.status().partitions.total == 1)
    }

    @Test func theSnapshotStaysTheSameWhileNoRowChanges() async throws {
        let rows: [ModelDeployment] = [.example("b"), .example("a")]
        let alpha = source(
            "alpha", .listing(rows, at: 1_000_000), .listing(rows.reversed(), at: 2_000_000),
            .listing([.example("a")], at: 3_000_000))
        let beta = source("beta", .listing([.example("c", of: "beta")]))
        let house = RefresherHarness([alpha, beta])
        await house.refresher.refreshAllOnce()
        let first = house.snapshot
        await house.refresher.refreshAllOnce()
        let second = house.snapshot
        #expect(second.id == first.id)
        #expect(second.lists[0] === first.lists[0] && second.lists[1] === first.lists[1])
        #expect(house.status().observedAt == .at(2))
        await house.refresher.refreshAllOnce()
        let third = house.snapshot
        #expect(third.id != first.id)
        #expect(third.lists[0] !== first.lists[0] && third.lists[1] === first.lists[1])
        #expect(first.lists[0].rows.count == 2)
    }

    @Test func snapshotsOfTwoProcessesAreToldApart() {
        let ids = [RefresherHarness([]).snapshot.id, RefresherHarness([]).snapshot.id]
        #expect(ids[0] != ids[1])
        #expect(ids[0].wholeMatch(of: /[a-z2-7]{10}-0/) != nil)
    }

    @Test func sourcesStandInTheConfigurationsOrderWhoeverEndsFirst() async {
        let house = RefresherHarness([
            source("zeta", .listing([.example("z", of: "zeta")])),
            source("alpha", .listing([.example("a")])),
        ])
        await house.refresher.refreshAllOnce()
        #expect(house.names == [["z"], ["a"]])
        #expect(house.published.value.sources.map(\.source.name) == ["zeta", "alpha"])
    }

    @Test func manySourcesThatEndTogetherAreAllPublished() async {
        let names = (0..<50).map { "source-\($0)" }
        let house = RefresherHarness(names.map { source($0, .listing([.example("a", of: $0)])) })
        await house.refresher.refreshAllOnce()
        #expect(house.snapshot.lists.map(\.source.name) == names)
        #expect(house.published.value.sources.allSatisfy { $0.finishedAttempts == 1 && $0.count == 1 })
    }

    @Test func oneRoundTellsOfEachSourceAsItEnds() async {
        let house = RefresherHarness([
            source("alpha", .listing([])), source("beta", .failure(SourceError(.auth, "401"))),
        ])
        let (told, teller) = AsyncStream<String>.makeStream()
        await house.refresher.refreshAllOnce { status in
            teller.yield("\(status.source.name) \(status.failure?.error.errorClass.rawValue ?? "ok")")
        }
        teller.finish()
        var lines: [String] = []
        for await line in told { lines.append(line) }
        #expect(lines.sorted() == ["alpha ok", "beta auth"])
    }

    @Test func callsAreCountedOverAMinuteAnHourAndADay() async {
        let alpha = source("alpha", .listing([]))
        let house = RefresherHarness([alpha])
        var counts: [[Int]] = []
        for pause in [Duration.zero, .seconds(30), .seconds(45), .seconds(3600), .seconds(86_400)] {
            house.clock.advance(by: pause)
            let now = Timestamp.epoch.advanced(by: house.clock.now.offset)
            for _ in 0..<3 { #expect(alpha.budget.take(at: now) == .granted) }
            await house.refresher.refreshAllOnce()
            let calls = house.status().budget.calls(at: now)
            counts.append([calls.minute, calls.hour, calls.day])
        }
        #expect(counts == [[3, 3, 3], [6, 6, 6], [6, 9, 9], [3, 3, 12], [3, 3, 3]])
    }

    @Test func driftKeepsTheTimeOfItsFirstSightAndIsLoggedOnce() async {
        func fetch(_ drift: [Drift]) -> SourceFetch {
            var fetch = SourceFetch.listing([])
            fetch.drift = drift
            return fetch
        }
        let replicas = Drift(field: "replicas.ready", value: "many", rows: 2)
        var more = replicas
        more.rows = 5
        let alpha = source(
            "alpha", fetch([replicas]), fetch([more, Drift(field: "uid", value: "an object", rows: 1)]),
            .failure(SourceError(.timeout, "late")), fetch([]))
        let house = RefresherHarness([alpha])
        var seen: [[SourceStatus.ObservedDrift]] = []
        for _ in 0..<4 {
            await house.refresher.refreshAllOnce()
            seen.append(house.status().drift)
            house.clock.advance(by: .seconds(60))
        }
        #expect(seen[0] == [.init(drift: replicas, firstSeen: .at(0))])
        #expect(
            seen[1] == [
                .init(drift: more, firstSeen: .at(0)),
                .init(drift: Drift(field: "uid", value: "an object", rows: 1), firstSeen: .at(60)),
            ])
        #expect(seen[2] == seen[1])
        #expect(seen[3] == [])
        #expect(
            house.log.lines.filter { $0.contains("fit") } == [
                "warning values do not fit a field field=replicas.ready rows=2 source=alpha",
                "warning values do not fit a field field=uid rows=1 source=alpha",
            ])
    }

    @Test func afterFailuresTheNextAttemptIsLaterEachTime() async throws {
        let alpha = source("alpha", .failure(SourceError(.unreachable, "down")))
        let house = RefresherHarness([alpha])
        try await house.whileRunning {
            for expected in [30, 60, 120, 240, 300, 300] {
                await house.clock.sleepers(atLeast: 1)
                let next = try #require(house.status().nextAttemptAt)
                let pause = next.since(.epoch.advanced(by: house.clock.now.offset))
                #expect(pause >= .seconds(expected) && pause <= .seconds(expected) * 1.1)
                #expect(house.status().nextAttemptReason == "after_failure")
                house.clock.advance(by: pause)
            }
            await house.clock.sleepers(atLeast: 1)
            #expect(alpha.asked == 7)
            alpha.answer([.listing([])])
            house.clock.advance(by: .seconds(400))
            await house.clock.sleepers(atLeast: 1)
            #expect(house.status().nextAttemptReason == "ttl")
            let pause = house.status().nextAttemptAt?.since(.epoch.advanced(by: house.clock.now.offset))
            #expect(pause == .seconds(30))
        }
    }

    @Test(arguments: [(120, 120), (86_400, 3600), (1, 30)])
    func aPauseThatThePlatformAsksForIsKeptUpToAnHour(_ asked: Int, _ expected: Int) async {
        let house = RefresherHarness([
            source("alpha", .failure(SourceError(.rateLimited, "429", retryAfter: .seconds(asked))))
        ])
        await house.refresher.refreshAllOnce()
        let pause = house.status().nextAttemptAt?.since(.epoch) ?? .zero
        #expect(pause >= .seconds(expected) && pause <= .seconds(expected) * 1.1)
    }

    @Test func aPartialFailureDoesNotSlowTheOtherPartitions() async {
        let house = RefresherHarness([
            source("alpha", .partitions([("x", .success([])), ("y", .failure(SourceError(.auth, "401")))]))
        ])
        for _ in 0..<3 { await house.refresher.refreshAllOnce() }
        #expect(house.status().nextAttemptAt == .at(30))
        #expect(house.status().nextAttemptReason == "ttl")
    }

    @Test func betweenTheEndOfOneAttemptAndTheNextThereIsAlwaysAPause() async throws {
        let slow = SlowSource()
        let house = RefresherHarness(
            [slow], config: RefreshConfig(ttl: .seconds(5), minInterval: .seconds(2)))
        slow.house.replace(with: house)
        await house.refresher.refreshAllOnce()
        #expect(house.status().nextAttemptAt == .at(62))
    }

    @Test func aFetchWithoutAnyPartitionIsAFailureAndLosesNothing() async {
        let alpha = source("alpha", .listing([.example("a")]), SourceFetch(partitions: [], calls: 1))
        let house = RefresherHarness([alpha])
        await house.refresher.refreshAllOnce()
        await house.refresher.refreshAllOnce()
        #expect(house.names == [["a"]])
        #expect(house.status().failure?.error.errorClass == .internal)
        #expect(house.status().failure?.error.logDetail == "the source named no partition")
    }
}

/// A source whose fetch takes a minute of the house's clock.
private struct SlowSource: DeploymentSource {
    let budget = RequestBudget()
    let description = SourceDescription.example("slow")
    let house = Latest<RefresherHarness?>(nil)

    var partitionKeys: [String]? { nil }
    var storageKey: String { description.name }

    func fetch() async -> SourceFetch {
        house.value?.clock.advance(by: .seconds(60))
        return .listing([])
    }
}
