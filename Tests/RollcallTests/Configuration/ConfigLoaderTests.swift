import Foundation
import Logging
import Settings
import Testing

@testable import rollcall

@Suite struct ConfigLoaderTests {
    private let text = withRoot("listen: {port: 1111}\nlog: {level: debug}")

    /// A loader over a few files that do not exist.
    private func loader(_ files: [String: String], environment: [String: String] = [:]) -> ConfigLoader {
        var loader = ConfigLoader(environment: environment, workingDirectory: "/home/ops")
        loader.read = { (path, _) throws(FileError) in
            guard let text = files[path] else {
                throw FileError(path: path, reason: "cannot be read", isMissing: true)
            }
            return Array(text.utf8)
        }
        return loader
    }

    @Test(
        arguments: [
            ("conf/x.yaml", [:], "/home/ops/conf/adapters.d"),
            ("/opt/x.yaml", ["ROLLCALL_CONFIG": "/srv/y.yaml"], "/opt/adapters.d"),
            (nil, ["ROLLCALL_CONFIG": "/srv/y.yaml"], "/srv/adapters.d"),
            (nil, ["ROLLCALL_CONFIG": ""], "/home/ops/adapters.d"),
            (nil, [:], "/home/ops/adapters.d"),
        ] as [(String?, [String: String], String)])
    func theFirstPlaceThatIsNamedWins(
        _ flag: String?, _ environment: [String: String], _ adapters: String
    ) throws {
        let files = [
            "/home/ops/conf/x.yaml": text, "/opt/x.yaml": text, "/srv/y.yaml": text,
            "/home/ops/rollcall.yaml": text, "/etc/rollcall/rollcall.yaml": text,
        ]
        let read = try loader(files, environment: environment).load(
            named: flag, flags: ConfigOverrides(), problems: SettingsProblems())
        #expect(read.adapterFolders == [adapters])
    }

    @Test func theSystemsFileIsTheLastResort() throws {
        let read = try loader(["/etc/rollcall/rollcall.yaml": text]).load(
            named: nil, flags: ConfigOverrides(), problems: SettingsProblems())
        #expect(read.store == .sqlite(path: "/etc/rollcall/rollcall.sqlite"))
    }

    @Test func aNamedFileMustExist() {
        let loader = loader(["/etc/rollcall/rollcall.yaml": text])
        #expect(throws: FileError(path: "no.yaml", reason: "cannot be read", isMissing: true)) {
            try loader.load(named: "no.yaml", flags: ConfigOverrides(), problems: SettingsProblems())
        }
        #expect(throws: ConfigMissing.self) {
            try self.loader([:]).load(named: nil, flags: ConfigOverrides(), problems: SettingsProblems())
        }
    }

    @Test func theEnvironmentWinsOverTheFileAndFlagsOverBoth() throws {
        let environment = [
            "ROLLCALL_LISTEN": "[::1]:2222", "ROLLCALL_STORE": "memory:",
            "ROLLCALL_ADAPTERS": "mine:/opt/ours",
            "ROLLCALL_LOG_LEVEL": "error",
        ]
        let plain = try config(text)
        #expect((plain.listen.port, plain.log.level) == (1111, .debug))
        let read = try config(text, environment: environment)
        #expect((read.listen.host, read.listen.port) == ("::1", 2222))
        #expect(read.store == .memory)
        #expect(read.adapterFolders == ["/home/ops/mine", "/opt/ours"])
        #expect(read.log.level == .error)
        let flags = ConfigOverrides(flags: "127.0.0.1:3333", store: "sqlite:x.db", logLevel: "trace")
        let flagged = try config(text, environment: environment, flags: flags)
        #expect(flagged.listen.port == 3333)
        #expect(flagged.store == .sqlite(path: "/home/ops/x.db"))
        #expect(flagged.adapterFolders == ["/home/ops/mine", "/opt/ours"])
        #expect(flagged.log.level == .trace)
    }

    @Test(arguments: ["INFO", "Info", "info"]) func logLevelsAreReadWithoutRegardToCase(_ level: String)
        throws
    {
        #expect(try config(withRoot("log: {level: \(level)}")).log.level == .info)
        #expect(try config(text, environment: ["ROLLCALL_LOG_LEVEL": level]).log.level == .info)
        #expect(try config(text, flags: ConfigOverrides(logLevel: level)).log.level == .info)
    }

    @Test func aByteOrderMarkBeforeTheFileIsSkipped() throws {
        #expect(try config("\u{FEFF}" + text) == config(text))
    }

    @Test func badOverridesAreReportedWithTheFilesProblems() {
        let environment = [
            "ROLLCALL_LISTEN": "8080", "ROLLCALL_STORE": "x", "ROLLCALL_ADAPTERS": ":",
            "ROLLCALL_LOG_LEVEL": "loud",
        ]
        #expect(
            problems(withRoot("x: 1"), environment: environment).map { String($0.prefix(46)) } == [
                "3: x: unknown key; the keys here are adapters,",
                "environment: ROLLCALL_LISTEN: must be host:por",
                "environment: ROLLCALL_STORE: must be memory: o",
                "environment: ROLLCALL_ADAPTERS: must name a fo",
                "environment: ROLLCALL_LOG_LEVEL: must be one o",
            ])
    }

    @Test func anOverrideCannotOpenTheGatewayToOthersUnseen() throws {
        let environment = ["ROLLCALL_LISTEN": "0.0.0.0:80"]
        #expect(
            problems(text, environment: environment) == [
                "environment: ROLLCALL_LISTEN: 0.0.0.0 can be reached from other machines: set `auth.tokens`, "
                    + "or `listen.allow_unauthenticated: true`"
            ])
        let open = withRoot("listen: {allow_unauthenticated: true}")
        #expect(try config(open, environment: environment).listen.host == "0.0.0.0")
        let guarded = withRoot("auth: {tokens: [{name: a, token: {env: A}}]}")
        #expect(try config(guarded, environment: environment).listen.host == "0.0.0.0")
    }

    @Test func aFoldersNamesAreSortedAndAMissingOneIsNamed() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
        let names = try names(inFolder: folder)
        #expect(names.contains("ConfigLoaderTests.swift"))
        #expect(names == names.sorted())
        #expect(throws: FileError.self) { try rollcall.names(inFolder: "/nowhere/at/all") }
    }

    @Test(arguments: [
        ("a", "/b", "/b/a"), ("/a", "/b", "/a"), ("../a", "/b/c", "/b/a"), ("./a//b/.", "/", "/a/b"),
        ("../../../a", "/b", "/a"), ("", "/b", "/b"),
    ])
    func pathsBecomeAbsolute(_ path: String, _ folder: String, _ expected: String) {
        #expect(absolutePath(path, in: folder) == expected)
    }
}
