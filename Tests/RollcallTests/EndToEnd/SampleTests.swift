import Deployments
import Foundation
import Sandbox
import Testing
import Upstream
import Wire

@testable import rollcall

/// The recorded lists as three sources, read over HTTP by the gateway and from it.
@Suite(.timeLimit(.minutes(10))) struct SampleTests {
    /// Runs `body` once every source was fetched; none is fetched again while the test lasts.
    private func withSamples(_ body: (RunningGateway) async throws -> Void) async throws {
        try await withGateway(
            sandbox: SandboxConfig(), ttl: .seconds(3600), environment: ["TOKEN": "sandbox-token"],
            sources: { base in
                var sources = [
                    try source("research", "nemo", base + "/samples/nemo"),
                    try source("ali", "dashscope", base + "/samples/dashscope"),
                    try source("deepinfra", "deploy-list", base + "/samples/deploy-list"),
                ]
                sources[0].labels = ["team": "search"]
                sources[1].region = "ap-southeast-1"
                sources[2].platform = "deepinfra"
                return sources
            }
        ) { gateway in
            _ = try await gateway.get("/v1/deployments?all_versions=true&page_size=1000") {
                $0.json?["complete"]?.bool == true && !$0.hasPendingLookups
            }
            try await body(gateway)
        }
    }

    /// A record's line as ``SampleRecords/all`` has it.
    private static func line(_ row: JSONValue) -> String {
        let version = row["version"]?.int.map { "\($0)" } ?? "-"
        let latest = row["latest"]?.bool.map { $0 ? "latest" : "older" } ?? "-"
        let values = ["native_status", "status", "serving", "created_at"].map { row[$0]?.string ?? "-" }
        return
            "\(row["uid"]?.string ?? "-") \(version) \(latest) \(values[0]) \(values[1])/\(values[2]) \(values[3])"
    }

    @Test func everyRecordIsServed() async throws {
        try await withSamples { gateway in
            let all = try await gateway.get(
                "/v1/deployments?page_size=1000&all_versions=true&sort=uid,version")
            #expect(all.json?["data"]?.elements.map(Self.line) == SampleRecords.all)
            let current = try await gateway.get("/v1/deployments?page_size=1000&sort=uid,version")
            #expect(
                current.json?["data"]?.elements.map(Self.line)
                    == SampleRecords.all.filter { $0.contains(" latest ") })
            #expect(current.json?["pagination"]?["total_results"]?.int == 28)
            #expect(current.json?["pagination"]?["total_is"]?.string == "exact")
            let sources = try #require(current.json?["sources"]?.elements)
            #expect(sources.compactMap { $0["name"]?.string } == ["research", "ali", "deepinfra"])
            #expect(sources.compactMap { $0["count"]?.int } == [8, 10, 10])
            let drift = try await gateway.get("/v1/sources")
            #expect(drift.json?["data"]?.elements.compactMap { $0["drift"]?.count } == [0, 0, 0])
        }
    }

    /// An answer in which the times of lookups are ``SampleRecords/lookedUp``.
    private static func withoutLookupTimes(_ text: String) -> String {
        text.replacing(#/("fields":\[[^\]]*\],"observed_at":")[^"]*"/#) {
            "\($0.1)\(SampleRecords.lookedUp)\""
        }
    }

    @Test func wholeRecordsAreServedToTheByte() async throws {
        try await withSamples { gateway in
            for (query, record) in SampleRecords.complete {
                let answer = try await gateway.get("/v1/deployments?" + query)
                let seen = answer.json?["sources"]?.elements.first?["observed_at"]?.string ?? ""
                let row = answer.json?["data"]?.elements.first
                let host = row?["endpoint"]?["base_url"]?.string?.components(separatedBy: "/samples/").first
                let revision = row?["revision"]?.string ?? ""
                #expect(revision.count == 16)
                let expected = record.replacing(SampleRecords.firstSeen, with: seen)
                    .replacing(SampleRecords.baseURL, with: host ?? "")
                    .replacing(SampleRecords.revision, with: revision)
                let text = Self.withoutLookupTimes(String(decoding: answer.response.body, as: UTF8.self))
                #expect(text.hasPrefix("{\"data\":[\(expected)],\"pagination\":"), "\(query): \(text)")
                // A single record has its history without `include`.
                guard query.hasSuffix("&include=history"), let uid = query.split(separator: "&").first else {
                    continue
                }
                let alone = try await gateway.get("/v1/deployments/" + uid.dropFirst("uid=".count))
                let aloneText = Self.withoutLookupTimes(String(decoding: alone.response.body, as: UTF8.self))
                #expect(aloneText.hasPrefix("{\"data\":\(expected),\"snapshot\":"), "\(uid): \(aloneText)")
            }
        }
    }

    @Test(arguments: [
        (1, "READY llama-8b-1gpu 2026-11-21T02:32:12.397270Z 2026-11-21T02:32:12.397270Z false", 3),
        (2, "DEPLOYING llama-8b-1gpu 2026-11-21T02:32:12.397270Z 2026-11-21T02:32:13.843101Z true", 0),
    ])
    func eachVersionIsServedByItsNumber(_ version: Int, _ expected: String, _ events: Int) async throws {
        let target = "/v1/deployments/research/ml-prod/chat-llama8b?version="
        try await withSamples { gateway in
            let row = try #require(try await gateway.get(target + "\(version)").json?["data"])
            let texts = ["status", "config", "created_at", "version_created_at"].map {
                row[$0]?.string ?? "-"
            }
            #expect((texts + ["\(row["latest"]?.bool ?? false)"]).joined(separator: " ") == expected)
            #expect(row["history"]?.count == events)
            #expect(try await gateway.get(target + "3").response.status == 404)
        }
    }

    /// A query, and the uids that it finds, in order.
    static let filters: [(query: String, uids: [String])] = [
        (
            "status=FAILED",
            ["research/ml-prod/qwen-32b", "deepinfra/cc99dd00ee11ff22", "ali/qwen3-32b-mu-failed"]
        ),
        ("status=lost,Unknown", ["research/ml-prod/mystery", "research/ml-prod/old-canary"]),
        (
            "name.like=LLAMA",
            [
                "research/ml-prod/chat-llama70b", "research/ml-prod/chat-llama8b",
                "deepinfra/kQ3vX9dLmP0aZ7tB",
                "deepinfra/lora000000000001", "deepinfra/DSw",
            ]
        ),
        ("name.like=%258b", ["research/ml-prod/chat-llama8b", "deepinfra/DSw"]),
        ("filter%5Bname%5D%5B%24like%5D=whisper", ["deepinfra/DpM4BkrjEspUwmTa"]),
        ("filter[name][like]=whisper", ["deepinfra/DpM4BkrjEspUwmTa"]),
        ("accelerator.family=H100", ["deepinfra/kQ3vX9dLmP0aZ7tB"]),
        ("accelerator.family=h100", []),
        (
            "accelerator.memory_gb.gte=80&sort=accelerator.memory_gb,name",
            ["deepinfra/kQ3vX9dLmP0aZ7tB", "deepinfra/aa11bb22cc33dd44", "deepinfra/ee55ff66aa77bb88"]
        ),
        (
            "created_at.gte=2026-11-01&created_at.lt=2026-11-21T02:32:13Z",
            [
                "research/ml-prod/qwen-32b", "research/ml-prod/chat-llama70b",
                "research/ml-prod/chat-llama8b",
                "deepinfra/aa11bb22cc33dd44", "deepinfra/cc99dd00ee11ff22",
            ]
        ),
        // 10:00 of the platform's clock, eight hours ahead.
        ("created_at=2026-02-01T02:00:00Z", ["ali/qwen3-8b-stopped"]),
        ("created_at=2026-02-01T10:00:00%2B08:00", ["ali/qwen3-8b-stopped"]),
        ("created_at.exists=false", ["ali/ptu-v2-waiting", "deepinfra/DSw"]),
        (
            "q=llama+acme", ["deepinfra/kQ3vX9dLmP0aZ7tB", "deepinfra/lora000000000001"]
        ),
        (
            "q=ML-PROD&status.nin=READY,DEPLOYING,DELETED,DELETING,LOST,UNKNOWN,PENDING",
            [
                "research/ml-prod/qwen-32b"
            ]
        ),
        (
            "platform=DASHSCOPE&serving=Full&sort=name",
            [
                "ali/emo-35b3f106-sample01", "ali/emo-35b3f106-sample02", "ali/emo-35b3f106-sample03",
                "ali/my-qwen-flash-ptu",
            ]
        ),
        ("labels.team=search&version.gte=2", ["research/ml-prod/chat-llama8b"]),
        (
            "uid=research/ml-prod/chat-llama8b&all_versions=true&sort=-version",
            ["research/ml-prod/chat-llama8b", "research/ml-prod/chat-llama8b"]
        ),
        ("region=ap-southeast-1&billing_mode=pre_paid", ["ali/my-qwen-flash-ptu"]),
        ("capacity.unit=MU6&capacity.desired=2.0", ["ali/qwen3-32b-mu-failed"]),
        ("workspace.eq=llm-8v*****", ["ali/qwen3-8b-ft-202511132025-0260"]),
        (
            "native_status=RUNNING&status=READY&kind.exists=true",
            ["ali/my-qwen-flash-ptu", "ali/emo-35b3f106-sample02"]
        ),
        (
            "task.in=text-to-speech,image-classification&sort=task",
            [
                "deepinfra/fkj843kjh8", "deepinfra/tts0000000000001",
            ]
        ),
        (
            "accelerator.type.exists=true&sort=-accelerator.total,name",
            [
                "deepinfra/kQ3vX9dLmP0aZ7tB", "deepinfra/cc99dd00ee11ff22", "deepinfra/aa11bb22cc33dd44",
                "deepinfra/del0000000000001", "deepinfra/ee55ff66aa77bb88",
            ]
        ),
        ("replicas.max.gt=1", ["deepinfra/kQ3vX9dLmP0aZ7tB"]),
        (
            "status_message.ne=Initialization+failed&status=FAILED",
            [
                "research/ml-prod/qwen-32b", "ali/qwen3-32b-mu-failed",
            ]
        ),
    ]

    @Test func filtersFindWhatTheySay() async throws {
        try await withSamples { gateway in
            for (query, uids) in Self.filters {
                let answer = try await gateway.get("/v1/deployments?" + query)
                #expect(answer.response.status == 200, "\(query)")
                #expect(answer.uids == uids, "\(query)")
                #expect(answer.json?["pagination"]?["total_results"]?.int == Int64(uids.count), "\(query)")
            }
        }
    }

    @Test func pagesCutOneOrder() async throws {
        try await withSamples { gateway in
            let order = SampleRecords.all.filter { $0.contains(" latest ") }
                .compactMap { $0.split(separator: " ").first.map(String.init) }
            for (page, rows) in [(1, order[..<10]), (2, order[10..<20]), (3, order[20...]), (4, [])] {
                let target = "/v1/deployments?sort=uid&page_size=10&page=\(page)"
                let answer = try await gateway.get(target)
                #expect(answer.uids == Array(rows))
                #expect(answer.json?["pagination"]?["total_pages"]?.int == 3)
                #expect(answer.json?["pagination"]?["current_page_size"]?.int == Int64(rows.count))
                let token = answer.json?["pagination"]?["next_page_token"]?.string
                #expect((token != nil) == (page < 3))
                let next = token.map { "<?page_token=\($0)>; rel=\"next\"" }
                #expect(answer.response.header("Link") == next)
            }
        }
    }

    @Test func onlyTheNamedFieldsAreServed() async throws {
        try await withSamples { gateway in
            let answer = try await gateway.get(
                "/v1/deployments?fields=labels,accelerator.family,uid,replicas&q=whisper,llama-3-70b")
            #expect(answer.uids.isEmpty)
            let some = try await gateway.get(
                "/v1/deployments?fields=labels,accelerator.family,uid,replicas&q=llama-3-70b")
            #expect(
                String(decoding: some.response.body, as: UTF8.self).hasPrefix(
                    """
                    {"data":[{"uid":"deepinfra/kQ3vX9dLmP0aZ7tB","labels":{},"replicas":{"ready":2,"pending":0,\
                    "desired":null,"min":1,"max":4},"accelerator":{"family":"H100"}}],"pagination":
                    """))
        }
    }

    @Test func anUnchangedAnswerIsNotSentAgain() async throws {
        try await withSamples { gateway in
            let target = "/v1/deployments?status=FAILED"
            let complete = try await gateway.get(target)
            let tag = try #require(complete.response.header("ETag"))
            #expect(tag.hasPrefix("W/\""))
            for sent in [tag, "\"other\", \(tag)", "*"] {
                let unchanged = try await gateway.get(target, headers: [.init("If-None-Match", sent)])
                #expect(unchanged.response.status == 304)
                #expect(unchanged.response.body.isEmpty)
                #expect(unchanged.response.header("ETag") == tag)
                #expect(unchanged.response.header("Rollcall-Complete") == "?1")
            }
            let changed = try await gateway.get(target, headers: [.init("If-None-Match", "W/\"0\"")])
            #expect(changed.response.status == 200)
            let other = try await gateway.get(
                "/v1/deployments?status=READY", headers: [.init("If-None-Match", tag)])
            #expect(other.response.status == 200)
        }
    }

    @Test func headTellsWhatGetWouldSend() async throws {
        try await withSamples { gateway in
            for target in ["/v1/deployments?q=llama", "/v1/deployments/ali/my-qwen-flash-ptu", "/healthz"] {
                let get = try await gateway.get(target)
                let head = try await rawExchange(
                    port: gateway.port,
                    "HEAD \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(target): \(head)")
                #expect(head.contains("\r\nContent-Length: \(get.response.body.count)\r\n"), "\(target)")
                if let tag = get.response.header("ETag") { #expect(head.contains("\r\nETag: \(tag)\r\n")) }
                #expect(head.hasSuffix("\r\n\r\n"))
            }
            let missing = try await rawExchange(
                port: gateway.port,
                "HEAD /v1/deployments/ali/nobody HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(missing.hasPrefix("HTTP/1.1 404 Not Found\r\n"))
            #expect(missing.hasSuffix("\r\n\r\n"))
        }
    }

    /// A method and a target; the status; what follows the problem's `type`.
    static let refusals: [(String, String, Int, String)] = [
        (
            "GET", "/v1/deployments/research/ml-prod/nobody", 404,
            #"not-found","title":"Not found","status":404,"detail":"no deployment has this uid","request_id":"r-1"}"#
        ),
        (
            "GET", "/v1/deployments/nobody/x", 404,
            #"not-found","title":"Not found","status":404,"detail":"no deployment has this uid","request_id":"r-1"}"#
        ),
        (
            "GET", "/v2/deployments", 404,
            #"not-found","title":"Not found","status":404,"detail":"unknown route; see /docs","request_id":"r-1"}"#
        ),
        (
            "POST", "/v1/deployments", 405,
            #"method-not-allowed","title":"Method not allowed","status":405,"detail":"allowed: GET, HEAD","#
                + #""request_id":"r-1"}"#
        ),
        (
            "GET", "/v1/deployments?stauts=READY", 400,
            #"invalid-parameter","title":"Invalid parameter","status":400,"#
                + #""detail":"unknown parameter `stauts`; this route accepts filters on fields, and filter, q, sort, "#
                + #"page, page_size, page_token, fields, include, all_versions, format, sources, max_age, strict, bom; "#
                + #"did you mean `status`?","#
                + #""request_id":"r-1","errors":[{"parameter":"stauts","value":"READY","#
                + #""detail":"unknown parameter `stauts`; this route accepts filters on fields, and filter, q, sort, "#
                + #"page, page_size, page_token, fields, include, all_versions, format, sources, max_age, strict, bom","#
                + #""did_you_mean":"status"}]}"#
        ),
        (
            "GET", "/v1/deployments?status=REDY&page_size=0&sort=-nmae&sort=name", 400,
            #"invalid-parameter","title":"Invalid parameter","status":400,"#
                + #""detail":"4 parameters are wrong; see `errors`","request_id":"r-1","#
                + #""errors":[{"parameter":"status","value":"REDY","detail":"must be one of PENDING DEPLOYING READY "#
                + #"DEGRADED UPDATING STOPPING STOPPED FAILED DELETING DELETED LOST UNKNOWN","did_you_mean":"READY"},"#
                + #"{"parameter":"page_size","value":"0","detail":"must be a whole number from 1 to 1000","#
                + #""did_you_mean":null},{"parameter":"sort","value":"-nmae","detail":"unknown field `nmae`","#
                + #""did_you_mean":"-name"},{"parameter":"sort","value":"name","detail":"is given more than once; give it once","#
                + #""did_you_mean":null}]}"#
        ),
    ]

    @Test func aWrongRequestGetsItsMistakes() async throws {
        try await withSamples { gateway in
            for (method, target, status, problem) in Self.refusals {
                let answer = try await gateway.get(
                    target, method: try #require(.init(rawValue: method)),
                    headers: [.init("X-Request-Id", "r-1")])
                #expect(answer.response.status == status, "\(target)")
                #expect(
                    String(decoding: answer.response.body, as: UTF8.self)
                        == #"{"type":"urn:rollcall:problem:"# + problem)
                #expect(answer.response.header("Content-Type") == "application/problem+json")
                #expect(answer.response.header("Allow") == (status == 405 ? "GET, HEAD" : nil))
            }
        }
    }
}
