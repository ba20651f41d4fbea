import Foundation
import Settings
import TestSupport
import Testing

@testable import rollcall

/// Problems of the file, of its sources with their adapters, and of secrets.
///
/// They are reported all at once, without those that only follow from another reported one.
@Suite struct EveryProblemTests {
    /// Every problem that `check` has, without the name of the configuration's file.
    private func everyProblem(
        _ text: String, environment: [String: String] = [:],
        adapters: String? = repositoryRoot + "/adapters.d"
    ) -> [String] {
        let problems = SettingsProblems()
        var environment = environment
        environment["ROLLCALL_ADAPTERS"] = adapters
        let config = ConfigLoader(environment: environment, workingDirectory: "/home/ops").parse(
            Array(text.utf8), file: "/etc/rollcall/test.yaml",
            overrides: ConfigOverrides(environment: environment), problems: problems)
        let assembly = SourceAssembly(
            config: config, transport: ScriptedTransport { _ in throw CancellationError() },
            environment: environment, now: Assembly.now, problems: problems)
        _ = assembly.sources(problems: problems)
        config.checkSecrets(environment: environment, problems: problems) {
            assembly.use(ofSecret: $1, in: $0)
        }
        return problems.all.map { $0.description.replacing("/etc/rollcall/test.yaml:", with: "") }
    }

    /// A file around one source of an adapter that wants `namespaces` and `token`; further keys begin in line 6.
    private func withEndpointsSource(_ keys: String) -> String {
        withSource(keys).replacing("adapter: nimbus", with: "adapter: hf-endpoints")
    }

    private static let namespacesMissing =
        "sources[0].inputs.namespaces: is missing: The users or organizations whose endpoints to list."
    private static let tokenMissing =
        "sources[0].secrets.token: is missing: A Hugging Face access token with the right to read endpoints."

