import Adapters
import Deployments
import TestSupport
import Testing
import Upstream

/// What is checked, and shown, before an update is sent.
@Suite(.timeLimit(.minutes(10))) struct UpdatePlanTests {
    private func source(
        _ section: String = UpdateFile.section, bind: (inout SourceBinding) -> Void = { _ in }
    ) throws -> AdapterSource {
        try UpdateFile.file(section).source(ScriptedTransport { _ in .text("{}") }, bind: bind)
    }

    private func mistakes(
        _ changes: [UpdatePatch.Change], of row: ModelDeployment = UpdateFile.row(),
        section: String = UpdateFile.section
    ) throws -> [String] {
        let source = try source(section)
        do throws(UpdateRefusal) {
            _ = try source.plan(UpdatePatch(changes), of: row)
            return []
        } catch {
            return error.mistakes.map { mistake in
                "\(mistake.member): \(mistake.detail)" + (mistake.didYouMean.map { " (\($0)?)" } ?? "")
            }
        }
    }

    @Test func theRequestIsShownAsItWillBeSent() throws {
        let plan = try source().plan(UpdateFile.patch, of: UpdateFile.row { $0.name = "a b/c" })
        #expect(plan.request.method == "POST")
        #expect(plan.request.url == "https://api.nimbus.example/cloud/v1/w/a%20b%2Fc/resize")
        #expect(String(decoding: plan.request.body, as: UTF8.self) == #"{"spec":{"size":4}}"#)
        #expect(plan.after.replicas.desired == 4 && plan.before.replicas.desired == 2)
    }

    @Test func whatHasNoValueIsLeftOutOfTheBody() throws {
        let changes: [UpdatePatch.Change] = [
            .init("config", .text("big \"one\"")), .init("replicas.desired", .number(1)),
        ]
        let plan = try source { $0.inputs = ["who": .text("me")] }.plan(
            UpdatePatch(changes), of: UpdateFile.row())
        #expect(
            String(decoding: plan.request.body, as: UTF8.self)
                == #"{"spec":{"size":1,"config":"big \"one\""},"who":"me"}"#)
    }

    @Test func everyMistakeIsToldAtOnceWithWhatWouldBeRight() throws {
        #expect(
            try mistakes([.init("confg", .text("x")), .init("config", .number(1))]) == [
                "confg: cannot be changed on this platform; these can: config, replicas.desired (config?)",
                "config: must be a text",
                "replicas.desired: is missing: every update of this platform names it",
            ])
    }

    @Test(arguments: [
        (FieldValue.number(0), "must be at least 1, not 0"), (.number(9), "must be at most 8, not 9"),
        (.number(1.5), "must be a whole number"), (.text("4"), "must be a whole number"),
        (.bool(true), "must be a whole number"), (.null, "must be a whole number"),
    ])
    func aNumberThatDoesNotFitIsTold(_ value: FieldValue, _ detail: String) throws {
        #expect(try mistakes([.init("replicas.desired", value)]) == ["replicas.desired: \(detail)"])
    }

    @Test func aTextMustNotBeEmpty() throws {
        let found = try mistakes([.init("config", .text("")), .init("replicas.desired", .number(1))])
        #expect(found == ["config: must not be empty"])
    }

    private static let multiples = """
        update:
          put: /v1/{row.name}
          members: {capacity.desired: {type: number, least: 1, greatest: 10, multiple_of: capacity.base}}
          body: {c: patch.capacity.desired}
        """

    @Test(
        arguments: [
            (4.0, 4.0, nil), (8, 4, nil), (0.3 * 3, 0.3, "must be at least 1, not 0.8999999999999999"),
            (1.2, 0.4, nil), (6, 4, "must be a multiple of `capacity.base`, which is 4 here: 4 or 8, not 6"),
            (3, 4, "must be a multiple of `capacity.base`, which is 4 here: 4, not 3"),
            (9, 4, "must be a multiple of `capacity.base`, which is 4 here: 8, not 9"),
            (3, 20, "must be a multiple of `capacity.base`, which is 20 here, not 3"),
            (3, 0, "must be a multiple of `capacity.base`, which is not known of this deployment"),
            (3, nil, "must be a multiple of `capacity.base`, which is not known of this deployment"),
        ] as [(Double, Double?, String?)])
    func aMultipleIsOfWhatTheRowStates(_ value: Double, _ base: Double?, _ detail: String?) throws {
        let found = try mistakes(
            [.init("capacity.desired", .number(value))], of: UpdateFile.row { $0.capacity.base = base },
            section: Self.multiples)
        #expect(found == (detail.map { ["capacity.desired: \($0)"] } ?? []))
    }

    private static let conditions =
        UpdateFile.section + """

              allowed:
                - {when: row.kind == 'elastic', else: only elastic deployments can be resized}
                - {when: patch.replicas.desired != row.replicas.desired, else: it has that size}
                - {when: not exists(patch.config) or patch.config != row.config, else: it runs that}
            """

    @Test func aConditionIsToldWithTheMemberThatItReads() throws {
        let both: [UpdatePatch.Change] = [
            .init("config", .text("small")), .init("replicas.desired", .number(2)),
        ]
        #expect(
            try mistakes(both, section: Self.conditions) == [
                ": only elastic deployments can be resized", "replicas.desired: it has that size",
                "config: it runs that",
            ])
        let one = try mistakes([.init("replicas.desired", .number(3))], section: Self.conditions)
        #expect(one == ["replicas.desired: only elastic deployments can be resized"])
        let elastic = UpdateFile.row { $0.kind = "elastic" }
        #expect(
            try mistakes([.init("replicas.desired", .number(3))], of: elastic, section: Self.conditions) == []
        )
    }

    @Test func aConditionOnAWrongValueTellsNothingMore() throws {
        let elastic = UpdateFile.row { ($0.kind, $0.replicas.desired) = ("elastic", 9) }
        let found = try mistakes(
            [.init("replicas.desired", .number(9))], of: elastic, section: Self.conditions)
        #expect(found == ["replicas.desired: must be at most 8, not 9"])
    }

    @Test(arguments: [nil, ""]) func aRowThatLacksAPartOfThePathIsToldSo(_ name: String?) throws {
        let found = try mistakes(
            [.init("replicas.desired", .number(3))], of: UpdateFile.row { $0.name = name })
        #expect(found == [": this deployment has no `name`, which the request's path needs"])
    }

    @Test(arguments: [".", ".."]) func aPartThatAPathWouldLoseIsRefused(_ name: String) throws {
        let found = try mistakes(
            [.init("replicas.desired", .number(3))], of: UpdateFile.row { $0.name = name })
        #expect(found == [": a part of the request's path would be `.` or `..`, which no path can hold"])
    }

    @Test func aFieldThatTheOperatorSetsIsNotThePlatformsOwn() throws {
        let row = UpdateFile.row { ($0.workspace, $0.statedByOperator) = ("theirs", ["kind", "workspace"]) }
        let found = try mistakes([.init("replicas.desired", .number(3))], of: row)
        #expect(
            found == [
                ": `workspace` of this deployment is set by the operator's `rules`, so the platform's own "
                    + "value, which the update needs, is not known"
            ])
    }

    @Test func aValueOfTheWrongKindInTheBodyIsAMistake() throws {
        let section = UpdateFile.section.replacing("who: inputs.who", with: "who: row.name + 1")
        let found = try mistakes([.init("replicas.desired", .number(3))], section: section)
        #expect(found == [": `who` of the request cannot be made of this deployment's fields"])
    }

    @Test(arguments: [(4, "up", true), (3, "up", false), (4, "odd", false)])
    func aRowShowsTheEffectByTheFilesCondition(_ desired: Int, _ status: String, _ isShown: Bool) throws {
        let row = UpdateFile.row {
            $0.replicas.desired = desired
            $0.status = status == "up" ? .ready : .unknown
        }
        #expect(try source().shows(UpdateFile.patch, on: row, since: UpdateFile.row()) == isShown)
    }

    @Test func withoutAConditionTheFieldsHaveTheNewValues() throws {
        let section = UpdateFile.section.split(separator: "\n").filter { !$0.contains("done_when") }
            .joined(separator: "\n")
        let source = try source(section)
        #expect(!source.shows(UpdateFile.patch, on: UpdateFile.row(), since: UpdateFile.row()))
        let done = UpdateFile.row { $0.replicas.desired = 4 }
        #expect(source.shows(UpdateFile.patch, on: done, since: UpdateFile.row()))
    }

    @Test func aConditionMayCompareWithTheRowBefore() throws {
        let source = try source(
            UpdateFile.section.replacing(
                "row.status != 'UNKNOWN'", with: "row.replicas.desired > before.replicas.desired"))
        let done = UpdateFile.row { $0.replicas.desired = 4 }
        #expect(source.shows(UpdateFile.patch, on: done, since: UpdateFile.row()))
        #expect(!source.shows(UpdateFile.patch, on: done, since: done))
    }
}
