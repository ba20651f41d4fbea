import Deployments
import Refresh
import Settings
import Snapshots
import TestSupport
import Testing

@testable import rollcall

/// `rules` of the configuration.
@Suite struct RuleReadingTests {
    /// The problems of a rule that begins in line 3, without their place.
    private func problems(where filters: String = "{source: a}", set: String = "{region: eu}") -> [String] {
        rollcallTestsProblems("rules: [{where: \(filters), set: \(set)}]")
            .map { $0.replacing("3: rules[0].", with: "") }
    }

    private func rollcallTestsProblems(_ text: String) -> [String] {
        RollcallTests.problems(withRoot(text))
    }

    private func rule(where filters: String, set: String) throws -> OperatorRule {
        let rules = try config(withRoot("rules: [{where: \(filters), set: \(set)}]")).rules
        return try #require(rules.first).rule
    }

    @Test func aRuleIsReadWithItsValuesInTheirOrder() throws {
        let rule = try rule(
            where: "{source: research, workspace: ml-prod}",
            set: """
                {labels.team: search, region: null, accelerator: {family: H100, per_replica: 8, memory_gb: 80.5},
                 endpoint.base_url: "https://llm.example.com/v1", endpoint.models: [a, b], project: 4711}
                """)
        #expect(
            rule.settings == [
                .init("labels.team", .scalar(.text("search"))), .init("region", .scalar(.null)),
                .init("accelerator.family", .scalar(.text("H100"))),
                .init("accelerator.per_replica", .scalar(.number(8))),
                .init("accelerator.memory_gb", .scalar(.number(80.5))),
                .init("endpoint.base_url", .scalar(.text("https://llm.example.com/v1"))),
                .init("endpoint.models", .list(["a", "b"])), .init("project", .scalar(.text("4711"))),
            ])
        #expect(rule.text == #"{"source":"research","workspace":"ml-prod"}"#)
    }

    /// Filters, and whether they hold for a row of `research` in the workspace `ml-prod` with 4 replicas.
    @Test(
        arguments: [
            ("{workspace: ml-prod}", true), ("{workspace: lab}", false), ("{workspace.like: prod}", true),
            ("{workspace: [lab, ml-prod]}", true), ("{workspace.in: [lab, ml-prod]}", true),
            ("{workspace.nin: [lab]}", true), ("{replicas.ready: 4}", true),
            ("{replicas.ready.gt: 4}", false),
            ("{replicas: {ready: {$gte: 4}}}", true), ("{name.exists: false}", true),
            ("{$or: [{workspace: lab}, {source: research}]}", true), ("{not: {workspace: lab}}", true),
            ("{workspace: ml-prod, source: other}", false), ("{region: null}", true),
            ("{created_at.lt: 2026-01-01}", false), ("{latest: true}", true), ("{labels.team: search}", true),
        ])
    func filtersAreThoseOfTheList(_ filters: String, _ holds: Bool) throws {
        let condition = try rule(where: filters, set: "{region: eu}").condition
        let source = SourceDescription(
            name: "research", platform: "nimbus", adapter: "nimbus", labels: ["team": "search"])
        var row = source.record(uid: "research/x")
        (row.workspace, row.replicas.ready) = ("ml-prod", 4)
        #expect(condition.rowTest(of: ModelDeployment.self)(row) == holds)
    }

    @Test(
        arguments: [
            ("{}", "where: an empty object has no condition; name a field"),
            ("{workspce: x}", "where.workspce: unknown field `workspce`; did you mean `workspace`?"),
            (
                "{status: REDY}",
                "where.status: must be one of PENDING DEPLOYING READY DEGRADED UPDATING STOPPING STOPPED "
                    + "FAILED DELETING DELETED LOST UNKNOWN; did you mean `READY`?"
            ),
            (
                "{created_at.gte: -7d}",
                "where.created_at.gte: a time before now has no meaning in a file; write a time such as 2026-01-31"
            ),
            ("{$or: [{nam: x}]}", "where.$or[0].nam: unknown field `nam`; did you mean `name`?"),
            ("x", "where: must be filters of the list, such as {source: research, workspace: ml-prod}"),
        ])
    func wrongFiltersAreNamed(_ filters: String, _ problem: String) {
        #expect(problems(where: filters) == [problem])
    }

    @Test(
        arguments: [
            ("{}", "set: sets nothing; name a field, such as {labels.team: search}"),
            ("{regoin: eu}", "set.regoin: there is no field `regoin`; did you mean `region`?"),
            ("{status: READY}", "set.status: `status` cannot be set: it is the platform's word on the state"),
            (
                "{owner: me}",
                "set.owner: `owner` cannot be set: a person is shown only with the source's `expose`"
            ),
            ("{uid: x}", "set.uid: `uid` cannot be set: it says which deployment the row is of"),
            (
                "{created_at: x}",
                "set.created_at: `created_at` cannot be set: it is a time that the platform or the gateway has observed"
            ),
            (
                "{provider: x}",
                "set.provider: `provider` cannot be set: it refers to a record of the platform"
            ),
            ("{inferred: [a]}", "set.inferred: `inferred` cannot be set: the gateway makes it"),
            (
                "{labels: x}",
                "set.labels: `labels` is an object; set one of its members, such as `labels.team`"
            ),
            ("{labels.te am: x}", "set.labels.te am: \(LabelKey.rule)"),
            ("{replicas.ready: many}", "set.replicas.ready: must be a whole number, 0 or more, or null"),
            ("{replicas.ready: 1.5}", "set.replicas.ready: must be a whole number, 0 or more, or null"),
            ("{capacity.ready: -1}", "set.capacity.ready: must be a number, 0 or more, or null"),
            (
                "{region: ''}",
                "set.region: must be a text of 1 to 1024 bytes without control characters, or null"
            ),
            (
                "{endpoint.auth: baerer}",
                "set.endpoint.auth: must be one of bearer, api-key, sigv4, none; did you mean `bearer`?"
            ),
            (
                "{endpoint.base_url: 'https://u:p@a.example.com/v1'}",
                "set.endpoint.base_url: must be a URL without user information, query and fragment, which may hold secrets"
            ),
            (
                "{links.console: 'https://a.example.com/?key=x'}",
                "set.links.console: must be a URL without user information, query and fragment, which may hold secrets"
            ),
            (
                "{links.console: console}",
                "set.links.console: must be a URL that begins with https:// or http://, or null"
            ),
            ("{labels: {team: a}, labels.team: b}", "set.labels.team: `labels.team` is set twice"),
        ])
    func wrongSettingsAreNamedWithTheReason(_ settings: String, _ problem: String) {
        #expect(problems(set: settings) == [problem])
    }

    @Test func everyProblemOfEveryRuleIsReported() {
        let found = rollcallTestsProblems(
            """
            rules:
              - {where: {nam: x}, set: {status: READY, regoin: eu}}
              - {were: {name: x}}
              - {where: {name: x}, set: {region: eu}}
            """)
        #expect(
            found == [
                "4: rules[0].where.nam: unknown field `nam`; did you mean `name`?",
                "4: rules[0].set.status: `status` cannot be set: it is the platform's word on the state",
                "4: rules[0].set.regoin: there is no field `regoin`; did you mean `region`?",
                "5: rules[1]: `where` is missing", "5: rules[1]: `set` is missing",
                "5: rules[1].were: unknown key; did you mean `where`?",
            ])
    }

    @Test func thereAreAtMostAThousandRules() {
        let rule = "{where: {name: x}, set: {region: eu}}"
        func problems(_ count: Int) -> [String] {
            rollcallTestsProblems(
                "rules: [\([String](repeating: rule, count: count).joined(separator: ", "))]")
        }
        #expect(problems(1000).isEmpty)
        #expect(problems(1001) == ["3: rules: has more than 1000 rules"])
    }

    /// The warnings of `check`, for a file with a source `research` of the adapter `nemo`.
    private func warnings(_ filters: String) throws -> [String] {
        let text = """
            version: 1
            sources: [{name: research, adapter: nemo, base_url: "https://a.example.com", labels: {team: search}}]
            rules: [{where: \(filters), set: {region: eu}}]
            """
        var config = try config(text)
        config.adapterFolders = [repositoryRoot + "/adapters.d"]
        let problems = SettingsProblems()
        let assembly = SourceAssembly(
            config: config, transport: ScriptedTransport { _ in throw CancellationError() },
            environment: [:], now: Assembly.now, problems: problems)
        _ = assembly.sources(problems: problems)
        #expect(problems.isEmpty)
        return problems.warnings.map { $0.description.replacing("/etc/rollcall/test.yaml:", with: "") }
    }

    @Test(
        arguments: [
            (
                "{source: resaerch}",
                [
                    "3: rules[0]: the rule applies to no row: no source has rows with `source` = `resaerch`; did you mean "
                        + "`research`?"
                ]
            ),
            (
                "{labels.taem: search}",
                [
                    "3: rules[0]: the rule applies to no row: no source has the label `labels.taem`; did you mean "
                        + "`labels.team`?"
                ]
            ),
            ("{source: research, workspace: x}", []), ("{adapter: nemo}", []),
        ])
    func aRuleThatCanNeverApplyIsAWarning(_ filters: String, _ expected: [String]) throws {
        #expect(try warnings(filters) == expected)
    }
}
