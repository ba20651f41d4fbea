import Adapters
import Deployments
import TestSupport
import Testing
import Upstream

/// Fingerprints of credentials, and the comparison of bindings.
@Suite(.timeLimit(.minutes(10))) struct RotationTests {
    private struct Unreadable: Error {}

    private static let file = NimbusFile(
        secrets: "{token: {optional: true, about: A key.}}", auth: "{bearer: token}")

    /// A source whose secret `token` stands in a file that holds `value`, or cannot be read if that is nil.
    private func source(
        _ value: Shared<String?>, canRotate: Bool = true, status: Int = 401
    ) throws -> AdapterSource {
        try Self.file.source(ScriptedTransport { _ in .text("{\"items\": []}", status: status) }) {
            $0.secrets["token"] = BoundSecret(reference: "file /run/key", canRotate: canRotate) {
                guard let value = value.withLock({ $0 }) else { throw Unreadable() }
                return Secret(value)
            }
        }
    }

    @Test func theFingerprintIsThatOfTheFilesAsTheyAreNow() throws {
        let value = Shared<String?>("one")
        let source = try source(value)
        let first = try #require(source.credentialFingerprint())
        #expect(source.credentialFingerprint() == first)
        value.withLock { $0 = "two" }
        let second = source.credentialFingerprint()
        value.withLock { $0 = nil }
        let unreadable = source.credentialFingerprint()
        #expect(Set([first, second, unreadable, nil]).count == 4)
        value.withLock { $0 = "one" }
        #expect(source.credentialFingerprint() == first)
    }

    @Test func secretsThatCannotChangeHaveNoneAndAreNotRead() throws {
        let reads = Shared(0)
        let source = try Self.file.source(ScriptedTransport { _ in .text("{}") }) {
            $0.secrets["token"] = BoundSecret(reference: "env KEY") {
                reads.withLock { $0 += 1 }
                return Secret("x")
            }
        }
        #expect(source.credentialFingerprint() == nil)
        #expect(reads.withLock { $0 } == 0)
    }

    @Test func aFetchTellsWhichCredentialsItSent() async throws {
        let value = Shared<String?>("one")
        let transport = ScriptedTransport { _ in
            // Rotated while the platform thinks.
            value.withLock { $0 = "two" }
            return .text("{}", status: 401)
        }
        let source = try Self.file.source(transport) {
            $0.secrets["token"] = BoundSecret(reference: "file /run/key", canRotate: true) {
                Secret(value.withLock { $0 } ?? "")
            }
        }
        let before = source.credentialFingerprint()
        #expect(await source.fetch().credentials == before)
        #expect(source.credentialFingerprint() != before)
        value.withLock { $0 = nil }
        let unread = try self.source(value)
        #expect(await unread.fetch().credentials == unread.credentialFingerprint())
    }

    /// A change of a binding; `isQueriedAlike` is true if the source's requests stay the same.
    struct Change: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var isQueriedAlike = false
        var make: @Sendable (inout SourceBinding) -> Void
    }

    static let changes = [
        Change(testDescription: "none", isQueriedAlike: true) { _ in },
        Change(testDescription: "labels", isQueriedAlike: true) { $0.description.labels = ["a": "b"] },
        Change(testDescription: "region", isQueriedAlike: true) { $0.description.region = "eu" },
        Change(testDescription: "timeout") { $0.connection.totalTimeout = .seconds(1) },
        Change(testDescription: "proxy") { $0.connection.proxy = "http://proxy.example:1" },
        Change(testDescription: "concurrency") { $0.concurrency = 1 },
        Change(testDescription: "pages") { $0.maximumPages = 7 },
        Change(testDescription: "address") { $0.baseURL = "https://other.example" },
        Change(testDescription: "owner") { $0.exposesOwner = true },
        Change(testDescription: "words") {
            $0.statusTerms = [OperatorTerm(term: "up", status: .ready, serving: .full)]
        },
        Change(testDescription: "a secret's place") {
            $0.secrets["token"] = BoundSecret(reference: "env KEY", identity: 2) { Secret("x") }
        },
        Change(testDescription: "a file in a variable's stead") {
            $0.secrets["token"] = BoundSecret(reference: "env KEY", identity: 1, canRotate: true) {
                Secret("x")
            }
        },
        Change(testDescription: "no secret") { $0.secrets = [:] },
    ]

    @Test(arguments: changes.indices)
    func everythingThatDecidesTheRequestsIsCompared(_ index: Int) throws {
        let change = Self.changes[index]
        func source(_ file: NimbusFile = Self.file, changed: Bool) throws -> AdapterSource {
            try file.source(ScriptedTransport { _ in .text("{}") }) {
                $0.secrets["token"] = BoundSecret(reference: "env KEY", identity: 1) { Secret("x") }
                if changed { change.make(&$0) }
            }
        }
        let before = try source(changed: false)
        #expect(try source(changed: true).isQueried(like: before) == change.isQueriedAlike)
        var file = Self.file
        file.get = "/v2/endpoints"
        #expect(try !source(file, changed: true).isQueried(like: before))
        #expect(try !source(changed: true).isQueried(like: ScriptedSource(.example("test"), fetches: [])))
    }
}
