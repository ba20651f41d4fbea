import Deployments
import Foundation
import Refresh
import Settings
import Snapshots
import TestSupport
import Testing
import Upstream
import Wire

@testable import rollcall

/// A source whose secret is read from a real file, on the schedule of a test's clock.
@Suite(.timeLimit(.minutes(10))) struct RotatedSecretTests {
    private static let canaries = ["canary-old-4711", "canary-new-4712"]

    /// A refresher over one DashScope source that refuses every token but the new one.
    private struct RefresherHarness {
        let clock = ManualClock()
        let published = Latest(
            Published(snapshot: Snapshot(id: "", publishedAt: .epoch, lists: []), sources: []))
        let transport: ScriptedTransport
        let refresher: Refresher<ManualClock>

        init(secret path: String, onRequest: @escaping @Sendable () -> Void) throws {
            transport = ScriptedTransport { request in
                onRequest()
                return request.header("Authorization") == "Bearer \(canaries[1])"
                    ? .text(#"{"output": {"deployments": [], "total": 0}}"#) : .text("{}", status: 401)
            }
            var entry = try source("ali", "dashscope", "http://127.0.0.1:1")
            entry.secrets = ["token": .file(path)]
            let (clock, problems) = (clock, SettingsProblems())
            let now: @Sendable () -> Timestamp = { .epoch.advanced(by: clock.now.offset) }
            let sources = SourceAssembly(
                config: gatewayConfig([entry], ttl: .seconds(30)), transport: transport, environment: [:],
                now: now, problems: problems
            ).sources(problems: problems)
            try problems.throwIfAny()
            refresher = Refresher(
                sources: sources.map { ($0.source, $0.config) }, publishingTo: published, restoring: [],
                store: nil, clock: clock, now: now, logger: quietLogger)
        }

        var status: SourceStatus { published.value.sources[0] }

        /// Advances the clock, and returns once the source's runner sleeps again.
        func advance(by span: Duration) async {
            clock.advance(by: span)
            await clock.sleepers(atLeast: 1)
        }
    }

    private func withHarness(
        onRequest: @escaping @Sendable (_ file: URL) -> Void = { _ in },
        _ body: (RefresherHarness, _ file: URL) async throws -> Void
    ) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "rollcall-\(UUID())")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data((Self.canaries[0] + "\n").utf8).write(to: file)
        let harness = try RefresherHarness(secret: file.path) { onRequest(file) }
        try await withThrowingTaskGroup { group in
            group.addTask { try await harness.refresher.run() }
            defer { group.cancelAll() }
            try await body(harness, file)
        }
    }

    @Test func aRotatedFileEndsBackoffAtTheNextCheck() async throws {
        try await withHarness { harness, file in
            await harness.clock.sleepers(atLeast: 1)
            #expect(harness.transport.requests.count == 1)
            #expect(harness.status.failure?.error.errorClass == .auth)
            for _ in 0..<5 { await harness.advance(by: .seconds(5)) }
            #expect(harness.transport.requests.count == 1)
            #expect(harness.status.nextAttemptReason == "after_failure")
            // Written again with the same value: nothing has changed.
            try Data(Self.canaries[0].utf8).write(to: file)
            await harness.advance(by: .seconds(5))
            #expect(harness.transport.requests.count == 1)
            try Data((Self.canaries[1] + "\n").utf8).write(to: file)
            harness.clock.advance(by: .seconds(4))
            #expect(harness.transport.requests.count == 1)
            await harness.advance(by: .seconds(1))
            #expect(harness.transport.requests.count == 2)
            #expect(harness.status.lastAttemptAt == .epoch.advanced(by: .seconds(35)))
            let shown = String(reflecting: harness.published.value)
            for canary in Self.canaries { #expect(!shown.contains(canary)) }
            #expect(shown.contains("dashscope"))
        }
    }

    @Test func aFileThatIsRotatedWhileTheOldValueIsOnItsWayCountsToo() async throws {
        let rotate: @Sendable (URL) -> Void = { try? Data(Self.canaries[1].utf8).write(to: $0) }
        try await withHarness(onRequest: rotate) { harness, _ in
            await harness.clock.sleepers(atLeast: 1)
            #expect(harness.transport.requests.count == 1)
            #expect(harness.status.failure?.error.errorClass == .auth)
            await harness.advance(by: .seconds(5))
            #expect(
                harness.transport.requests.map { $0.header("Authorization") }
                    == Self.canaries.map { "Bearer \($0)" })
        }
    }

    @Test func aFileThatVanishesAndComesBackEndsBackoffTwice() async throws {
        try await withHarness { harness, file in
            await harness.clock.sleepers(atLeast: 1)
            try FileManager.default.removeItem(at: file)
            await harness.advance(by: .seconds(5))
            #expect(harness.status.failure?.error.errorClass == .config)
            #expect(harness.transport.requests.count == 1)
            await harness.advance(by: .seconds(5))
            #expect(harness.status.finishedAttempts == 2)
            try Data(Self.canaries[1].utf8).write(to: file)
            await harness.advance(by: .seconds(5))
            #expect(harness.transport.requests.count == 2)
            #expect(harness.status.finishedAttempts == 3)
        }
    }
}
