import ArgumentParser
import Deployments
import HTTPFront
import Testing
import Wire

@testable import rollcall

@Suite struct ListOutputTests {
    private let answer = ListAnswer(
        rows: [exampleRows[0]],
        sources: [
            SourceSummary(
                name: "research", platform: "nimbus", state: "fresh", observedAt: noon, count: 1),
            SourceSummary(
                name: "ali", platform: "nimbus", state: "failed", count: 0,
                failure: .init(errorClass: "auth", message: "`token` from env\u{1B} refused: 401")),
        ],
        isComplete: false, isFresh: false,
        oldestObservedAt: Timestamp(microseconds: noon.microseconds - 5_000_000))

    @Test func theTableTellsOfEveryFailedSourceUnderIt() {
        let memory = write(.table)
        #expect(
            memory.text == """
                STATUS  NAME          MODEL                       SOURCE    WORKSPACE            AGE  UPDATED
                READY   llama-3.1-8b  meta/llama-3.1-8b-instruct  research  research-team-alpha  3d   5s

                1 deployment from 1 source, as of 5s ago
                ali: failed: auth, `token` from env\u{FFFD} refused: 401
                This list is not complete: rows may be missing.

                """)
        #expect(memory.errors == "")
    }

    @Test(arguments: [ListFormat.csv, .ndjson])
    func machinesGetRowsAloneAndTheRemarksGoToStandardError(_ format: ListFormat) {
        let memory = write(format)
        #expect(memory.text.split(whereSeparator: \.isNewline).count == (format == .csv ? 2 : 1))
        #expect(
            memory.errors == "ali: failed: auth, `token` from env\u{FFFD} refused: 401\n"
                + "This list is not complete: rows may be missing.\n")
    }

    @Test func jsonIsTheListsOwnForm() throws {
        let document = try JSONDocument(parsing: Array(write(.json).text.utf8))
        #expect(
            document.root.members.map(\.key) == [
                "data", "complete", "fresh", "oldest_observed_at", "notices", "sources",
            ])
        let rows = document.root["data"]?.elements.compactMap { ModelDeployment(json: $0) }
        #expect(rows == answer.rows)
        #expect(document.root["sources"]?.elements.compactMap { SourceSummary($0) } == answer.sources)
    }

    private static let unread = Notice(
        code: "unread-field", parameter: "status", value: "status", source: "research", rows: 11,
        detail: "`status` could not be read on 11 rows of `research\u{1B}`")

    @Test(arguments: [ListFormat.table, .csv, .ndjson])
    func noticesGoToStandardError(_ format: ListFormat) {
        var noticed = answer
        noticed.notices = [Self.unread]
        let memory = write(format, noticed)
        #expect(
            memory.errors.hasSuffix(
                "unread-field: `status` could not be read on 11 rows of `research\u{FFFD}`\n"))
        #expect(!memory.text.contains("unread-field"))
    }

    @Test func jsonHoldsTheNotices() throws {
        var noticed = answer
        noticed.notices = [Self.unread]
        let memory = write(.json, noticed)
        let document = try JSONDocument(parsing: Array(memory.text.utf8))
        #expect(document.root["notices"]?.elements.compactMap { Notice($0) } == [Self.unread])
        #expect(memory.errors == "")
    }

    @Test(arguments: ListFormat.allCases)
    func theReasonsForARefusalGoToStandardError(_ format: ListFormat) {
        var refused = answer
        refused.notices = [Self.unread]
        let memory = write(format, refused, isRefused: true)
        #expect(
            memory.errors == "ali: failed: auth, `token` from env\u{FFFD} refused: 401\n"
                + "This list is not complete: rows may be missing.\n"
                + "unread-field: `status` could not be read on 11 rows of `research\u{FFFD}`\n")
        #expect(!memory.text.contains("not complete"))
        #expect(memory.text.contains("llama-3.1-8b"))
    }

    @Test func anAnswerWithANoticeThatStrictRefusesIsNotFlawless() {
        var whole = answer
        whole.sources.removeLast()
        whole.isComplete = true
        #expect(whole.isFlawless)
        whole.notices = [Notice(code: "of-the-future", detail: "")]
        #expect(whole.isFlawless)
        whole.notices.append(Self.unread)
        #expect(!whole.isFlawless)
    }

    @Test func ndjsonReadsBack() throws {
        let line = Array(write(.ndjson).text.utf8)
        #expect(ModelDeployment(json: try JSONDocument(parsing: line).root) == answer.rows[0])
    }

    @Test func theColumnsHaveTheLabelsThatOccur() {
        var labeled = answer
        labeled.rows.append(exampleRows[1])
        labeled.rows[1].labels = ["team": "search", "cost": "4711"]
        let lines = write(.csv, labeled).text.split(separator: "\r\n")
        #expect(lines[0].hasPrefix("uid,source,platform,adapter,region,labels.cost,labels.team,native_id,"))
        #expect(lines[1].contains(",research,nimbus,nimbus,,,,,"))
        #expect(lines[2].contains(",ali,nimbus,nimbus,,4711,search,,"))
    }

    @Test func controlsReachAFileButNoTerminal() {
        var hostile = answer
        hostile.rows = [exampleRows[3]]
        #expect(write(.csv, hostile).text.contains("\"bad\u{1B}[2J\nname\""))
        #expect(write(.csv, hostile, isInteractive: true).text.contains(",bad\u{FFFD}[2J name,"))
    }

    @Test func versionsAreCountedBesideTheirDeployments() {
        var versions = answer
        var old = exampleRows[0]
        (old.version, old.latest) = (1, false)
        versions.rows = [old, exampleRows[0], exampleRows[1]]
        let text = write(.table, versions, showsVersions: true).text
        #expect(text.contains("\n\n3 versions of 2 deployments from 1 source, as of 5s ago\n"))
        #expect(text.contains("  VERSION  "))
    }

    @Test(arguments: [
        (ListTerm(name: "all_versions", value: "true"), true),
        (.init(name: "all_versions", value: "false"), false),
        (.init(name: "latest", value: "true"), false),
    ])
    func oneTermRequestsEarlierVersions(_ term: ListTerm, _ isRequested: Bool) {
        #expect(term.addsVersions == isRequested)
    }

    private func write(
        _ format: ListFormat, _ answer: ListAnswer? = nil, isInteractive: Bool = false,
        isRefused: Bool = false, showsVersions: Bool = false
    ) -> OutputMemory {
        let memory = OutputMemory()
        let terminal = Terminal(
            isInteractive: isInteractive, isErrorInteractive: false, columns: nil, environment: [:])
        ListOutput(
            format: format, terminal: terminal, output: memory.output, now: noon, showsVersions: showsVersions
        ).write(answer ?? self.answer, isRefused: isRefused)
        return memory
    }
}

