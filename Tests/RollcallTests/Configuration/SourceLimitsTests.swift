import Adapters
import Deployments
import Settings
import TestSupport
import Testing
import Upstream

@testable import rollcall

/// The limits of the configuration reach the source that they are meant for.
@Suite(.timeLimit(.minutes(10))) struct SourceLimitsTests {
    private func sources(_ upstream: String, _ transport: any HTTPTransport) throws -> [AdapterSource] {
        let text = """
            version: 1
            adapters: \(repositoryRoot)/adapters.d
            upstream: \(upstream)
            sources:
              - {name: a, adapter: nemo, base_url: "https://a.example.com", upstream: {limits: {daily: 3}}}
              - {name: b, adapter: nemo, base_url: "https://b.example.com"}
            """
        let problems = SettingsProblems()
        let sources = SourceAssembly(
            config: try config(text), transport: transport, environment: [:], now: Assembly.now,
            problems: problems
        ).sources(problems: problems)
        try problems.throwIfAny()
        return sources.map(\.source)
    }

    @Test func everySourceHasABudgetOfItsOwn() throws {
        let sources = try sources(
            "{limits: {rate: 0.5, burst: 7, daily: 100}}", ScriptedTransport { _ in .text("") })
        #expect(
            sources.map(\.budget.limits) == [
                RequestBudget.Limits(rate: 0.5, burst: 7, daily: 3),
                RequestBudget.Limits(rate: 0.5, burst: 7, daily: 100),
            ])
        #expect(sources[0].budget !== sources[1].budget)
    }

    @Test func aListOfMoreRecordsThanTheSourceMayHaveIsRefused() async throws {
        let list = ScriptedTransport { _ in .text(#"{"data": [{}, {}], "pagination": {"total_results": 2}}"#)
        }
        let fetch = await (try sources("{limits: {rows: 1}}", list))[1].fetch()
        let errors = fetch.partitions.map { partition -> String? in
            if case .failure(let error) = partition.result { "\(error)" } else { nil }
        }
        #expect(
            errors == ["too_large: the list has more records than `upstream.limits.rows` allows: 1"])
    }

    @Test func aFetchEndsAtItsDeadline() async throws {
        let clock = ManualClock()
        let silent = ScriptedTransport { _ in
            try await clock.sleep(for: .seconds(1))
            return .text("")
        }
        let fetch = await (try sources("{timeout: {fetch: 1ms}}", silent))[1].fetch()
        let errors = fetch.partitions.map { partition -> SourceError.Class? in
            if case .failure(let error) = partition.result { error.errorClass } else { nil }
        }
        #expect(errors == [.timeout])
    }
}