    @Test func mistakesOfEveryStageAreReportedAtOnce() {
        let text = """
            version: 1
            listen: {host: 0.0.0.0, prt: 80}
            cache: {ttl: 30}
            sources:
              - {name: One, adapter: hf-endpoints, base_url: "https://a.example.com", secrets: {token: {env: UNSET}}}
              - {name: two, adapter: nemoo, base_url: "https://b.example.com", secrets: {token: {env: UNSET}}}
              - {name: three, adapter: nemo, base_url: "ftp://c.example.com", inputs: {worksapces: [a]}}
              - {name: four, adapter: dashscope, base_url: "http://d.example.com"}
              - {name: five, base_url: "https://e.example.com", regoin: x, secrets: {token: {env: UNSET}}}
            """
        #expect(
            everyProblem(text) == [
                "2: listen.prt: unknown key; did you mean `port`?",
                "2: listen.host: 0.0.0.0 can be reached from other machines: set `auth.tokens`, or "
                    + "`listen.allow_unauthenticated: true`",
                "3: cache.ttl: must be a duration with its unit, such as 500ms, 30s, 5m, 24h or 7d, not `30`",
                "5: sources[0].name: must be a name of 1 to 64 letters a-z, digits or -, not `One`",
                "5: sources[0].inputs.namespaces: is missing: The users or organizations whose endpoints to list.",
                "5: sources[0].secrets.token: env UNSET is not set",
                "6: sources[1].adapter: there is no adapter `nemoo`; did you mean `nemo`?",
                "6: sources[1].secrets.token: env UNSET is not set",
                "7: sources[2].base_url: must be a URL that begins with https:// or http://",
                "7: sources[2].inputs.worksapces: unknown key; adapter `nemo` defines workspaces",
                "8: sources[3].base_url: plain http would send secrets in the clear: use https, or "
                    + "set `allow_plaintext: true` for this source",
                "8: sources[3].secrets.token: is missing: The API key; keys are bound to a region, one on the "
                    + "wrong host is a 401.",
                "9: sources[4]: `adapter` is missing",
                "9: sources[4].regoin: unknown key; did you mean `region`?",
                "9: sources[4].secrets.token: env UNSET is not set",
            ])
    }

    @Test func aSecretThatCannotBeSentIsNamedWithItsPositionAndNotRepeated() {
        let text = """
            version: 1
            auth: {tokens: [{name: ops, token: {env: OPS}}]}
            sources:
              - {name: a, adapter: nemo, base_url: "https://a.example.com", secrets: {token: {env: A}}}
              - {name: b, adapter: nemo, base_url: "https://b.example.com", secrets: {token: {env: B}}}
              - {name: c, adapter: nemo, base_url: "https://c.example.com", secrets: {token: {env: C}}}
            """
        let found = everyProblem(
            text,
            environment: [
                "OPS": "top secret", "A": "sk-secret\u{200B}", "B": "Bearer sk-secret",
                "C": "\u{FEFF} sk-secret\n",
            ])
        #expect(
            found == [
                "2: auth.tokens[0].token: env OPS has a blank at position 4; it must be visible ASCII characters "
                    + "only",
                "4: sources[0].secrets.token: env A has an invisible character at position 10; it must be visible "
                    + "ASCII characters only",
                "5: sources[1].secrets.token: env B begins with `Bearer `: it must be the token alone, without "
                    + "that word",
            ])
        #expect(
            found.allSatisfy { !$0.contains("secret\u{200B}") && !$0.contains("sk-") && !$0.contains("top") })
    }

    @Test(
        arguments: [
            ("inputs: 5", ["6: sources[0].inputs: must be keys and values, not `5`", "3: " + tokenMissing]),
            (
                "inputs: {namespaces: {a: b}}",
                [
                    "3: " + tokenMissing,
                    "6: sources[0].inputs.namespaces: must be a text, a number, true, false, or a list of these",
                ]
            ),
            (
                "inputs: {namespace: {a: b}}\nsecrets: {token: {env: SET}}",
                [
                    "6: sources[0].inputs.namespace: unknown key; adapter `hf-endpoints` defines namespaces",
                    "6: " + namespacesMissing,
                    "6: sources[0].inputs.namespace: must be a text, a number, true, false, or a list of these",
                ]
            ),
            (
                "inputs: {namespaces: [a, a]}\nsecrets: [x]",
                [
                    "6: sources[0].inputs.namespaces: has a duplicate element",
                    "7: sources[0].secrets: must be keys with {env: NAME} or {file: PATH}, never a secret itself",
                ]
            ),
            (
                "inputs: {namespaces: a}\nsecrets: {token: {env: A, file: B}}",
                ["7: sources[0].secrets.token: must have either env or file"]
            ),
            (
                "secrets: {tokn: hf_x}",
                [
                    "3: " + namespacesMissing,
                    "6: sources[0].secrets.tokn: unknown key; adapter `hf-endpoints` defines token",
                    "6: " + tokenMissing,
                    "6: sources[0].secrets.tokn: a secret must not be in this file: use {env: NAME} or "
                        + "{file: PATH} instead of its value",
                ]
            ),
            ("enabled: nope", ["6: sources[0].enabled: must be true or false, not `nope`"]),
            ("enabled: false", []),
        ] as [(String, [String])])
    func aSourcesUnreadKeysAreNotMissing(_ keys: String, _ expected: [String]) {
        #expect(Set(everyProblem(withEndpointsSource(keys), environment: ["SET": "s"])) == Set(expected))
    }

    @Test func plainHTTPIsNoMistakeWhereItMayBeAllowed() {
        let text = withEndpointsSource("enabled: false\nallow_plaintext: yes").replacing(
            "https:", with: "http:")
        #expect(everyProblem(text) == ["7: sources[0].allow_plaintext: must be true or false, not `yes`"])
    }

    @Test(
        arguments: [
            ("auth: {tokens: [{name: a, token: sk-x}]}", "auth.tokens[0].token"),
            ("auth: {tokns: []}", "auth.tokns"), ("auth: 5", "auth"),
        ])
    func anUnreadTokenIsNoOpenGateway(_ auth: String, _ key: String) {
        let found = everyProblem(
            withRoot("\(auth)\nlisten: {host: 0.0.0.0}").replacing("nimbus", with: "nemo"))
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("3: \(key): ") == true)
    }

    @Test func whoMayReachAnUnreadAddressIsNotJudged() {
        let open = "allow_unauthenticated: yes"
        let text = withRoot("listen: {host: 0.0.0.0, \(open)}").replacing("nimbus", with: "nemo")
        #expect(everyProblem(text).count == 1)
        let other = withRoot("listen: {host: 0.0.0.0}").replacing("nimbus", with: "nemo")
        #expect(
            everyProblem(other, environment: ["ROLLCALL_LISTEN": "8080"]) == [
                "environment: ROLLCALL_LISTEN: must be host:port, such as 127.0.0.1:8080 or [::1]:8080"
            ])
        #expect(
            everyProblem(withRoot("listen: 5"), environment: ["ROLLCALL_LISTEN": "0.0.0.0:80"]).count == 2)
    }

    @Test func aNameThatStandsTwiceIsReportedBesideOtherMistakes() {
        let source = "{name: a, adapter: nemo, base_url: nowhere}"
        let token = "{name: t, token: sk-x}"
        let text = """
            version: 1
            auth: {tokens: [\(token), \(token)]}
            sources:
              - \(source)
              - \(source)
            """
        #expect(
            everyProblem(text).filter { $0.contains("is defined") } == [
                "2: auth.tokens[1]: a token named `t` is defined above",
                "5: sources[1]: a source named `a` is defined in line 4 already",
            ])
        let unnamed = text.replacing("name: a", with: "name: A")
        #expect(!everyProblem(unnamed).contains { $0.contains("is defined in line") })
    }

    @Test func adaptersThatCannotBeReadAreNotUnknown() throws {
        let text = withEndpointsSource("inputs: {namespaces: a}\nsecrets: {token: {env: SET}}")
        let nowhere =
            "/nowhere/at/all: is not a readable folder; name the folder of the adapter files with --adapters, "
            + "$ROLLCALL_ADAPTERS or the key `adapters`"
        #expect(everyProblem(text, environment: ["SET": "s"], adapters: "/nowhere/at/all") == [nowhere])
        #expect(
            everyProblem(text, environment: ["SET": "s"], adapters: ":") == [
                "environment: ROLLCALL_ADAPTERS: must name a folder"
            ])

        let folder = FileManager.default.temporaryDirectory.appending(path: "rollcall-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let empty = everyProblem(text, environment: ["SET": "s"], adapters: folder.path)
        #expect(empty == ["\(folder.path): has no adapter files (*.yaml)"])
        try Data("adapter: hf-endpoints".utf8).write(to: folder.appending(path: "hf-endpoints.yaml"))
        // The later folder's file takes precedence even if it is broken: the earlier one does not replace it.
        for folders in [folder.path, "\(repositoryRoot)/adapters.d:\(folder.path)"] {
            let found = everyProblem(text, adapters: folders)
            #expect(found.contains { $0.hasPrefix("\(folder.path)/hf-endpoints.yaml:1: ") })
            #expect(
                found.filter { !$0.hasPrefix(folder.path) } == [
                    "7: sources[0].secrets.token: env SET is not set"
                ])
        }
        let other = text.replacing("adapter: hf-endpoints", with: "adapter: other")
        #expect(
            everyProblem(other, environment: ["SET": "s"], adapters: folder.path).filter {
                !$0.hasPrefix(folder.path)
            } == ["4: sources[0].adapter: there is no adapter `other`; the adapters are hf-endpoints"])
    }
}
