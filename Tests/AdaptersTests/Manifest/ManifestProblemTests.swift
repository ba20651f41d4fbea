import Adapters
import Settings
import Testing

/// Problems reported for a broken file: all at once, each with its line and key and a correction.
@Suite struct ManifestProblemTests {
    /// A complete file, short enough that a line number can be checked by eye.
    static let sound = """
        language: 1
        adapter: nimbus
        platform: nimbus
        provenance: [{document: docs.nimbus.example, read: 2026-11-21, mark: seen}]
        inputs:
          regions: {type: list, about: The regions.}
          project: {type: text, default: null, about: A project.}
          root: {type: path, default: /v1, about: Where the API is.}
        secrets:
          token: {about: A token.}
        auth: {bearer: token}
        partitions: {region: inputs.regions}
        list:
          get: /v1/{partition.region}/endpoints
          query: {project: "{inputs.project}"}
          records: $.items
          pages: {by: none}
        identity: {key: [$.id]}
        fields:
          name: $.name
        status:
          word: $.state
          rules:
            - {words: [up], is: [READY, full]}

        """

    static func problems(_ text: String) -> [String] {
        do {
            _ = try AdapterManifest(yaml: text, file: "nimbus.yaml")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    static func replacing(_ old: String, _ new: String) -> String {
        guard sound.contains(old) else { return "the case does not fit the file" }
        return sound.replacing(old, with: new, maxReplacements: 1)
    }

    @Test func theSoundFileHasNoProblem() {
        #expect(Self.problems(Self.sound) == [])
    }

    /// One edit of the sound file, and the problems that it must report.
    struct Case: Sendable, CustomTestStringConvertible {
        var old: String
        var new: String
        var problems: [String]

        init(_ old: String, _ new: String, _ problems: String...) {
            self.old = old
            self.new = new
            self.problems = problems
        }

        var testDescription: String { new }
    }

    @Test func everyMistakeOfAFileIsReportedAtOnceInItsOrder() {
        let text = """
            language: 1
            adapter: nimbus
            platform: nimbus
            provenance:
              - {document: docs, read: 21.11.2026, mark: seen}
            inputs:
              regions: {type: lst, about: The regions.}
            auth: {bearer: token}
            list:
              get: v1/endpoints
              records: $.items[
              pages: {by: page, parameter: page, totl: $.total}
            identity: {key: []}
            fields:
              nam: $.name
              model: $.model ??
            status:
              word: $.state
              rules:
                - {words: [up], is: [UP, full]}
                - {words: [down], when: $.n >, is: [STOPPED, none]}
            cachee: {ttl: 5s}
            tests:
              - {name: one, answers: [{status: 20, body: {}}], expect: {rows: [{nme: a}]}}
              - {name: two, answers: [], expect: {}, expose: [email]}

            """
        #expect(
            Self.problems(text) == [
                "nimbus.yaml:5: provenance[0].read: must be the date on which the document was read, "
                    + "such as 2026-11-21",
                "nimbus.yaml:7: inputs.regions.type: must be one of text, number, flag, list, path, zone, "
                    + "not `lst`",
                "nimbus.yaml:8: auth.bearer: there is no secret `token`; declare it under `secrets`",
                "nimbus.yaml:10: list.get: must be a path that begins with / or with an input of type path, "
                    + "not `v1/endpoints`",
                "nimbus.yaml:11: list.records: at character 9: brackets must contain a quoted name, a number, `*` "
                    + "or `?` with a condition",
                "nimbus.yaml:12: list.pages: has nothing that ends the list: add `total`, "
                    + "`total_pages` or `has_more`, or `stop: empty` or `stop: short`",
                "nimbus.yaml:12: list.pages.totl: unknown key; did you mean `total`?",
                "nimbus.yaml:13: identity.key: must read the record in at least one part, such as $.id",
                "nimbus.yaml:15: fields.nam: is not a field of a deployment; did you mean `name`?",
                "nimbus.yaml:16: fields.model: at character 11: a value is missing at the end",
                "nimbus.yaml:20: status.rules[0].is[0]: must be one of PENDING, DEPLOYING, READY, DEGRADED, "
                    + "UPDATING, STOPPING, STOPPED, FAILED, DELETING, DELETED, LOST, UNKNOWN, not `UP`",
                "nimbus.yaml:21: status.rules[1].when: at character 6: a value is missing at the end",
                "nimbus.yaml:22: cachee: unknown key; did you mean `cache`?",
                "nimbus.yaml:24: tests[0].answers[0].status: must be a whole number from 100 to 599, not `20`",
                "nimbus.yaml:24: tests[0].expect.rows[0].nme: is not a field of a deployment; did you mean `name`?",
                "nimbus.yaml:25: tests[1].expose: only `owner` can be exposed",
                "nimbus.yaml:25: tests[1].expect: needs `rows` or `error`",
            ])
    }

    @Test(arguments: frame + access + list + record + expressions + forbidden + providers)
    func oneMistakeIsReportedAtItsLineAndKey(_ mistake: Case) {
        #expect(Self.problems(Self.replacing(mistake.old, mistake.new)) == mistake.problems)
    }
}
