import Deployments
import Refresh
import Snapshots
import TestSupport
import Testing
import Wire

@Suite(.timeLimit(.minutes(10))) struct RefresherTests {
    private func source(_ name: String, _ fetches: SourceFetch...) -> ScriptedSource {
        ScriptedSource(.example(name), fetches: fetches)
    }

    @Test func beforeTheFirstFetchEverySourceIsLoading() {
        let harness = RefresherHarness([source("alpha", .listing([])), source("beta", .listing([]))])
        #expect(harness.published.value.sources.map(\.source.name) == ["alpha", "beta"])
        #expect(harness.state(0) == .loading && harness.state(1) == .loading)
        #expect(harness.status().nextAttemptReason == "starting")
        #expect(harness.names == [])
    }

    @Test func allSourcesAreFetchedAtOnceThenEveryTTL() async throws {
        let sources = ["alpha", "beta", "gamma"].map { source($0, .listing([.example("a", of: $0)])) }
        let harness = RefresherHarness(sources)
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 3)
            #expect(sources.map(\.fetchCount) == [1, 1, 1])
            #expect(harness.names == [["a"], ["a"], ["a"]])
            #expect(harness.status().nextAttemptAt == .at(30))
            #expect(harness.status().nextAttemptReason == "ttl")
            harness.clock.advance(by: .seconds(29))
            await harness.clock.sleepers(atLeast: 3)
            #expect(sources.map(\.fetchCount) == [1, 1, 1])
            harness.clock.advance(by: .seconds(1))
            await harness.clock.sleepers(atLeast: 3)
            #expect(sources.map(\.fetchCount) == [2, 2, 2])
        }
    }

    @Test func aFetchThatHangsKeepsNoOtherSourceWaiting() async throws {
        let hanging = HangingSource()
        let harness = RefresherHarness([hanging, source("alpha", .listing([.example("a")]))])
        try await harness.whileRunning {
            await hanging.fetching()
            await harness.clock.sleepers(atLeast: 1)
            #expect(harness.names == [["a"]])
            #expect(harness.state(0) == .loading && harness.state(1) == .fresh)
        }
        #expect(harness.log.lines == [])
        #expect(harness.status(0).finishedAttempts == 0)
    }

    @Test func aSourceThatFailsKeepsItsListAndSaysSo() async {
        let alpha = source("alpha", .listing([.example("a")], at: 1_000_000))
        let harness = RefresherHarness([alpha, source("beta", .listing([.example("b", of: "beta")]))])
        await harness.refresher.refreshAllOnce()
        let before = harness.snapshot
        alpha.answer([.failure(SourceError(.serverError, "503"))])
        harness.clock.advance(by: .seconds(40))
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["a"], ["b"]])
        #expect(harness.snapshot.id == before.id)
        #expect(harness.state(0) == .stale && harness.state(1) == .fresh)
        #expect(harness.status().observedAt == .at(1))
        #expect(harness.status().isComplete)
        #expect(
            harness.status().failure
                == SourceStatus.Failure(error: SourceError(.serverError, "503"), since: .at(40)))
        #expect(harness.status().lastAttemptAt == .at(40))
    }

    @Test func aRunOfFailuresOfAnyClassKeepsItsBeginning() async {
        let alpha = source(
            "alpha", .failure(SourceError(.timeout, "late")), .failure(SourceError(.auth, "401")),
            .failure(SourceError(.auth, "401")), .listing([]), .failure(SourceError(.tls, "bad")))
        let harness = RefresherHarness([alpha])
        var since: [Timestamp?] = []
        for _ in 0..<5 {
            await harness.refresher.refreshAllOnce()
            since.append(harness.status().failure?.since)
            harness.clock.advance(by: .seconds(10))
        }
        #expect(since == [.at(0), .at(0), .at(0), nil, .at(40)])
        #expect(harness.status().finishedAttempts == 5)
        #expect(
            harness.log.lines == [
                "warning source failed error=timeout: late source=alpha",
                "warning source failed error=auth: 401 source=alpha",
                "notice source recovered source=alpha",
                "warning source failed error=tls: bad source=alpha",
            ])
    }

    @Test func aSourceThatNeverListedIsFailedAndServesNothing() async {
        let harness = RefresherHarness([source("alpha", .failure(SourceError(.auth, "401")))])
        await harness.refresher.refreshAllOnce()
        #expect(harness.state() == .failed)
        #expect(harness.names == [] && !harness.status().isComplete)
    }

    @Test func aPartitionFailsAlone() async {
        let refused = SourceError(.permission, "403", retryAfter: .seconds(9))
        let alpha = source(
            "alpha",
            .partitions([("x", .success(["a"])), ("y", .success(["b"])), ("z", .success([]))], at: 1))
        let harness = RefresherHarness([alpha])
        await harness.refresher.refreshAllOnce()
        #expect(harness.status().partitions.proven == 3)
        alpha.answer([
            .partitions([("x", .success(["c"])), ("y", .failure(refused)), ("z", .success([]))], at: 2)
        ])
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["b", "c"]])
        #expect(harness.status().observedAt == .at(1))
        #expect(harness.status().partitions.listed == 3 && harness.status().partitions.total == 3)
        #expect(
            harness.status().failure?.error
                == SourceError(
                    .permission, "y: 403 (1 of 3 partitions failed)", retryAfter: .seconds(9)))
        #expect(harness.state() == .stale)
        #expect(harness.log.lines.contains("info deployments removed rows=1 source=alpha"))
    }

    @Test func aPartitionThatNeverListedLeavesTheAnswerIncomplete() async {
        let harness = RefresherHarness([
            source(
                "alpha",
                .partitions([("x", .success(["a"])), ("y", .failure(SourceError(.notFound, "404")))]))
        ])
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["a"]])
        #expect(harness.status().partitions.total == 2 && harness.status().partitions.listed == 1)
        #expect(!harness.status().isComplete && harness.status().hasList)
    }

    @Test func aPartitionThatIsNoLongerRequestedGoesOnceAllOthersWereListed() async {
        let alpha = source(
            "alpha", .partitions([("x", .success(["a"])), ("y", .success(["b"]))]),
            .partitions([("x", .failure(SourceError(.timeout, "late")))]),
            .partitions([("x", .success(["a"]))]))
        let harness = RefresherHarness([alpha])
        await harness.refresher.refreshAllOnce()
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["a", "b"]])
        #expect(harness.status().partitions.total == 2)
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["a"]])
        #expect(harness.status().partitions.total == 1)
    }

    @Test func theSnapshotStaysTheSameWhileNoRowChanges() async throws {
        let rows: [ModelDeployment] = [.example("b"), .example("a")]
        let alpha = source(
            "alpha", .listing(rows, at: 1_000_000), .listing(rows.reversed(), at: 2_000_000),
            .listing([.example("a")], at: 3_000_000))
        let beta = source("beta", .listing([.example("c", of: "beta")]))
        let harness = RefresherHarness([alpha, beta])
        await harness.refresher.refreshAllOnce()
        let first = harness.snapshot
        await harness.refresher.refreshAllOnce()
        let second = harness.snapshot
        #expect(second.id == first.id)
        #expect(second.lists[0] === first.lists[0] && second.lists[1] === first.lists[1])
        #expect(harness.status().observedAt == .at(2))
        await harness.refresher.refreshAllOnce()
        let third = harness.snapshot
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
        let harness = RefresherHarness([
            source("zeta", .listing([.example("z", of: "zeta")])),
            source("alpha", .listing([.example("a")])),
        ])
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["z"], ["a"]])
        #expect(harness.published.value.sources.map(\.source.name) == ["zeta", "alpha"])
    }

    @Test func manySourcesThatEndTogetherAreAllPublished() async {
        let names = (0..<50).map { "source-\($0)" }
        let harness = RefresherHarness(names.map { source($0, .listing([.example("a", of: $0)])) })
        await harness.refresher.refreshAllOnce()
        #expect(harness.snapshot.lists.map(\.source.name) == names)
        #expect(harness.published.value.sources.allSatisfy { $0.finishedAttempts == 1 && $0.count == 1 })
    }

    @Test func oneRoundTellsOfEachSourceAsItEnds() async {
        let harness = RefresherHarness([
            source("alpha", .listing([])), source("beta", .failure(SourceError(.auth, "401"))),
        ])
        let (reports, reporter) = AsyncStream<String>.makeStream()
        await harness.refresher.refreshAllOnce { status in
            reporter.yield("\(status.source.name) \(status.failure?.error.errorClass.rawValue ?? "ok")")
        }
        reporter.finish()
        var lines: [String] = []
        for await line in reports { lines.append(line) }
        #expect(lines.sorted() == ["alpha ok", "beta auth"])
    }

    @Test func callsAreCountedOverAMinuteAnHourAndADay() async {
        let alpha = source("alpha", .listing([]))
        let harness = RefresherHarness([alpha])
        var counts: [[Int]] = []
        for pause in [Duration.zero, .seconds(30), .seconds(45), .seconds(3600), .seconds(86_400)] {
            harness.clock.advance(by: pause)
            let now = Timestamp.epoch.advanced(by: harness.clock.now.offset)
            for _ in 0..<3 { #expect(alpha.budget.take(at: now) == .granted) }
            await harness.refresher.refreshAllOnce()
            let calls = harness.status().budget.calls(at: now)
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
        let harness = RefresherHarness([alpha])
        var seen: [[SourceStatus.ObservedDrift]] = []
        for _ in 0..<4 {
            await harness.refresher.refreshAllOnce()
            seen.append(harness.status().drift)
            harness.clock.advance(by: .seconds(60))
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
            harness.log.lines.filter { $0.contains("drift") } == [
                "warning schema drift field=replicas.ready rows=2 source=alpha",
                "warning schema drift field=uid rows=1 source=alpha",
            ])
    }

    @Test func aListThatIsNotProvenSaysWhyAndDropsNothing() async {
        func fetch(_ rows: [ModelDeployment], doubt: String?) -> SourceFetch {
            var fetch = SourceFetch.listing(rows)
            fetch.partitions[0].result = .success(PartitionListing(distinctRows: rows, doubt: doubt))
            return fetch
        }
        let rows: [ModelDeployment] = [.example("a"), .example("b")]
        let alpha = source(
            "alpha", fetch(rows, doubt: nil), fetch([], doubt: "HTTP 202"), fetch([], doubt: "HTTP 202"),
            .failure(SourceError(.timeout, "late")), fetch(rows, doubt: nil))
        let harness = RefresherHarness([alpha])
        var seen: [String?] = []
        for _ in 0..<5 {
            await harness.refresher.refreshAllOnce()
            seen.append(harness.status().unproven)
            #expect(harness.names == [["a", "b"]])
            #expect(harness.status().isComplete == (harness.status().unproven == nil))
        }
        #expect(seen == [nil, "HTTP 202", "HTTP 202", "HTTP 202", nil])
        #expect(
            harness.log.lines.filter { $0.contains("proven") } == [
                "warning list not proven complete; missing deployments stay reason=HTTP 202 source=alpha"
            ])
    }

    @Test func afterFailuresTheNextAttemptIsLaterEachTime() async throws {
        let alpha = source("alpha", .failure(SourceError(.unreachable, "down")))
        let harness = RefresherHarness([alpha])
        try await harness.whileRunning {
            for expected in [30, 60, 120, 240, 300, 300] {
                await harness.clock.sleepers(atLeast: 1)
                let next = try #require(harness.status().nextAttemptAt)
                let pause = next.since(.epoch.advanced(by: harness.clock.now.offset))
                #expect(pause >= .seconds(expected))
                #expect(pause <= max(.seconds(expected) * 1.1, .seconds(expected + 15)))
                #expect(harness.status().nextAttemptReason == "after_failure")
                harness.clock.advance(by: pause)
            }
            await harness.clock.sleepers(atLeast: 1)
            #expect(alpha.fetchCount == 7)
            alpha.answer([.listing([])])
            harness.clock.advance(by: .seconds(400))
            await harness.clock.sleepers(atLeast: 1)
            #expect(harness.status().nextAttemptReason == "ttl")
            let pause = harness.status().nextAttemptAt?.since(.epoch.advanced(by: harness.clock.now.offset))
            #expect(pause == .seconds(30))
        }
    }

    @Test(arguments: [(120, 120), (86_400, 3600), (1, 30)])
    func aPauseThatThePlatformRequestsIsHonoredUpToAnHour(_ requested: Int, _ expected: Int) async {
        let harness = RefresherHarness([
            source("alpha", .failure(SourceError(.rateLimited, "429", retryAfter: .seconds(requested))))
        ])
        await harness.refresher.refreshAllOnce()
        let pause = harness.status().nextAttemptAt?.since(.epoch) ?? .zero
        #expect(pause >= .seconds(expected))
        #expect(pause <= max(.seconds(expected) * 1.1, .seconds(expected + 15)))
    }

    @Test func aPartialFailureDoesNotSlowTheOtherPartitions() async {
        let harness = RefresherHarness([
            source("alpha", .partitions([("x", .success([])), ("y", .failure(SourceError(.auth, "401")))]))
        ])
        for _ in 0..<3 { await harness.refresher.refreshAllOnce() }
        #expect(harness.status().nextAttemptAt == .at(30))
        #expect(harness.status().nextAttemptReason == "ttl")
    }

    @Test func betweenTheEndOfOneAttemptAndTheNextThereIsAlwaysAPause() async throws {
        let slow = SlowSource()
        let harness = RefresherHarness(
            [slow], config: CacheWindows.steady(ttl: .seconds(5), minInterval: .seconds(2)))
        slow.harness.replace(with: harness)
        await harness.refresher.refreshAllOnce()
        #expect(harness.status().nextAttemptAt == .at(62))
    }

    @Test func aFetchWithoutAnyPartitionIsAFailureAndLosesNothing() async {
        let alpha = source("alpha", .listing([.example("a")]), SourceFetch(partitions: [], calls: 1))
        let harness = RefresherHarness([alpha])
        await harness.refresher.refreshAllOnce()
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["a"]])
        #expect(harness.status().failure?.error.errorClass == .internal)
        #expect(harness.status().failure?.error.logDetail == "the source returned no partition")
    }
}

/// A source whose fetch takes a minute of the harness's clock.
private struct SlowSource: DeploymentSource {
    let budget = RequestBudget()
    let description = SourceDescription.example("slow")
    let harness = Latest<RefresherHarness?>(nil)

    var partitionKeys: [String]? { nil }
    var storageKey: String { description.name }

    func fetch() async -> SourceFetch {
        harness.value?.clock.advance(by: .seconds(60))
        return .listing([])
    }
}
