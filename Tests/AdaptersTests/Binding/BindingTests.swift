import Adapters
import Deployments
import TestSupport
import Testing

/// Inputs, secrets and other settings of a source in the configuration, and their effect.
@Suite struct BindingTests {
    static let file = NimbusFile(
        inputs: """
            {regions: {type: list, about: The regions.}, root: {type: path, default: /v1, about: x},
              zone: {type: zone, default: Z, about: x}, size: {type: number, default: 5, about: x},
              all: {type: flag, default: false, about: x}, team: {type: text, default: null, about: x}}
            """,
        secrets: "{token: {about: A key.}}", auth: "{bearer: token}", partitions: "{region: inputs.regions}")
    private static let noZone =
        "inputs.zone: must be Z, an offset such as +08:00, or a zone of the system's database such as "
        + "Asia/Shanghai"

    static let regions = InputValue.list(["west"])

    @Test(
        arguments: [
            (["regions": regions], []),
            (["regions": .text("west"), "root": .text("/a/b"), "zone": .text("-03:30")], []),
            (["regions": regions, "size": .number(-1.5), "all": .bool(true), "team": .text("")], []),
            ([:], ["inputs.regions: is missing: The regions."]),
            (["regions": .list([])], ["inputs.regions: must have at least one element"]),
            (["regions": .list(["a", "b", "a"])], ["inputs.regions: has a duplicate element"]),
            (["regions": .list(["a", ""])], ["inputs.regions: has an empty element"]),
            (["regions": .number(5)], ["inputs.regions: must be a list"]),
            (
                ["regions": regions, "root": .text("v1")],
                ["inputs.root: must be a path that begins with a single /, without a query"]
            ),
            (
                ["regions": regions, "root": .text("//evil.example")],
                ["inputs.root: must be a path that begins with a single /, without a query"]
            ),
            (
                ["regions": regions, "root": .text("/v1?x=1")],
                ["inputs.root: must be a path that begins with a single /, without a query"]
            ),
            (["regions": regions, "root": .bool(true)], ["inputs.root: must be a path"]),
            (
                ["regions": regions, "zone": .text("Mars/Phobos")],
                [Self.noZone]
            ),
            (
                ["regions": regions, "zone": .text("+25:00")],
                [Self.noZone]
            ),
            (
                ["regions": regions, "zone": .number(8)],
                [Self.noZone]
            ),
            (["regions": regions, "size": .text("5")], ["inputs.size: must be a number"]),
            (["regions": regions, "all": .text("true")], ["inputs.all: must be true or false"]),
            (["regions": regions, "team": .number(5)], ["inputs.team: must be a text"]),
            (
                ["regions": regions, "tem": .text("x")],
                [
                    "inputs.tem: unknown key; adapter `nimbus` defines regions, root, zone, size, all, team"
                ]
            ),
        ] as [([String: InputValue], [String])])
    func inputsAreCheckedAgainstTheFile(_ inputs: [String: InputValue], _ problems: [String]) throws {
        var found: [String] = []
        do {
            _ = try Self.file.source(ScriptedTransport { _ in .text("") }) {
                $0.inputs = inputs
                $0.secrets = ["token": .fixed("x")]
            }
        } catch let error as BindingError {
            found = error.problems.map { "\($0.key): \($0.message)" }
        }
        #expect(found == problems)
    }

    @Test func everythingThatDoesNotFitIsReportedAtOnce() throws {
        let error = #expect(throws: BindingError.self) {
            try Self.file.source(ScriptedTransport { _ in .text("") }) {
                $0.inputs = ["zone": .text("x"), "b": .bool(true), "a": .bool(true)]
                $0.secrets = ["key": .fixed("x")]
            }
        }
        #expect(
            error?.problems.map(\.key)
                == ["inputs.regions", "inputs.zone", "inputs.a", "inputs.b", "secrets.key", "secrets.token"])
    }

    @Test func theOperatorsTermsDecideBeforeTheAdapters() async throws {
        let body =
            #"{"items": [{"id": 1, "state": "UP"}, {"id": 2, "state": "Fog"}, {"id": 3, "state": "down"}]}"#
        let source = try NimbusFile(more: "history: {each: $.past, at: $.at, status: $.state}").source(
            ScriptedTransport { _ in .text(body) }
        ) {
            $0.statusTerms = [
                OperatorTerm(term: "up", status: .degraded, serving: .partial),
                OperatorTerm(term: "FOG", status: .deploying, serving: .none),
            ]
        }
        let fetch = await source.fetch()
        #expect(fetch.rows.map(\.status) == [.degraded, .deploying, .unknown])
        #expect(fetch.rows.map(\.serving) == [.partial, .none, .unknown])
        #expect(fetch.rows.map(\.nativeStatus) == ["UP", "Fog", "down"])
        #expect(fetch.drift == [Drift(field: "status", value: "down", rows: 1)])
    }

    @Test(arguments: [true, false]) func theOwnerIsReadOnlyWhereItIsExposed(_ exposes: Bool) async throws {
        let body = #"{"items": [{"id": 1, "who": "ann"}, {"id": 2, "who": {"mail": "canary"}}]}"#
        let source = try NimbusFile().source(ScriptedTransport { _ in .text(body) }) {
            $0.exposesOwner = exposes
        }
        let fetch = await source.fetch()
        #expect(fetch.rows.map(\.owner) == (exposes ? ["ann", nil] : [nil, nil]))
        #expect(fetch.drift.map(\.field) == (exposes ? ["owner"] : []))
    }

    @Test func whatTheOperatorSaysOfASourceStandsOnItsRows() async throws {
        let source = try NimbusFile().source(ScriptedTransport { _ in .text(#"{"items": [{"id": "a/b"}]}"#) })
        {
            $0.description.region = "eu"
            $0.description.labels = ["team": "search"]
            $0.description.platform = "cumulus"
        }
        let row = try #require(await source.fetch().rows.first)
        #expect(row.uid == "test/a%2Fb")
        #expect([row.source, row.platform, row.adapter, row.region] == ["test", "cumulus", "nimbus", "eu"])
        #expect(row.labels == ["team": "search"])
    }
}
