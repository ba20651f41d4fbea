import Adapters
import Deployments
import TestSupport
import Testing
import Upstream

/// Sources and destinations of credentials, and the strings that never hold one.
@Suite(.timeLimit(.minutes(10))) struct SecretTests {
    private static let canary = "canary-4711-secret"
    private static let empty = #"{"items": []}"#

    /// An `auth` section, and the header or query that it sends.
    struct Kind: Sendable, CustomTestStringConvertible {
        var auth: String
        var header: String?
        var value: String?
        var query: [String] = []

        var testDescription: String { auth }
    }

    static let kinds = [
        Kind(auth: "{bearer: token}", header: "Authorization", value: "Bearer pa/ss é"),
        Kind(auth: "{header: {name: X-API-Key, secret: token}}", header: "X-API-Key", value: "pa/ss é"),
        Kind(
            auth: "{header: {name: Authorization, prefix: 'Api-Key ', secret: token}}",
            header: "Authorization", value: "Api-Key pa/ss é"),
        Kind(auth: "{query: {parameter: api key, secret: token}}", query: ["api%20key=pa%2Fss%20%C3%A9"]),
        // RFC 7617 §2: "ann:pa/ss é" in UTF-8, by coreutils' base64.
        Kind(
            auth: "{basic: {user: '{inputs.user}', password: token}}", header: "Authorization",
            value: "Basic YW5uOnBhL3NzIMOp"),
    ]

    private func file(_ auth: String, optional: Bool = false) -> NimbusFile {
        NimbusFile(
            inputs: "{user: {type: text, default: ann, about: A user.}}",
            secrets: "{token: {optional: \(optional), about: A key.}}", auth: auth)
    }

    @Test(arguments: kinds) func everyKindOfAuthSendsItsSecretInItsPlaceOnly(_ kind: Kind) async throws {
        let transport = ScriptedTransport { _ in .text(Self.empty) }
        let source = try file(kind.auth).source(transport) { $0.secrets = ["token": .fixed("pa/ss é")] }
        _ = await source.fetch()
        let request = try #require(transport.requests.first)
        #expect(request.query == kind.query)
        #expect(kind.header.flatMap { request.header($0) } == kind.value)
        #expect(request.headers.map(\.name) == ["Accept", "Cache-Control"] + [kind.header].compactMap { $0 })
        #expect(request.headers.map(\.isSecret) == [false, false] + (kind.header == nil ? [] : [true]))
    }

    @Test(arguments: kinds) func anOptionalSecretThatIsNotSetLeavesItsPlaceOut(_ kind: Kind) async throws {
        let transport = ScriptedTransport { _ in .text(Self.empty) }
        let source = try file(kind.auth, optional: true).source(transport)
        let fetch = await source.fetch()
        #expect(fetch.errors.isEmpty)
        #expect(transport.requests.first?.query == [])
        #expect(transport.requests.first?.headers.map(\.name) == ["Accept", "Cache-Control"])
    }

    @Test func secretsAreReadAnewForEveryFetch() async throws {
        let transport = ScriptedTransport { _ in .text(Self.empty) }
        let turn = Shared(0)
        let source = try file("{bearer: token}").source(transport) {
            $0.secrets = [
                "token": BoundSecret(reference: "file /run/key") {
                    turn.withLock { turn in
                        turn += 1
                        return Secret("turn-\(turn)")
                    }
                }
            ]
        }
        _ = await source.fetch()
        _ = await source.fetch()
        #expect(
            transport.requests.map { $0.header("Authorization") } == ["Bearer turn-1", "Bearer turn-2"])
    }

    private struct Unreadable: Error, CustomStringConvertible {
        var description: String { "there is no such file" }
    }

    @Test func aSecretThatCannotBeReadIsAConfigErrorAndNothingIsSent() async throws {
        let transport = ScriptedTransport { _ in .text(Self.empty) }
        var file = file("{bearer: token}")
        file.inputs = "{regions: {type: list, default: [a, b], about: x}}"
        file.partitions = "{region: inputs.regions}"
        let source = try file.source(transport) {
            $0.secrets = ["token": BoundSecret(reference: "file /run/key") { throw Unreadable() }]
        }
        let fetch = await source.fetch()
        #expect(
            fetch.errors.map(\.description)
                == Array(repeating: "config: `token` from file /run/key: there is no such file", count: 2))
        #expect(fetch.calls == 0)
        #expect(transport.requests.isEmpty)
    }

    @Test func aRefusedCredentialIsNamedByItsReference() async throws {
        let transport = ScriptedTransport { _ in .text("{}", status: 401) }
        let bound = try file("{bearer: token}").source(transport) { $0.secrets = ["token": .fixed("x")] }
        #expect(
            await bound.fetch().errors.map(\.description)
                == ["auth: `token` from env KEY was refused: HTTP 401"])
        let unbound = try file("{bearer: token}", optional: true).source(transport)
        #expect(
            await unbound.fetch().errors.map(\.description)
                == ["auth: the platform requires credentials, but none are configured: HTTP 401"])
    }

    /// Answers to a request whose query holds the secret, each of which ends the fetch.
    static let endings: [@Sendable (UpstreamRequest) throws -> UpstreamResponse] = [
        { _ in .text("{}", status: 401) },
        { request in .text(#"{"code": "\#(canary)", "message": "\#(request.url)"}"#, status: 400) },
        { request in .text("<html>\(request.url)</html>") },
        { request in .text(#"{"message": "\#(request.url)"}"#) },
        { request in .text(#"{"items": [], "next": "https://evil.example/?key=\#(canary)"}"#) },
        { request in .text(#"{"items": [{"id": "a"}], "next": "\#(request.url)"}"#) },
        { request in .text("", status: 500, headers: [("location", request.url)]) },
        { request in
            let shown = try request.checked().display
            throw UpstreamError(code: .unreachable, detail: "no connection: \(shown)")
        },
    ]

    @Test(arguments: endings.indices)
    func aSecretInTheQueryStandsInNoError(_ index: Int) async throws {
        let transport = ScriptedTransport { try Self.endings[index]($0) }
        var file = file("{query: {parameter: key, secret: token}}")
        file.pages = "{by: link, next: $.next}"
        file.more = "errors: {code: $.code}"
        let source = try file.source(transport) { $0.secrets = ["token": .fixed(Self.canary)] }
        let error = try #require(await source.fetch().errors.first)
        #expect(!error.message.contains("canary"))
        #expect(!error.message.isEmpty)
        for request in transport.requests {
            #expect(request.query.filter { $0.hasPrefix("key=") } == ["key=\(Self.canary)"])
            #expect(!"\(request)".contains("canary"))
        }
    }

    @Test func aLinkThatRepeatsTheCredentialDoesNotSendItTwice() async throws {
        let transport = ScriptedTransport { request in
            request.query.contains("page=2")
                ? .text(Self.empty)
                : .text(
                    #"{"items": [], "next": "/cloud/v1/endpoints?key=stale&page=2&key=\#(Self.canary)"}"#)
        }
        var file = file("{query: {parameter: key, secret: token}}")
        file.pages = "{by: link, next: $.next}"
        let source = try file.source(transport) { $0.secrets = ["token": .fixed(Self.canary)] }
        #expect(await source.fetch().errors.isEmpty)
        #expect(
            transport.requests.last?.url
                == "https://api.nimbus.example/cloud/v1/endpoints?page=2&key=canary-4711-secret")
    }

    @Test func aDigestTellsValuesApartAndRevealsNone() throws {
        let key = CredentialDigest.Key()
        func digest(
            _ value: String, _ key: CredentialDigest.Key, more: String = ""
        ) throws -> CredentialDigest? {
            var file = file("{bearer: token}")
            file.more = more
            return try file.source(ScriptedTransport { _ in .text(Self.empty) }) { binding in
                binding.secrets = ["token": .fixed(value)]
            }.credentialDigest(keyedBy: key)
        }
        let one = try #require(try digest("canary-one", key))
        #expect(try digest("canary-one", key) == one)
        #expect(try digest("canary-two", key) != one)
        #expect(try digest("canary-one", .init()) != one)
        #expect(one.key == key && one.bytes.count == 32 && !one.text.contains("canary"))
        #expect(try digest("canary-one", key, more: "same_account: true") == nil)
    }
}
