import Adapters
import Deployments
import Settings
import TestSupport
import Testing
import Upstream

/// The section `update` of an adapter file: what it may say, and what is told of its mistakes.
@Suite(.timeLimit(.minutes(10))) struct UpdateLanguageTests {
    @Test func aFileSaysWhatCanBeChangedAndWhereItIsSeen() throws {
        let schema = try #require(
            try UpdateFile.file().source(ScriptedTransport { _ in .text("{}") }).updates)
        #expect(schema.members.map(\.field) == ["config", "replicas.desired"])
        #expect(schema.shownIn == ["status", "replicas.desired"])
        let config = try #require(schema.member("config"))
        #expect(config.kind == .text && !config.isRequired && config.least == nil && config.about == nil)
        let desired = try #require(schema.member("replicas.desired"))
        #expect(desired.kind == .integer && desired.isRequired && desired.about == "how many")
        #expect(desired.least == 1 && desired.greatest == 8)
    }

    @Test func aFileWithoutTheSectionChangesNothing() async throws {
        let source = try NimbusFile().source(ScriptedTransport { _ in .text("{}") })
        #expect(source.updates == nil)
        #expect(throws: UpdateRefusal.self) { try source.plan(UpdateFile.patch, of: UpdateFile.row()) }
    }

    @Test func aCountHasTheBoundOfItsFieldWhereTheFileNamesNone() throws {
        let file = UpdateFile.file(
            """
            update:
              put: /v1/{row.name}
              members: {replicas.desired: {type: integer}, capacity.desired: {type: number}}
              body: {n: patch.replicas.desired, c: patch.capacity.desired}
            """)
        let schema = try #require(try file.source(ScriptedTransport { _ in .text("{}") }).updates)
        #expect(schema.members.map(\.least) == [0, 0])
        #expect(schema.shownIn == [])
    }

    /// One edit of the sound section, and the problems that it must report.
    struct Case: Sendable, CustomTestStringConvertible {
        var old: String
        var new: String
        var problems: [String]

        init(_ old: String, _ new: String, _ problems: String...) {
            (self.old, self.new, self.problems) = (old, new, problems)
        }

        var testDescription: String { new }
    }

    static let cases = [
        Case(
            "post: /v1/{row.workspace}/{row.name}/resize", "post: \"https://other.example/{row.name}\"",
            "update.post: must be a path that begins with / or with an input of type path, "
                + "not `https://other.example/{row.name}`"),
        Case(
            "post: /v1/{row.workspace}/{row.name}/resize", "post: /v1/resize",
            "update.post: names no field of the row, such as {row.name}: every row would be the same"),
        Case(
            "post: /v1/{row.workspace}/{row.name}/resize", "post: /v1/{row.nam}",
            "update.post: at character 5: there is no `{row.nam}`; did you mean `{row.name}`?"),
        Case(
            "post: /v1/{row.workspace}/{row.name}/resize", "post: /v1/{row.owner}",
            "update.post: at character 5: there is no `{row.owner}`"),
        Case(
            "post: /v1", "put: /v1/{row.name}\n  post: /v1",
            "update: must name exactly one of post, put, patch, each with its path"),
        Case(
            "post: /v1/{row.workspace}/{row.name}/resize\n", "delete: /v1/{row.name}\n",
            "update: must name exactly one of post, put, patch, each with its path",
            "update.delete: unknown key"),
        Case(
            "config: {type: text}", "confg: {type: text}",
            "update.members.confg: is not a field of a deployment; did you mean `config`?",
            "update.body.spec.config: at character 1: there is no `patch.config`"),
        Case(
            "config: {type: text}", "config: {type: text}\n    owner: {type: text}",
            "update.members.owner: cannot be changed by clients"),
        Case(
            "config: {type: text}", "config: {type: text}\n    status: {type: text}",
            "update.members.status: cannot be changed by clients"),
        Case(
            "config: {type: text}", "config: {type: text}\n    created_at: {type: text}",
            "update.members.created_at: cannot be changed by clients: only texts, numbers and "
                + "truth values can"
        ),
        Case(
            "config: {type: text}", "config: {type: text}\n    engine: {type: text}",
            "update.members.engine: is not one of this file's `fields`, so no list would show the change"),
        Case(
            "config: {type: text}", "config: {type: integer}",
            "update.members.config.type: must be the type of the field: text, not `integer`",
            "update.body.spec.config: at character 1: there is no `patch.config`"),
        Case(
            "config: {type: text}", "config: {type: string}",
            "update.members.config.type: must be one of text, integer, number, boolean, not `string`",
            "update.body.spec.config: at character 1: there is no `patch.config`"),
        Case(
            "config: {type: text}", "config: {type: text, least: 1}",
            "update.members.config.least: belongs to a number"),
        Case(
            "config: {type: text}", "config: {type: text}\n    kind: {type: text}",
            "update.members.kind: is not used: `body` does not read patch.kind"),
        Case(
            "greatest: 8", "greatest: 0", "update.members.replicas.desired.greatest: must be at least 1"),
        Case(
            "greatest: 8", "multiple_of: capacity.bse",
            "update.members.replicas.desired.multiple_of: must be a number among this file's `fields`; "
                + "did you mean `capacity.base`?"),
        Case(
            "who: inputs.who", "who: $.who",
            "update.body.who: reads $.who, but there is no record here; read inputs or the partition"),
        Case(
            "who: inputs.who", "who: row.engine",
            "update.body.who: at character 1: there is no `row.engine`"),
        Case(
            "who: inputs.who", "who: before.name",
            "update.body.who: at character 1: there is no `before.name`"),
        Case(
            "  record: $.item", "  record: $.items[*]",
            "update.record: must lead to one record: no wildcard, no filter"),
        Case(
            "  record: $.item", "  success: [404]",
            "update.success[0]: must be a whole number from 200 to 299, not `404`"),
        Case(
            "  record: $.item", "  allowed: [{when: \"true\", else: never}]",
            "update.allowed[0].when: is constant; a condition must read a value"),
        Case(
            "  record: $.item", "  allowed: [{when: row.kind == 'x'}]",
            "update.allowed[0]: `else` is missing"),
        Case(
            "done_when: row.replicas.desired", "done_when: row.replica.desired",
            "update.done_when: at character 1: there is no `row.replica.desired`: did you mean "
                + "`row.replicas.desired`?"),
        Case("  record: $.item", "  recrd: $.item", "update.recrd: unknown key; did you mean `record`?"),
    ]

    @Test(arguments: cases) func aMistakeIsToldWithItsPlace(_ mistake: Case) throws {
        let section = UpdateFile.section
        try #require(section.contains(mistake.old))
        let file = UpdateFile.file(section.replacing(mistake.old, with: mistake.new, maxReplacements: 1))
        let error = #expect(throws: SettingsError.self) { try file.manifest() }
        let found = error?.problems.map { "\($0.location.key): \($0.message)" } ?? []
        #expect(found.count == mistake.problems.count, "\(found)")
        for (found, expected) in zip(found, mistake.problems) {
            #expect(found.hasPrefix(expected), "\(found)")
        }
    }

    @Test func everyMistakeIsToldAtOnce() {
        let file = UpdateFile.file(
            """
            update:
              members: {}
              body: text
              done_when: before.name ==
            """)
        let error = #expect(throws: SettingsError.self) { try file.manifest() }
        #expect(
            error?.problems.map(\.location.key) == [
                "update.members", "update", "update.body", "update.done_when",
            ])
    }

    @Test func aTestOfUpdatesNeedsTheSection() {
        var file = NimbusFile()
        file.more = """
            tests:
              - name: one
                update: {record: {id: a}, patch: {config: b}}
                expect: {applied: {}}
            """
        let error = #expect(throws: SettingsError.self) { try file.manifest() }
        #expect(
            error?.problems.map { "\($0.location.key): \($0.message)" } == [
                "tests[0].update: needs the section `update`, which describes it"
            ])
    }

    @Test func theFilesOwnTestsTellWhatIsNotAsExpected() async throws {
        let file = UpdateFile.file(
            UpdateFile.section + """

                tests:
                  - name: all wrong
                    update: {record: {id: a, name: a, ws: w, want: 2}, patch: {replicas.desired: 4}}
                    answers: [{status: 400, body: {errors: [{field: size}]}}]
                    expect:
                      request: {method: PUT, path: /v1/w/b/resize, body: {spec: {size: 5}}}
                      refused: {is: permission, members: [config]}
                      shown_by: [{id: a, want: 2, state: up}]
                      not_shown_by: [{id: a, want: 4, state: up}]
                  - name: not refused before
                    update: {record: {id: a, name: a, ws: w}, patch: {replicas.desired: 4}}
                    expect: {mistakes: {config: is missing}}
                  - name: refused before
                    update: {record: {id: a, name: a, ws: w}, patch: {replicas.desired: 9}}
                    answers: [{body: {}}]
                    expect: {applied: {name: a}}
                """)
        let results = await (try file.manifest()).runTests()
        #expect(
            results.map(\.differences) == [
                [
                    "the method: expected PUT, got POST",
                    "the path: expected /v1/w/b/resize, got /v1/w/a/resize",
                    #"the body: expected {"spec":{"size":5}}, got {"spec":{"size":4}}"#,
                    "the error: expected permission, got rejected",
                    "the refused members: expected config, got replicas.desired",
                    "shown_by, record 1: expected true, got false",
                    "not_shown_by, record 1: expected false, got true",
                ],
                ["expected mistakes, got none"],
                [
                    "did not expect the mistake `replicas.desired`: must be at most 8, not 9",
                    "answer 1 was never requested",
                ],
            ])
    }

    @Test func anUpdateDoesNotChangeWhichListIsStoredButHowTheSourceIsQueried() throws {
        let transport = ScriptedTransport { _ in .text("{}") }
        let sources = try [
            UpdateFile.file(),
            UpdateFile.file(UpdateFile.section.replacing("greatest: 8", with: "greatest: 9")),
            UpdateFile.file(""),
        ].map { try $0.source(transport) }
        #expect(Set(sources.map(\.storageKey)).count == 1)
        #expect(sources[0].isQueried(like: try UpdateFile.file().source(transport)))
        #expect(!sources[0].isQueried(like: sources[1]) && !sources[0].isQueried(like: sources[2]))
    }
}
