import Deployments
import Refresh
import Snapshots
import TestSupport
import Testing
import Wire

/// What the operator's rules make of the rows of a source.
@Suite(.timeLimit(.minutes(10))) struct RuleTests {
    /// Two rows of a source with a label; the first has what the platform states, and marks on it.
    private static func source(
        labels: [String: String] = ["team": "platform"], _ change: (inout ModelDeployment) -> Void = { _ in }
    ) -> ScriptedSource {
        var description = SourceDescription.example("alpha")
        description.labels = labels
        var first = description.record(uid: "alpha/a")
        (first.name, first.workspace, first.model) = ("a", "ml-prod", "llama")
        (first.accelerator.perReplica, first.replicas.ready) = (2, 3)
        change(&first)
        var second = description.record(uid: "alpha/b")
        (second.name, second.workspace) = ("b", "lab")
        return ScriptedSource(description, fetches: [.listing([first, second])])
    }

    private static func rule(
        _ name: String, _ value: String, set settings: (String, OperatorRule.Value)...
    ) throws -> OperatorRule {
        let condition = Condition.field(Filter(field: try field(name), anyOf: [.eq(.text(value))]))
        return OperatorRule(
            where: condition, text: "\(name)=\(value)", set: settings.map { OperatorRule.Setting($0, $1) })
    }

    private static func text(_ text: String) -> OperatorRule.Value { .scalar(.text(text)) }

    private static func served(
        _ source: ScriptedSource, by rules: [OperatorRule], restoring: [SourceLists] = [],
        store: (any ListStore)? = nil
    ) async -> RefresherHarness {
        let harness = RefresherHarness([source], rules: rules, restoring: restoring, store: store)
        if restoring.isEmpty { await harness.refresher.refreshAllOnce() }
        return harness
    }

    private static func rows(_ harness: RefresherHarness) -> [ModelDeployment] {
        harness.snapshot.lists.flatMap(\.deployments)
    }

    @Test func theLastRuleThatMatchesWinsFieldByField() async throws {
        let rules = [
            try Self.rule(
                "workspace", "ml-prod", set: ("region", Self.text("eu")), ("labels.team", Self.text("search"))
            ),
            try Self.rule("source", "alpha", set: ("labels.team", Self.text("all"))),
        ]
        let rows = Self.rows(await Self.served(Self.source(), by: rules))
        #expect(rows.map(\.region) == ["eu", nil])
        #expect(rows.map(\.labels) == [["team": "all"], ["team": "all"]])
        #expect(rows.map(\.statedByOperator) == [["region", "labels.team"], ["labels.team"]])
    }

    /// The second rule would match if it saw what the first one sets, the third one would not.
    @Test func aRuleIsJudgedOnWhatThePlatformStates() async throws {
        let rules = [
            try Self.rule(
                "workspace", "ml-prod", set: ("project", Self.text("p")), ("model", Self.text("x"))),
            try Self.rule("project", "p", set: ("task", Self.text("wrong"))),
            try Self.rule("model", "llama", set: ("kind", Self.text("right"))),
        ]
        let row = Self.rows(await Self.served(Self.source(), by: rules))[0]
        #expect(row.project == "p" && row.model == "x" && row.task == nil && row.kind == "right")
        #expect(row.statedByOperator == ["project", "model", "kind"])
    }

    @Test func theLatestVersionIsKnownToARule() async throws {
        let versions = [1, 2].map { ModelDeployment.example("a", version: $0) }
        let source = ScriptedSource(.example("alpha"), fetches: [.listing(versions)])
        let latest = Condition.field(Filter(field: try field("latest"), anyOf: [.eq(.bool(true))]))
        let rule = OperatorRule(
            where: latest, text: "latest", set: [OperatorRule.Setting("task", Self.text("chat"))])
        #expect(Self.rows(await Self.served(source, by: [rule])).map(\.task) == [nil, "chat"])
    }

    @Test func aNullClearsAValueAndIsStatedToo() async throws {
        let rules = [
            try Self.rule(
                "name", "a", set: ("model", .scalar(.null)), ("labels.team", .scalar(.null)),
                ("replicas.ready", .scalar(.null)), ("endpoint.models", .list(["m"])))
        ]
        let row = Self.rows(await Self.served(Self.source(), by: rules))[0]
        #expect(row.model == nil && row.labels.isEmpty && row.replicas.ready == nil)
        #expect(row.endpoint.models == ["m"])
        #expect(
            row.statedByOperator == ["labels.team", "model", "replicas.ready", "endpoint.models"])
    }

    @Test func whatIsSetIsNeitherInferredNorUnread() async throws {
        let source = Self.source { row in
            row.inferred = ["replicas.ready", "replicas.desired"]
            row.unread = ["engine", "image"]
        }
        let rules = [
            try Self.rule(
                "name", "a", set: ("replicas.ready", .scalar(.number(1))), ("engine", Self.text("vllm")))
        ]
        let row = Self.rows(await Self.served(source, by: rules))[0]
        #expect(row.inferred == ["status_since", "replicas.desired"] && row.unread == ["image"])
    }

    @Test func whatFollowsFromASetFieldFollowsAnew() async throws {
        let rules = [try Self.rule("name", "a", set: ("base_model", Self.text("Qwen/Qwen3-32B")))]
        let row = Self.rows(await Self.served(Self.source(), by: rules))[0]
        #expect(row.modelFamily == "qwen3-32b" && row.statedByOperator == ["base_model"])
    }

    @Test func rowsWithTheSameFactsShareThem() async throws {
        let rows = (0..<5000).map { index in
            var row = ModelDeployment.example("\(index)")
            row.workspace = index % 2 == 0 ? "even" : "odd"
            return row
        }
        let source = ScriptedSource(.example("alpha"), fetches: [.listing(rows)])
        let rules = [try Self.rule("workspace", "even", set: ("labels.team", Self.text("search")))]
        let served = Self.rows(await Self.served(source, by: rules))
        let objects = Set(served.filter { $0.workspace == "even" }.map { ObjectIdentifier($0.origin) })
        #expect(objects.count == 1)
        #expect(served.count { $0.labels == ["team": "search"] } == 2500)
        #expect(served.count { !$0.statedByOperator.isEmpty } == 2500)
    }

    @Test func restoredListsAreShownByTheRulesAndStoredAsThePlatformStatesThem() async throws {
        let rules = [try Self.rule("name", "a", set: ("model", Self.text("x")), ("region", Self.text("eu")))]
        let (source, store) = (Self.source(), ScriptedStore())
        let harness = await Self.served(source, by: rules, store: store)
        let stored = try #require(store.lists["alpha"])
        let row = stored.partitions[0].rows[0]
        #expect(row.model == "llama" && row.region == nil && row.statedByOperator == [])
        let restored = await Self.served(source, by: rules, restoring: [stored])
        #expect(Self.rows(restored) == Self.rows(harness))
        #expect(Self.rows(restored)[0].model == "x")
    }

    @Test func otherRulesApplyAtOnceInOnePublicationWithoutAFetch() async throws {
        let (alpha, beta) = (
            Self.source(),
            ScriptedSource(
                .example("beta"), fetches: [.listing([.example("a", of: "beta")])])
        )
        let harness = RefresherHarness([alpha, beta])
        await harness.refresher.refreshAllOnce()
        let windows = CacheWindows.steady()
        func reconfigure(_ rules: [OperatorRule]) async -> Reconfiguration {
            await harness.refresher.reconfigure(
                sources: [(Self.source(), windows), (beta, windows)], rules: rules)
        }
        let before = harness.published.value
        let rule = try Self.rule("source", "alpha", set: ("labels.team", Self.text("search")))
        let result = await reconfigure([rule])
        #expect(result.changed == ["alpha"] && result.unchanged == ["beta"])
        let after = harness.published.value
        #expect(after.number == before.number + 1)
        #expect(Self.rows(harness)[0].labels == ["team": "search"])
        #expect(after.snapshot.lists[1] === before.snapshot.lists[1])
        #expect(after.sources[0].source.perRow == ["labels.team": [.text("search")]])
        #expect(after.sources[0].observedAt == before.sources[0].observedAt)
        #expect(await reconfigure([rule]).changed == [])
        // Rules that leave every row as it is make no new list.
        let idle = try Self.rule("workspace", "nobody", set: ("model", Self.text("x")))
        _ = await reconfigure([rule, idle])
        #expect(harness.snapshot.id == after.snapshot.id)
        _ = await reconfigure([])
        #expect(Self.rows(harness) == before.snapshot.lists.flatMap(\.deployments))
        #expect(harness.status().source.perRow.isEmpty)
        #expect(alpha.fetchCount == 1 && beta.fetchCount == 1)
    }

    @Test func aFetchThatBeganUnderFormerRulesEndsUnderTheNewOnes() async throws {
        let source = Self.source()
        let harness = RefresherHarness([source])
        await harness.refresher.refreshAllOnce()
        let rule = try Self.rule("name", "a", set: ("task", Self.text("chat")))
        _ = await harness.refresher.reconfigure(
            sources: [(source, CacheWindows.steady())], rules: [rule])
        await harness.refresher.refreshAllOnce()
        #expect(source.fetchCount == 2)
        #expect(Self.rows(harness).map(\.task) == ["chat", nil])
    }

    @Test func aRuleForAnotherSourceChangesNothing() async throws {
        let rule = try Self.rule("source", "beta", set: ("labels.team", Self.text("x")))
        let harness = await Self.served(Self.source(), by: [rule])
        #expect(Self.rows(harness).allSatisfy { $0.statedByOperator.isEmpty })
        #expect(harness.status().source.perRow.isEmpty)
    }

    @Test func theStatusTellsWhatTheOperatorSets() async throws {
        let rule = try Self.rule("name", "a", set: ("model", Self.text("x")), ("labels.tier", Self.text("1")))
        let told = await Self.served(Self.source(), by: [rule]).status().told
        #expect(told.byOperator == ["model", "labels.tier", "labels.team"])
        #expect(told.origin(of: "model") == .byOperator && told.origin(of: "task") == .never)
    }
}
