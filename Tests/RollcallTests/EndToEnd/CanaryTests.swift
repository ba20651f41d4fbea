import Deployments
import Foundation
import Logging
import Sandbox
import Settings
import TestSupport
import Testing
import Upstream
import Wire

@testable import rollcall

/// Planted secrets and personal data are found nowhere: no answer, no error, no log line.
@Suite(.timeLimit(.minutes(10))) struct CanaryTests {
    @Test func plantedSecretsNeverLeave() async throws {
        let log = LogLines()
        var sandbox = SandboxConfig()
        sandbox.changesOverTime = false
        sandbox.token = "CANARY-SOURCE-TOKEN"
        let marks = Canary.marks + ["CANARY-SOURCE-TOKEN", "CANARY-ACCESS-TOKEN"]
        try await withGateway(
            sandbox: sandbox, logger: log.logger(.trace),
            tokens: [
                TokenConfig(
                    name: "reader", location: SettingsLocation(file: "test", line: 1, key: "auth.tokens[0]"),
                    token: .environment("ACCESS"))
            ],
            environment: ["TOKEN": "CANARY-SOURCE-TOKEN", "ACCESS": "CANARY-ACCESS-TOKEN"],
            sources: threeSources
        ) { gateway in
            let bearer = UpstreamRequest.Header("Authorization", "Bearer CANARY-ACCESS-TOKEN", isSecret: true)
            let targets = [
                "/v1/deployments?page_size=1000&include=history,native&all_versions=true", "/v1/sources",
                "/v1/deployments?q=canary", "/v1/deployments?nonsense=CANARY-ACCESS-TOKEN",
                "/v1/deployments?format=csv&all_versions=true", "/v1/summary?group_by=model&format=csv",
                "/v1/deployments?format=ndjson&include=history,native&all_versions=true",
                "/v1/deployments?owner.exists=true", "/v1/deployments/ali/nobody", "/nowhere",
                "/v1/providers?page_size=1000&include=source_state", "/v1/providers?format=csv",
                "/v1/providers?format=ndjson", "/v1/providers?q=canary", "/v1/providers/ali/nobody",
                "/readyz", "/healthz",
            ]
            let faults: [Fault] = [
                .status401, .oddTypes, .wrongTypes, .noIdentity, .html, .cutJSON, .status500,
            ]
            var (rows, providers) = (0, 0)
            for fault in [nil] + faults.map({ Optional($0) }) {
                gateway.fleet.faults.clearAll()
                let before = gateway.fleet.requestCount(.nemo)
                if let fault {
                    for dialect in Dialect.allCases { gateway.fleet.faults.set(fault, on: dialect) }
                }
                while gateway.fleet.requestCount(.nemo) < before + 2 {
                    for target in targets {
                        let answer = try await gateway.get(target, headers: [bearer])
                        let text = String(decoding: answer.response.body, as: UTF8.self)
                        let head = answer.response.headers.map { "\($0.name): \($0.value)" }.joined()
                        for mark in marks {
                            #expect(!text.contains(mark), "\(mark) in the answer of \(target)")
                            #expect(!head.contains(mark), "\(mark) in the headers of \(target)")
                        }
                        rows += answer.json?["data"]?.count ?? 0
                        if target.hasPrefix("/v1/providers?page") { providers += answer.uids.count }
                    }
                }
            }
            #expect(rows > 1000 && providers > 10)
            _ = try await gateway.get("/v1/deployments", headers: [])
        }
        #expect(log.lines.count > 10)
        for line in log.lines {
            for mark in marks { #expect(!line.contains(mark), "\(mark) in the log: \(line)") }
        }
    }

    /// The store holds providers, too: what their keys may be in is not read at all.
    @Test func plantedSecretsAreNotInTheStore() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "rollcall-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var sandbox = SandboxConfig()
        sandbox.setRows(12)
        sandbox.changesOverTime = false
        let fleet = SandboxFleet(config: sandbox, now: Assembly.now)
        try await withServer(makeSandboxRouter(fleet: fleet), beforeEnd: { fleet.stop() }) { base in
            var config = gatewayConfig(try threeSources(base), ttl: .seconds(3600))
            config.store = .sqlite(path: folder.appending(path: "rollcall.sqlite").path)
            try await withGateway(config) { gateway in
                _ = try await gateway.get("/v1/deployments") {
                    $0.standings.allSatisfy { $0.contains("fresh") }
                }
            }
            let bytes = try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .reduce(into: Data()) { $0 += try Data(contentsOf: folder.appending(path: $1)) }
            #expect(bytes.range(of: Data("https://external-claude.example.com/v1".utf8)) != nil)
            #expect(bytes.range(of: Data("nvidia-build".utf8)) != nil)
            for mark in Canary.marks { #expect(bytes.range(of: Data(mark.utf8)) == nil, "\(mark)") }
        }
    }
}
