import Deployments
import Foundation
import Settings
import Testing

@testable import rollcall

@Suite struct SecretReferenceTests {
    private let literal = "sk-THE-SECRET"

    @Test(arguments: [
        withSource("secrets: {token: sk-THE-SECRET}"),
        withSource("secrets: sk-THE-SECRET"),
        withSource("secrets: [sk-THE-SECRET]"),
        withSource("secrets: {token: [sk-THE-SECRET]}"),
        withSource("secrets: {token: {env: sk-THE-SECRET}}"),
        withSource("secrets: {token: {env: [sk-THE-SECRET]}}"),
        withSource("secrets: {token: {value: sk-THE-SECRET}}"),
        withRoot("auth: sk-THE-SECRET"),
        withRoot("auth: {tokens: sk-THE-SECRET}"),
        withRoot("auth: {tokens: [sk-THE-SECRET]}"),
        withRoot("auth: {tokens: [{name: a, token: sk-THE-SECRET}]}"),
        withSource("token: sk-THE-SECRET"),
    ])
    func aLiteralSecretIsRefusedAndNotRepeated(_ text: String) {
        let found = problems(text)
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { !$0.contains("THE-SECRET") })
    }

    @Test func aLiteralSecretsProblemSaysWhatToDo() {
        #expect(
            problems(withSource("secrets: {token: sk-x}")) == [
                "6: sources[0].secrets.token: a secret must not be in this file: use {env: NAME} or "
                    + "{file: PATH} instead of its value"
            ])
    }

    @Test(arguments: [
        ("NEMO_TOKEN_2", "env NEMO_TOKEN_2"), ("my_token_of_research", "env my_token_of_research"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "env (a long name, not shown)"),
    ])
    func aTokenInPlaceOfAVariablesNameIsNotShown(_ name: String, _ shown: String) {
        #expect(SecretReference.environment(name).description == shown)
    }

    @Test func aVariableIsReadFromTheEnvironmentOfTheStart() throws {
        let reference = SecretReference.environment("TOKEN")
        #expect(try reference.resolve(environment: ["TOKEN": literal], as: .token).revealed() == literal)
        #expect(reason(reference, environment: [:]) == "env TOKEN is not set")
        #expect(reason(reference, environment: ["TOKEN": ""]) == "env TOKEN is empty")
        #expect(
            reason(reference, environment: ["TOKEN": "sk-a\r\nHost: b"])
                == "env TOKEN has a line break at position 5; it must be visible ASCII characters only")
    }

    @Test(arguments: [
        ("sk-1", "sk-1"), ("sk-1\n", "sk-1"), ("sk-1\r\n", "sk-1"), (" sk-1 \n", "sk-1"),
        ("\u{FEFF}sk-1\r\n\n", "sk-1"),
    ])
    func blanksAroundAFilesSecretAreCut(_ written: String, _ secret: String) throws {
        try withFile(Array(written.utf8)) { path in
            for use in [SecretUse.token, .password] {
                let read = try SecretReference.file(path).resolve(environment: [:], as: use)
                #expect(read.revealed() == secret)
            }
        }
    }

    @Test func aFileIsReadAgainEachTime() throws {
        try withFile(Array("one".utf8)) { path in
            let reference = SecretReference.file(path)
            #expect(try reference.resolve(environment: [:], as: .token).revealed() == "one")
            try Data("two\n".utf8).write(to: URL(fileURLWithPath: path))
            #expect(try reference.resolve(environment: [:], as: .token).revealed() == "two")
        }
    }

    @Test(
        arguments: [
            (
                Array("a\n\nb".utf8),
                "has a line break at position 2; it must be visible ASCII characters only"
            ),
            (
                Array("sk\u{A0}1".utf8),
                "has a no-break space at position 3; it must be visible ASCII characters only"
            ),
            ([0x61, 0xFF], "is not UTF-8"),
            ([], "is empty"), (Array(repeating: 0x61, count: 65_537), "is larger than 65536 bytes"),
        ] as [([UInt8], String)])
    func aFileThatIsNoSecretIsNamed(_ bytes: [UInt8], _ expected: String) throws {
        try withFile(bytes) { path in
            #expect(reason(.file(path), environment: [:]) == "file \(path) \(expected)")
        }
    }

    @Test func whatIsNoRegularFileIsNotRead() {
        #expect(
            reason(.file("/nowhere/at/all"), environment: [:])
                == "file /nowhere/at/all cannot be read: No such file or directory")
        #expect(reason(.file("/tmp"), environment: [:]) == "file /tmp is a folder")
        #expect(reason(.file("/dev/zero"), environment: [:]) == "file /dev/zero is not a regular file")
    }

    @Test func aPathStartsAtTheFileItStandsIn() throws {
        let source = try config(withSource("secrets: {token: {file: ../keys/nimbus}}")).sources[0]
        #expect(source.secrets == ["token": .file("/etc/keys/nimbus")])
    }

    @Test func missingSecretsAreReportedAllAtOnceAndStopNothing() throws {
        let text = """
            version: 1
            auth: {tokens: [{name: ops, token: {env: OPS}}]}
            sources:
              - {name: a, adapter: n, base_url: "https://a.example.com", secrets: {x: {env: X}, token: {env: SET}}}
              - {name: b, adapter: n, base_url: "https://b.example.com", secrets: {token: {env: B}}, enabled: false}
            """
        let missing = SettingsProblems()
        try config(text).checkSecrets(environment: ["SET": "s"], problems: missing) { _, _ in .token }
        #expect(
            missing.all.map(\.description) == [
                "/etc/rollcall/test.yaml:2: auth.tokens[0].token: env OPS is not set",
                "/etc/rollcall/test.yaml:4: sources[0].secrets.x: env X is not set",
            ])
    }

    private func reason(_ reference: SecretReference, environment: [String: String]) -> String? {
        do throws(SecretError) {
            _ = try reference.resolve(environment: environment, as: .token)
            return nil
        } catch {
            return error.description
        }
    }

    private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "rollcall-\(UUID().uuidString)")
        try Data(bytes).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url.path)
    }
}
