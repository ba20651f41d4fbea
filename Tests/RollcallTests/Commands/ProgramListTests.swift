import Deployments
import Foundation
import Sandbox
import Testing
import Wire

@testable import rollcall

/// `rollcall list` as a user runs it.
@Suite(.timeLimit(.minutes(10)), .serialized) struct ProgramListTests {
    private func withSampleGateway(_ body: (RunningGateway) async throws -> Void) async throws {
        try await withGateway(
            sandbox: stillSandbox(), ttl: .seconds(3600), environment: sandboxToken,
            sources: { base in
                var sources = [
                    try source("ali", "dashscope", base + "/samples/dashscope"),
                    try source("deepinfra", "deploy-list", base + "/samples/deploy-list"),
                    try source("research", "nemo", base + "/samples/nemo"),
                ]
                sources[0].region = "ap-southeast-1"
                sources[1].platform = "deepinfra"
                return sources
            }
        ) { gateway in
            _ = try await gateway.get("/v1/deployments") { $0.json?["complete"]?.bool == true }
            try await body(gateway)
        }
    }

    static let table = [
        "STATUS NAME MODEL SOURCE REPLICAS ACCELERATOR",
        "READY acme/llama-3-70b-ft acme/llama-3-70b-ft deepinfra 2/2 4×H100-80GB",
        "READY acme/llama-3-8b-lora acme/llama-3-8b-lora deepinfra - -",
        "READY google/vit-base-patch16-224 google/vit-base-patch16-224 deepinfra - -",
        "READY meta-llama/Llama-3.1-8B meta-llama/Llama-3.1-8B deepinfra - -",
        "READY openai/whisper-small openai/whisper-small deepinfra - -",
    ]

    @Test func aGatewaysListIsATable() async throws {
        try await withSampleGateway { gateway in
            try await Program.inFolder { program in
                let run = try await program(
                    "list", "source=deepinfra", "status=READY", "sort=name", "--gateway", gateway.base)
                #expect(run.code == 0)
                #expect(run.errors.isEmpty)
                let words = run.lines.map { $0.split(separator: " ").map(String.init) }
                #expect(run.lines.count > 7)
                for (line, expected) in zip(words, Self.table) {
                    #expect(line.prefix(6).joined(separator: " ") == expected)
                }
                #expect(words[0].suffix(2) == ["AGE", "UPDATED"])
                #expect(words[4].suffix(2) == ["-", "-"])
                #expect(run.lines[6].isEmpty)
                #expect(run.lines[7].hasPrefix("5 deployments from 1 source, as of "))
            }
        }
    }

    @Test func versionsAreToldApart() async throws {
        try await withSampleGateway { gateway in
            try await Program.inFolder { program in
                let run = try await program(
                    "list", "source=research", "name.like=llama8b", "all_versions=true", "--gateway",
                    gateway.base)
                #expect(run.code == 0 && run.errors.isEmpty)
                let words = run.lines.map { $0.split(separator: " ").prefix(6).joined(separator: " ") }
                #expect(words[0].hasPrefix("STATUS NAME VERSION MODEL SOURCE WORKSPACE"))
                #expect(words[1] == "READY chat-llama8b 1 (old) meta/llama-3.1-8b-instruct research")
                #expect(words[2].hasPrefix("DEPLOYING chat-llama8b 2 meta/llama-3.1-8b-instruct research "))
                #expect(run.lines[4].hasPrefix("2 versions of 1 deployment from 1 source, as of "))
            }
        }
    }

    @Test func aGatewaysListIsJSONAndCSV() async throws {
        try await withSampleGateway { gateway in
            let answer = try await gateway.get("/v1/deployments?source=ali")
            let seen = try #require(answer.json?["oldest_observed_at"]?.string)
            let record = try #require(
                SampleRecords.complete.first { $0.query.hasSuffix("my-qwen-flash-ptu") }
            )
            .record
            let shown = answer.json?["data"]?.elements.first { $0["name"]?.string == "my_qwen_flash" }
            let base = shown?["endpoint"]?["base_url"]?.string?.components(separatedBy: "/samples/").first
            func filled(_ text: String) -> String {
                text.replacing(SampleRecords.firstSeen, with: seen)
                    .replacing(SampleRecords.baseURL, with: base ?? "")
                    .replacing(SampleRecords.revision, with: shown?["revision"]?.string ?? "")
            }
            try await Program.inFolder { program in
                func list(_ format: String) async throws -> String {
                    let run = try await program(
                        "list", "source=ali", "billing_mode=pre_paid", "--output", format,
                        environment: ["ROLLCALL_GATEWAY": gateway.base])
                    #expect(run.code == 0)
                    #expect(run.errors.isEmpty)
                    return run.output
                }
                let ndjson = try await list("ndjson")
                #expect(ndjson == filled(record) + "\n")
                let json = try await list("json")
                #expect(
                    json == """
                        {"data":[\(filled(record))],"complete":true,"fresh":true,"oldest_observed_at":"\(seen)",\
                        "notices":[],\
                        "sources":[{"name":"ali","platform":"dashscope","state":"fresh","observed_at":"\(seen)",\
                        "count":10,"error":null}]}

                        """)
                let csv = try await list("csv")
                #expect(csv == filled(Self.csv))
            }
        }
    }

    static let csv = [
        "uid,source,platform,adapter,region,native_id,name,workspace,project,model,model_version,base_model,task,"
            + "kind,status,serving,native_status,status_message,status_since,created_at,updated_at,"
            + "version_created_at,version,latest,config,config_version,replicas.ready,replicas.pending,"
            + "replicas.desired,replicas.min,replicas.max,capacity.unit,capacity.ready,capacity.desired,"
            + "capacity.base,accelerator.type,accelerator.family,accelerator.memory_gb,accelerator.per_replica,"
            + "accelerator.total,accelerator.desired,engine,image,model_family,endpoint.base_url,endpoint.model,"
            + "endpoint.protocol,endpoint.auth,endpoint.api_version,endpoint.models,billing_mode,owner,provider,"
            + "links.console,inferred,unread,stated_by_operator,revision\r\n",
        "ali/my-qwen-flash-ptu,ali,dashscope,dashscope,ap-southeast-1,my-qwen-flash-ptu,my_qwen_flash,"
            + "llm-8v53e*******,,qwen-flash-2025-07-28,,qwen-flash-2025-07-28,,ptu,READY,full,RUNNING,,"
            + "FIRST-SEEN,2026-05-02T01:15:00.000000Z,2026-05-02T01:22:41.000000Z,,,true,,,,,,,,ptu,,,,,,,,,,"
            + ",,,BASE-URL/samples/dashscope/compatible-mode/v1,my-qwen-flash-ptu,openai,bearer,,,pre_paid,,,,"
            + "status_since created_at updated_at endpoint.base_url endpoint.model endpoint.protocol endpoint.auth,"
            + ",,REVISION\r\n",
    ].joined()

    static let nothing = """
        rollcall: no requested source has a list
        research: failed: server_error, HTTP 500
        ali: failed: server_error, HTTP 500 (InternalError)
        deepinfra: failed: server_error, HTTP 500

        """

    /// Port 9 answers nobody: the words are known before anything is fetched.
    @Test func aPlatformsOwnStatusWordIsToldBeforeAnythingIsFetched() async throws {
        try await Program.inFolder { program in
            let name = try program.configuration([
                "sources:",
                "  - {name: ali, adapter: dashscope, base_url: \"http://127.0.0.1:9\", "
                    + "secrets: {token: {env: TOKEN}}}",
            ])
            let run = try await program(
                "list", "status=RUNNING", "--config", name, environment: sandboxToken)
            #expect(run.code == 64)
            #expect(run.output.isEmpty)
            let hint =
                "status: `RUNNING` is dashscope's word for READY or DEGRADED; or write `native_status=RUNNING`; "
                + "must be one of PENDING"
            #expect(run.errors.contains(hint), "\(run.errors)")
            #expect(run.errors.contains("did you mean `READY`?"), "\(run.errors)")
        }
    }

    @Test func theListComesStraightFromThePlatformsToo() async throws {
        try await withRunningSandbox { base, fleet in
            try await Program.inFolder { program in
                let name = try program.configuration(Program.sources(base))
                let arguments = ["list", "sort=uid", "--output", "ndjson", "--config", name]
                func list(_ more: String...) async throws -> Program.Outcome {
                    try await program.start(arguments + more, environment: sandboxToken).end()
                }
                func uids(_ run: Program.Outcome) -> [String] {
                    run.lines.dropLast().compactMap { line in
                        line.split(separator: "\"").dropFirst(3).first.map(String.init)
                    }
                }
                let all =
                    fleet.keys(.nemo).map { "research/" + $0 } + fleet.keys(.dashscope).map { "ali/" + $0 }
                    + fleet.keys(.deployList).map { "deepinfra/" + $0 }
                let complete = try await list("--strict")
                #expect(complete.code == 0)
                #expect(uids(complete) == all.sorted())
                #expect(complete.errors.isEmpty)
                #expect(uids(try await list("max_age=0", "strict=true")) == all.sorted())

                fleet.faults.set(.status500, on: .nemo)
                let failed = "research: failed: server_error, HTTP 500\n"
                for (more, code) in [([], 0), (["--strict"], 1)] as [([String], Int32)] {
                    let partial = try await program.start(arguments + more, environment: sandboxToken).end()
                    #expect(partial.code == code)
                    #expect(uids(partial) == all.filter { !$0.hasPrefix("research/") }.sorted())
                    #expect(
                        partial.errors == failed + "This list is not complete: rows may be missing.\n")
                }
                let refused = try await list("strict=true")
                #expect(refused.code == 1)
                #expect(refused.output.isEmpty)
                #expect(refused.errors.contains(failed))
                for dialect in Dialect.allCases { fleet.faults.set(.status500, on: dialect) }
                let mistake = "no source has rows with `source` = `researhc`"
                for (more, code) in [([], 0), (["--strict"], 1)] as [([String], Int32)] {
                    let unreached = try await program.start(
                        arguments + ["source=researhc"] + more, environment: sandboxToken
                    ).end()
                    #expect(unreached.code == code && unreached.output.isEmpty)
                    #expect(
                        unreached.errors == "no-such-value: \(mistake); did you mean `research`?\n")
                }
                let refusal = try await list("source=researhc", "strict=true")
                #expect(refusal.code == 64 && refusal.output.isEmpty)
                #expect(
                    refusal.errors
                        == "rollcall: source: \(mistake), and `strict=true` refuses that; did you mean `research`?\n"
                )
                let none = try await list()
                #expect(none.code == 69)
                #expect(none.output.isEmpty)
                #expect(none.errors == Self.nothing)
            }
        }
    }

    @Test func aGatewayThatIsNotThereIs69() async throws {
        try await Program.inFolder { program in
            let run = try await program("list", "--gateway", "http://127.0.0.1:1")
            #expect(run.code == 69)
            #expect(run.output.isEmpty)
            #expect(
                run.errors == """
                    rollcall: no response from the gateway at http://127.0.0.1:1: unreachable (no connection: \
                    http://127.0.0.1:1/v1/deployments)
                    Start one with `rollcall serve`, name one with --gateway, or read the platforms with --config.

                    """)
        }
    }
}