/// `rollcall list providers` in every format.
@Suite struct ProviderOutputTests {
    private static let answer: RecordAnswer<ModelProvider> = {
        var row = ModelProvider(
            uid: "research/ml-prod/chat",
            of: SharedSource(SourceDescription(name: "research", platform: "nimbus", adapter: "nimbus")))
        row.name = "chat\u{1B}"
        row.workspace = "ml-prod"
        row.status = .ready
        row.hostURL = "https://chat.example.com"
        row.servedModels = ["meta/llama", "b"]
        return RecordAnswer(
            rows: [row],
            sources: [
                SourceSummary(
                    name: "research", platform: "nimbus", state: "fresh", observedAt: noon, count: 1)
            ], isComplete: true, isFresh: true, oldestObservedAt: noon)
    }()

    private func text(_ format: ListFormat) -> String {
        let memory = OutputMemory()
        let terminal = Terminal(
            isInteractive: false, isErrorInteractive: false, columns: nil, environment: [:])
        ListOutput(format: format, terminal: terminal, output: memory.output, now: noon).write(Self.answer)
        return memory.text
    }

    @Test func theTableHasWhereEachProviderAnswers() {
        #expect(
            text(.table) == """
                NAME   SOURCE    WORKSPACE  STATUS  HOST                      MODELS
                chat\u{FFFD}  research  ml-prod    READY   https://chat.example.com  meta/llama b

                1 provider from 1 source, as of 0s ago

                """)
    }

    @Test func machinesGetTheRecordItself() throws {
        #expect(text(.csv).hasPrefix("uid,source,platform,adapter,region,native_id,name,workspace,"))
        for format in [ListFormat.ndjson, .json] {
            #expect(text(format).contains(#""served_models":["meta/llama","b"],"enabled_models":[]"#))
        }
    }

    @Test func theFirstTermNamesTheKind() throws {
        let command = try ListCommand.parse(["providers", "status=READY"])
        #expect(command.listsProviders)
        #expect(try command.parsedTerms() == [ListTerm("status=READY")])
        #expect(try !ListCommand.parse(["status=READY"]).listsProviders)
        #expect(throws: (any Error).self) { try ListCommand.parse(["status=READY", "providers"]) }
    }
}
