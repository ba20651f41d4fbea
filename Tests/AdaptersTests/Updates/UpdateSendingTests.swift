import Adapters
import Deployments
import TestSupport
import Testing
import Upstream
import Wire

/// Sending an update: once, with what is known of it afterwards.
@Suite(.timeLimit(.minutes(10))) struct UpdateSendingTests {
    private static let done = #"{"item": {"id": "a", "name": "a", "ws": "w", "want": 4, "state": "up"}}"#

    private func ending(_ answer: UpstreamResponse, section: String = UpdateFile.section) async throws
        -> Ending
    {
        Ending(try await UpdateFile.result(ScriptedTransport { _ in answer }, file: UpdateFile.file(section)))
    }

    // MARK: What is sent

    @Test func theRequestHasTheBodyThatWasShownAndTheAuthorization() async throws {
        let transport = ScriptedTransport { _ in .text(Self.done) }
        var file = UpdateFile.file(
            UpdateFile.section + "\n  query: {in: \"{row.workspace}\", by: \"{inputs.who}\"}\n"
                + "  headers: {X-Space: \"{row.workspace}\", Content-Type: text/plain}")
        (file.secrets, file.auth) = ("{key: {about: A key.}}", "{bearer: key}")
        let source = try file.source(transport) { $0.secrets = ["key": .fixed("s3cret-key")] }
        let plan = try source.plan(UpdateFile.patch, of: UpdateFile.row())
        #expect(Ending(await source.send(plan)) == .appliedWithRow)
        let sent = try #require(transport.requests.first)
        #expect(sent.method == .post && sent.url == plan.request.url && sent.body == plan.request.body)
        #expect(sent.url == "https://api.nimbus.example/cloud/v1/w/a/resize?in=w")
        #expect(
            sent.headers.map { "\($0.name): \($0.value)" } == [
                "Accept: application/json", "Cache-Control: no-cache", "X-Space: w",
                "Content-Type: application/json", "Authorization: Bearer s3cret-key",
            ])
        #expect(transport.requests.count == 1)
    }

    @Test func aCredentialOfTheQueryIsSentAndNotShown() async throws {
        let transport = ScriptedTransport { _ in .text("{}", status: 400) }
        var file = UpdateFile.file()
        (file.secrets, file.auth) = ("{key: {about: A key.}}", "{query: {parameter: key, secret: key}}")
        let source = try file.source(transport) { $0.secrets = ["key": .fixed("s3cret-key")] }
        let plan = try source.plan(UpdateFile.patch, of: UpdateFile.row())
        #expect(!"\(plan)".contains("s3cret"))
        let result = await source.send(plan)
        #expect(!"\(result)".contains("s3cret"))
        #expect(transport.requests.map(\.url) == [plan.request.url + "?key=s3cret-key"])
    }

    @Test func theCredentialIsReadAnewForEachUpdate() async throws {
        let transport = ScriptedTransport { _ in .text("{}") }
        var file = UpdateFile.file()
        (file.secrets, file.auth) = ("{key: {about: A key.}}", "{bearer: key}")
        let reads = Shared(0)
        let source = try file.source(transport) {
            $0.secrets["key"] = BoundSecret(reference: "file /key", canRotate: true) {
                let number = reads.withLock { reads in
                    reads += 1
                    return reads
                }
                if number == 3 { throw SourceError(.config, "the file /key is empty") }
                return Secret("key-\(number)")
            }
        }
        let plan = try source.plan(UpdateFile.patch, of: UpdateFile.row())
        #expect(Ending(await source.send(plan)) == .applied)
        #expect(Ending(await source.send(plan)) == .applied)
        #expect(Ending(await source.send(plan)) == .notSent(.config))
        #expect(transport.requests.map { $0.header("authorization") } == ["Bearer key-1", "Bearer key-2"])
    }

    @Test func aPlanOfAnotherConfigurationIsNotSent() async throws {
        let transport = ScriptedTransport { _ in .text("{}") }
        let other = try UpdateFile.file().source(transport, base: "https://other.example")
        let plan = try UpdateFile.file().source(transport).plan(UpdateFile.patch, of: UpdateFile.row())
        #expect(Ending(await other.send(plan)) == .notSent(.config))
        #expect(transport.requests.isEmpty)
    }

    // MARK: What an answer says

    static let answers: [(status: Int, body: String, ending: Ending)] = [
        (200, done, .appliedWithRow), (201, done, .appliedWithRow), (202, done, .appliedWithRow),
        (204, "", .applied), (200, "{}", .applied), (200, "not JSON", .applied),
        (200, #"{"item": {"#, .applied),
        (200, "<html>", .applied), (200, #"{"item": []}"#, .applied),
        (200, #"{"item": {"id": "other"}}"#, .applied), (200, #"{"item": {}}"#, .applied),
        (400, "{}", .refused(.rejected)), (401, "", .refused(.auth)), (402, "", .refused(.billing)),
        (403, "{}", .refused(.permission)), (404, "{}", .refused(.notFound)), (405, "", .refused(.rejected)),
        (407, "", .refused(.unreachable)), (409, "{}", .refused(.rejected)), (421, "", .refused(.rejected)),
        (425, "", .refused(.rejected)), (429, "{}", .refused(.rateLimited)),
        (422, #"{"errors": [{"field": "size"}]}"#, .refused(.rejected, ["replicas.desired"])),
        (
            422, #"{"errors": [{"field": "spec.config"}, {"field": "size"}]}"#,
            .refused(.rejected, ["config", "replicas.desired"])
        ),
        (422, #"{"errors": [{"field": "canary"}, {"field": 7}, {}]}"#, .refused(.rejected)),
        (301, "", .refused(.badResponse)), (304, "", .refused(.badResponse)),
        (307, "", .refused(.badResponse)),
        // After a deed the platform may point elsewhere.
        (303, "", .unknown(.badResponse)),
        // A proxy that waits no longer writes it, too.
        (408, "", .unknown(.timeout)),
        (500, "{}", .unknown(.serverError)), (502, "", .unknown(.serverError)),
        (503, "{}", .unknown(.serverError)),
        (504, "", .unknown(.serverError)), (600, "", .unknown(.badResponse)),
    ]

    @Test(arguments: answers.indices) func anAnswerSaysOneThing(_ index: Int) async throws {
        let (status, body, expected) = Self.answers[index]
        #expect(try await ending(.text(body, status: status)) == expected, "\(status) \(body)")
    }

    @Test(arguments: [
        (200, #"{"code": "no"}"#, Ending.refused(.rejected)),
        (200, #"{"code": "oops"}"#, .unknown(.serverError)),
        (200, "{}", .applied), (200, "", .applied), (400, #"{"code": "oops"}"#, .unknown(.serverError)),
        (400, #"{"code": "unpaid"}"#, .refused(.billing)),
        // Only the body would say which it is.
        (200, "not JSON", .unknown(.badResponse)), (200, #"{"code": "n"#, .unknown(.badResponse)),
    ])
    func theFilesErrorsCountInASuccessToo(_ status: Int, _ body: String, _ expected: Ending) async throws {
        let section =
            UpdateFile.section + """

                errors:
                  code: $.code
                  failed_when: exists($.code)
                  rules:
                    - {codes: [oops], is: server_error}
                    - {codes: [unpaid], is: billing}
                    - {http: [200], is: rejected}
                """
        #expect(try await ending(.text(body, status: status), section: section) == expected)
    }

    @Test(arguments: [
        (200, Ending.unknown(.badResponse)), (201, .appliedWithRow), (202, .unknown(.badResponse)),
    ])
    func aFileMayNameTheStatusesOfSuccess(_ status: Int, _ expected: Ending) async throws {
        let section = UpdateFile.section + "\n  success: [201]"
        #expect(try await ending(.text(Self.done, status: status), section: section) == expected)
    }

    @Test func theAnswersRecordIsMappedAsInAListWithoutWhatMayNotBeShown() async throws {
        let body =
            #"{"item": {"id": "a", "want": "4", "v": 3, "state": "up", "made": "2026-02-01T00:00:00Z", "#
            + #""who": "canary-owner", "secret": "canary"}}"#
        var file = UpdateFile.file()
        file.identity = "{key: [$.id], version: $.v}"
        let row = UpdateFile.row {
            ($0.version, $0.createdAt) = (2, Timestamp("2026-01-01T00:00:00Z"))
        }
        let result = try await UpdateFile.result(ScriptedTransport { _ in .text(body) }, file: file, row: row)
        guard case .applied(let shown?) = result else { return #expect(Bool(false), "\(result)") }
        #expect(shown.uid == "test/a" && shown.version == 3 && shown.latest && shown.replicas.desired == 4)
        #expect(shown.status == .ready && shown.owner == nil)
        // The creation is that of the earliest version.
        #expect(shown.createdAt == Timestamp("2026-01-01T00:00:00Z"))
        #expect(!String(decoding: shown.encoded(), as: UTF8.self).contains("canary"))
    }

    @Test func aPartitionThatTheKeyNamesIsKnownOfTheRow() async throws {
        var file = UpdateFile.file()
        file.inputs = "{who: {type: text, default: null, about: A name.}, zones: {type: list, about: Where.}}"
        (file.partitions, file.get, file.identity) = (
            "{at: inputs.zones}", "/v1/{partition.at}", "{key: [partition.at, $.id]}"
        )
        let row = ModelDeployment(uid: "test/e%2Fu/a", of: SharedSource(.example("test")))
        var named = row
        (named.name, named.workspace) = ("a", "w")
        let result = try await UpdateFile.result(
            ScriptedTransport { _ in .text(Self.done) }, file: file, row: named,
            bind: { $0.inputs["zones"] = .list(["e/u", "other"]) })
        #expect(Ending(result) == .appliedWithRow)
    }

    @Test(arguments: [200, 400, 401, 404, 422, 429, 500, 302])
    func nothingOfTheAnswersTextIsTold(_ status: Int) async throws {
        let answer = UpstreamResponse.text(
            #"{"code": "canary code", "errors": [{"field": "canary"}], "#
                + #""item": {"id": "a", "who": "canary"}}"#,
            status: status, headers: [("location", "https://canary.example/canary"), ("x-canary", "canary")])
        var file = UpdateFile.file()
        file.more += "errors: {code: $.code}\n"
        let result = try await UpdateFile.result(ScriptedTransport { _ in answer }, file: file)
        #expect(!"\(result)".contains("canary"))
    }

    // MARK: Failures

    private static func error(
        _ code: UpstreamError.Code, isUnsent: Bool = false, status: Int? = nil
    ) -> UpstreamError {
        UpstreamError(code: code, detail: "in our words", isUnsent: isUnsent, status: status)
    }

    static let failures: [(error: UpstreamError, ending: Ending)] = [
        (error(.unreachable), .unknown(.unreachable)), (error(.timedOut), .unknown(.timeout)),
        (error(.badResponse), .unknown(.badResponse)), (error(.tooLarge), .unknown(.tooLarge)),
        (error(.tls), .unknown(.tls)),
        // The headers arrived.
        (error(.badResponse, status: 201), .applied), (error(.timedOut, status: 200), .applied),
        (error(.tooLarge, status: 200), .applied), (error(.badResponse, status: 422), .refused(.rejected)),
        (error(.badResponse, status: 500), .unknown(.badResponse)),
        (error(.badResponse, status: 408), .unknown(.badResponse)),
        (error(.redirectRefused, status: 307), .refused(.badResponse)),
        (error(.redirectRefused, status: 303), .unknown(.badResponse)),
        // Nothing was sent, and sending it again would not help.
        (error(.tls, isUnsent: true), .notSent(.tls)),
        (error(.plaintextRefused, isUnsent: true), .notSent(.config)),
        (error(.badRequest, isUnsent: true), .notSent(.config)),
        (error(.noDescriptors, isUnsent: true), .notSent(.internal)),
    ]

    @Test(arguments: failures.indices) func aFailureIsNotSentAgain(_ index: Int) async throws {
        let (error, expected) = Self.failures[index]
        let transport = ScriptedTransport { _ in throw error }
        let result = try await UpdateFile.result(transport, bind: { $0.retries = 5 })
        #expect(Ending(result) == expected, "\(error)")
        #expect(transport.requests.count == 1)
    }

    @Test(arguments: [(0, 1), (2, 3)])
    func onlyAConnectionThatWasNeverMadeIsTriedAgain(_ retries: Int, _ requests: Int) async throws {
        let clock = AdvancingClock(deadline: .seconds(10))
        let budget = RequestBudget(.init(daily: 100))
        let transport = ScriptedTransport { _ in throw Self.error(.unreachable, isUnsent: true) }
        let source = try UpdateFile.file().source(
            transport,
            bind: {
                $0.retries = retries
                $0.budget = budget
            }, now: { clock.moment }, retryPolicy: RetryPolicy(clock: clock) { 0.5 })
        let result = await source.send(try source.plan(UpdateFile.patch, of: UpdateFile.row()))
        #expect(Ending(result) == .notSent(.unreachable))
        #expect(transport.requests.count == requests)
        #expect(budget.left(at: clock.moment) == 100 - requests)
    }

    @Test(arguments: ["unsent, then done", "unsent, then lost"])
    func afterTheFirstByteItIsNeverTriedAgain(_ course: String) async throws {
        let clock = AdvancingClock(deadline: .seconds(10))
        let sent = Shared(0)
        let transport = ScriptedTransport { _ in
            let number = sent.withLock { sent in
                sent += 1
                return sent
            }
            if number == 1 { throw Self.error(.unreachable, isUnsent: true) }
            if course.hasSuffix("lost") { throw Self.error(.unreachable) }
            return .text(Self.done)
        }
        let source = try UpdateFile.file().source(
            transport, bind: { $0.retries = 5 }, now: { clock.moment },
            retryPolicy: RetryPolicy(clock: clock) { 0 })
        let result = await source.send(try source.plan(UpdateFile.patch, of: UpdateFile.row()))
        #expect(Ending(result) == (course.hasSuffix("lost") ? .unknown(.unreachable) : .appliedWithRow))
        #expect(transport.requests.count == 2)
    }

    // MARK: The budget

    @Test func anUpdateTakesOneRequestOfTheBudgetAndNoneIsSentWithout() async throws {
        let budget = RequestBudget(.init(daily: 1))
        let transport = ScriptedTransport { _ in .text(Self.done) }
        let source = try UpdateFile.file().source(transport) { $0.budget = budget }
        let plan = try source.plan(UpdateFile.patch, of: UpdateFile.row())
        #expect(Ending(await source.send(plan)) == .appliedWithRow)
        guard case .notSent(let error) = await source.send(plan) else { return #expect(Bool(false)) }
        #expect(error.errorClass == .rateLimited && error.retryAfter == .seconds(86_460))
        #expect(transport.requests.count == 1)
    }

    @Test func aPauseThatThePlatformRequestedHoldsForUpdatesToo() async throws {
        let budget = RequestBudget(.init())
        let transport = ScriptedTransport { _ in
            .text("{}", status: 429, headers: [("retry-after", "60")])
        }
        let source = try UpdateFile.file().source(transport) { $0.budget = budget }
        let plan = try source.plan(UpdateFile.patch, of: UpdateFile.row())
        guard case .refused(let error, _) = await source.send(plan) else { return #expect(Bool(false)) }
        #expect(error.retryAfter == .seconds(60))
        guard case .notSent(let refusal) = await source.send(plan) else { return #expect(Bool(false)) }
        #expect(refusal.errorClass == .rateLimited && refusal.retryAfter == .seconds(60))
        #expect(transport.requests.count == 1)
    }

    @Test func aShortWaitForTheBudgetIsWaited() async throws {
        let clock = AdvancingClock(deadline: .seconds(10))
        let transport = ScriptedTransport { _ in .text(Self.done) }
        let source = try UpdateFile.file().source(
            transport, bind: { $0.budget = RequestBudget(.init(rate: 1)) }, now: { clock.moment },
            retryPolicy: RetryPolicy(clock: clock) { 0 })
        let plan = try source.plan(UpdateFile.patch, of: UpdateFile.row())
        #expect(Ending(await source.send(plan)) == .appliedWithRow)
        #expect(Ending(await source.send(plan)) == .appliedWithRow)
        #expect(clock.moment >= Timestamp.epoch.advanced(by: .milliseconds(900)))
    }

    @Test func withoutAPlaceAmongTheSourcesRequestsNothingIsSent() async throws {
        let clock = AdvancingClock(deadline: .seconds(86_400))
        let (waiting, opened) = AsyncStream<Void>.makeStream()
        let transport = ScriptedTransport { request in
            if request.method == .get { for await _ in waiting { break } }
            return .text(request.method == .get ? #"{"items": []}"# : Self.done)
        }
        let source = try UpdateFile.file().source(
            transport, bind: { $0.concurrency = 1 }, now: { clock.moment },
            retryPolicy: RetryPolicy(clock: clock) { 0 })
        async let list = source.fetch()
        while transport.requests.isEmpty { await Task.yield() }
        let plan = try source.plan(UpdateFile.patch, of: UpdateFile.row())
        #expect(Ending(await source.send(plan)) == .notSent(.timeout))
        opened.yield()
        #expect(await list.calls == 1)
        #expect(transport.requests.count == 1)
    }

    // MARK: The caller

    @Test func aCanceledCallerDoesNotEndIt() async throws {
        let (waiting, opened) = AsyncStream<Void>.makeStream()
        let transport = ScriptedTransport { _ in
            for await _ in waiting { break }
            try Task.checkCancellation()
            return .text(Self.done)
        }
        let source = try UpdateFile.file().source(transport)
        let plan = try source.plan(UpdateFile.patch, of: UpdateFile.row())
        let sending = Task { await source.send(plan) }
        while transport.requests.isEmpty { await Task.yield() }
        sending.cancel()
        opened.yield()
        #expect(Ending(await sending.value) == .appliedWithRow)
    }

    @Test func aTaskThatIsCanceledBeforehandSendsItAllTheSame() async throws {
        let transport = ScriptedTransport { _ in
            try Task.checkCancellation()
            return .text(Self.done)
        }
        let source = try UpdateFile.file().source(transport)
        let plan = try source.plan(UpdateFile.patch, of: UpdateFile.row())
        let sending = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await source.send(plan)
        }
        #expect(Ending(await sending.value) == .appliedWithRow)
    }
}
