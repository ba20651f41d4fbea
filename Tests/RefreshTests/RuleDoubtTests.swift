import Deployments
import Refresh
import Snapshots
import TestSupport
import Testing
import Wire

/// Rules whose conditions read fields that are not known on a row: what they would set is not known either.
@Suite(.timeLimit(.minutes(10))) struct RuleDoubtTests {
    private static func filter(_ name: String, _ value: String) throws -> Condition {
        .field(Filter(field: try field(name), anyOf: [.eq(.text(value))]))
    }

    private static func rule(_ condition: Condition, _ value: String, set paths: String...) -> OperatorRule {
        OperatorRule(
            where: condition, text: "\(condition)",
            set: paths.map { OperatorRule.Setting($0, .scalar(.text(value))) })
    }

    /// The row `alpha/a` in `ml-prod` whose model could not be read, as these rules make it.
    private static func unread(by rules: [OperatorRule]) async -> RefresherHarness {
        let row = record("a", of: .example("alpha")) {
            ($0.name, $0.workspace) = ("a", "ml-prod")
            $0.markUnread("model")
        }
        let source = ScriptedSource(.example("alpha"), fetches: [.listing([row])])
        let harness = RefresherHarness([source], rules: rules)
        await harness.refresher.refreshAllOnce()
        return harness
    }

    private static func row(_ harness: RefresherHarness) throws -> ModelDeployment {
        try #require(harness.snapshot.lists.first?.deployments.first)
    }

    /// A query that filters by a field, and the numbers of rows on which it is not known.
    private static func uncertain(_ harness: RefresherHarness, _ name: String, _ value: String) throws
        -> [Int]
    {
        var query = Query()
        query.condition = try filter(name, value)
        return harness.snapshot.uncertainFields(of: query).map(\.rows)
    }

    @Test func whatARuleWouldSetIsUnreadWhereItsConditionReadsWhatIs() async throws {
        let model = try Self.filter("model", "llama")
        let harness = await Self.unread(by: [Self.rule(model, "search", set: "labels.team", "engine")])
        let row = try Self.row(harness)
        #expect(row.unread == ["model", "engine", "labels.team"])
        #expect(row.engine == nil && row.labels == [:] && row.statedByOperator == [])
        #expect(try Self.uncertain(harness, "engine", "x") == [1])
        // By the labels that are known no row is reached.
        #expect(try Self.uncertain(harness, "labels.team", "search") == [1])
        #expect(try Self.uncertain(harness, "name", "a") == [])
    }

    @Test func aFieldThatFollowsFromOneThatIsNotKnownIsNotKnownToARule() async throws {
        let family = try Self.filter("model_family", "llama")
        let harness = await Self.unread(by: [Self.rule(family, "search", set: "engine")])
        #expect(try Self.row(harness).unread == ["model", "engine"])
    }

    /// Conditions over the model, which is not known, and the workspace, which is `ml-prod`.
    @Test(arguments: [
        ("any", "ml-prod", [], "x"), ("any", "lab", ["engine"], nil), ("all", "ml-prod", ["engine"], nil),
        ("all", "lab", [], nil), ("none", "lab", ["engine"], "x"), ("none", "ml-prod", [], nil),
    ])
    func aConditionThatHoldsOrNotWhateverTheFieldIsLeavesNoDoubt(
        _ kind: String, _ workspace: String, _ marked: [String], _ engine: String?
    ) async throws {
        let parts = [try Self.filter("model", "llama"), try Self.filter("workspace", workspace)]
        let condition: Condition =
            switch kind {
            case "any": .any(parts)
            case "all": .all(parts)
            default: .not(.any(parts))
            }
        let row = try Self.row(await Self.unread(by: [Self.rule(condition, "x", set: "engine")]))
        #expect(row.unread == ["model"] + marked)
        #expect(row.engine == engine)
    }

    @Test func aLaterRuleThatCertainlyAppliesDecides() async throws {
        let (model, name) = (try Self.filter("model", "llama"), try Self.filter("name", "a"))
        let decided = try Self.row(
            await Self.unread(by: [
                Self.rule(model, "x", set: "engine", "task"), Self.rule(name, "y", set: "engine"),
            ]))
        #expect(decided.unread == ["model", "task"] && decided.engine == "y")
        let open = try Self.row(
            await Self.unread(by: [
                Self.rule(name, "y", set: "engine"), Self.rule(model, "x", set: "engine"),
            ]))
        #expect(open.unread == ["model", "engine"] && open.engine == "y")
    }

    @Test func aRuleThatSetsTheFieldItselfMakesItKnown() async throws {
        let name = try Self.filter("name", "a")
        let row = try Self.row(await Self.unread(by: [Self.rule(name, "llama", set: "model")]))
        #expect(row.unread == [] && row.model == "llama")
    }

    private static let lookup = Lookup(
        name: "config", fields: ["model"], keyFields: ["name"], lifetime: nil, plan: "p")

    @Test(arguments: [(true, LookupState.State.failed), (false, .ok)])
    func whatARuleWouldSetDependsOnTheLookupThatItsConditionReads(
        _ isFailing: Bool, _ state: LookupState.State
    ) async throws {
        let source = ScriptedSource(
            .example("alpha"), lookups: [Self.lookup],
            answerLookups: { keys in
                LookupFetch(
                    entries: keys.map { key in
                        LookupEntry(
                            key: key, plan: "p", of: SharedSource(.example("alpha")),
                            values: isFailing ? nil : record("x") { $0.model = "llama" },
                            error: isFailing ? SourceError(.serverError, "HTTP 500") : nil, at: .epoch)
                    }, calls: keys.count)
            }, fetches: [.listing([.example("a")])])
        let rules = [Self.rule(try Self.filter("model", "llama"), "search", set: "labels.team")]
        let harness = RefresherHarness([source], rules: rules)
        await harness.refresher.refreshAllOnce()
        let row = try Self.row(harness)
        #expect(row.lookups.map(\.state) == [state])
        #expect(row.lookups.map(\.fields) == [isFailing ? ["model", "labels.team"] : ["model"]])
        #expect(row.labels == (isFailing ? [:] : ["team": "search"]))
        #expect(try Self.uncertain(harness, "labels.team", "search") == (isFailing ? [1] : []))
    }
}
