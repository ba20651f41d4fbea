import Deployments
import TestSupport
import Testing
import Upstream
import Wire

@testable import Adapters

/// The second list of a source: the same walk, within what the first one leaves.
@Suite(.timeLimit(.minutes(10))) struct ProviderListTests {
    private static let deployments = #"{"items": [{"id": "a", "state": "up"}]}"#
    private static let providers =
        #"{"items": [{"id": "p", "names": [{"n": "m"}, {}, {"n": ""}], "of": "a/b"}]}"#

    private static func file(_ fields: String) -> NimbusFile {
        var file = NimbusFile()
        file.identity = "{key: [$.id, $.id]}"
        file.more = """
            providers:
              get: /v1/providers
              records: $.items
              pages: {by: none}
              identity: {key: [$.id]}
              fields: {\(fields)}
            """
        return file
    }

    private static let file = file("served_models: '$.names[*].n', deployment: \"split($.of, '/')\"")

    private func transport(
        deployments: String = Self.deployments, providers: String = Self.providers,
        failing: String = "nothing"
    ) -> ScriptedTransport {
        ScriptedTransport { request in
            if request.path.hasSuffix(failing) { return .text("{}", status: 503) }
            return .text(request.path.hasSuffix("providers") ? providers : deployments)
        }
    }

    private func rows(_ fetch: SourceFetch) throws -> [ModelProvider] {
        try #require(fetch.providers).partitions.flatMap { try $0.result.get().rows }
    }

    private func errors(_ fetch: SourceFetch) throws -> [SourceError.Class] {
        try #require(fetch.providers).partitions.compactMap { partition in
            if case .failure(let error) = partition.result { error.errorClass } else { nil }
        }
    }

    @Test func bothListsAreFetchedDeploymentsFirst() async throws {
        let transport = transport()
        let fetch = await (try Self.file.source(transport)).fetch()
        #expect(transport.requests.map(\.path) == ["/cloud/v1/endpoints", "/cloud/v1/providers"])
        #expect(fetch.calls == 2)
        #expect(fetch.rows.map(\.uid) == ["test/a/a"])
        let row = try #require(try rows(fetch).first)
        #expect(row.uid == "test/p" && row.deployment == "test/a/b" && row.servedModels == ["m"])
        #expect(row.unread == [] && row.status == .unknown)
        #expect(fetch.providers?.drift == [])
    }

    @Test func aPlatformWithoutTheSectionHasNone() async throws {
        let source = try NimbusFile().source(transport())
        #expect(!source.hasProviders)
        let fetch = await source.fetch()
        #expect(fetch.providers == nil && fetch.calls == 1)
    }

    @Test func theFailureOfOneListIsNotTheOthers() async throws {
        let first = await (try Self.file.source(transport(failing: "providers"))).fetch()
        #expect(first.rows.map(\.uid) == ["test/a/a"] && first.errors == [])
        #expect(try errors(first) == [.serverError])
        let second = await (try Self.file.source(transport(failing: "endpoints"))).fetch()
        #expect(second.errors.map(\.errorClass) == [.serverError])
        #expect(try rows(second).map(\.uid) == ["test/p"])
    }

    @Test func aBudgetThatIsUsedUpFailsTheProvidersOnly() async throws {
        let transport = transport()
        let source = try Self.file.source(transport, bind: { $0.budget = RequestBudget(.init(daily: 1)) })
        let fetch = await source.fetch()
        #expect(fetch.rows.map(\.uid) == ["test/a/a"] && fetch.errors == [])
        #expect(try errors(fetch) == [.rateLimited])
        #expect(fetch.calls == 1 && transport.requests.count == 1)
    }

    @Test func providersThatHangDoNotKeepTheDeploymentsForLong() async throws {
        let clock = ManualClock()
        let transport = ScriptedTransport { request in
            if request.path.hasSuffix("providers") { try await clock.sleep(for: .seconds(9999)) }
            return .text(Self.deployments)
        }
        let source = try Self.file.source(
            transport, now: { Timestamp.epoch.advanced(by: clock.now.offset) },
            retryPolicy: RetryPolicy(clock: clock) { 0 })
        async let fetching = source.fetch()
        while transport.requests.count < 2, !Task.isCancelled { await Task.yield() }
        await clock.sleepers(atLeast: 2)
        clock.advance(by: .seconds(10))
        let fetch = await fetching
        #expect(fetch.rows.map(\.uid) == ["test/a/a"])
        #expect(try errors(fetch) == [.timeout])
    }

    @Test(
        arguments: [
            // Elements, and what is read of them.
            (1000, 1000, nil), (1001, 0, "a list of more than 1000"),
        ] as [(Int, Int, String?)])
    func aListOfTextsHasALimit(_ elements: Int, _ read: Int, _ drift: String?) async throws {
        let names = (0..<elements).map { #"{"n": "m\#($0)"}"# }.joined(separator: ",")
        let fetch = await
            (try Self.file.source(
                transport(providers: #"{"items": [{"id": "p", "names": [\#(names)]}]}"#))).fetch()
        let row = try #require(try rows(fetch).first)
        #expect(row.servedModels.count == read)
        #expect(row.unread == (drift == nil ? [] : ["served_models"]))
        #expect(fetch.providers?.drift.map(\.value) == (drift.map { [$0] } ?? []))
    }

    @Test func valuesThatTheFileReadsNoMoreAreHidden() async throws {
        let stored = try rows(await (try Self.file.source(transport())).fetch())
        let later = try Self.file("name: $.name").source(transport())
        let shown = try #require(later.redacted(stored))
        #expect(shown.map(\.servedModels) == [[]] && shown.map(\.deployment) == [nil])
        #expect(later.redacted(shown) == nil)
        #expect(try Self.file.source(transport()).redacted(stored) == nil)
    }
}
