import Glibc
import Sandbox
import Testing
import Wire

@Suite struct SamplesTests {
    /// The bytes of a file in `Tests/Samples`; nil if it cannot be read.
    private static func file(_ name: String) -> [UInt8]? {
        let folder = "\(#filePath)".split(separator: "/").dropLast(2).joined(separator: "/")
        guard let file = fopen("/\(folder)/Samples/\(name)", "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&block, 1, block.count, file)
            guard count > 0 else { return bytes }
            bytes += block[..<count]
        }
    }

    @Test(arguments: Samples.embedded.map(\.file))
    func theEmbeddedTextIsTheFile(_ name: String) throws {
        let text = try #require(Samples.embedded.first { $0.file == name }?.text)
        let bytes = try #require(Self.file(name))
        #expect([UInt8](text.utf8) == bytes)
        #expect(!bytes.isEmpty)
    }

    @Test func theNeMoSamplePagesAndCollapses() async throws {
        try await withSandbox { sandbox in
            let base = "/samples" + nemoList + "/-/deployments"
            let complete = try await sandbox.get(base + "?all_versions=true&page_size=4&page=3")
            #expect(complete.at("pagination", "total_results")?.int == 9)
            #expect(complete.at("pagination", "total_pages")?.int == 3)
            #expect(complete.strings("data", each: "name") == ["embed-small"])
            let latest = try await sandbox.get(base)
            #expect(
                latest.strings("data", each: "name") == [
                    "chat-llama8b", "chat-llama70b", "qwen-32b", "old-canary", "retired", "gone", "mystery",
                    "embed-small",
                ])
            #expect(latest.at("data", "0", "entity_version")?.int == 2)
            let other = try await sandbox.get("/samples" + nemoList + "/nope/deployments")
            #expect(other.status == 500)
            let stale = try await sandbox.get(base + "?filter%5Bstatus%5D=READY")
            #expect(stale.at("data", "0", "entity_version")?.int == 1)
        }
    }

    /// The sandbox's rules give the responses of the real service.
    @Test(arguments: [
        ("nemo_deployments.json", "/ml-prod/deployments"),
        ("nemo_deployments_all_versions.json", "/ml-prod/deployments?all_versions=true"),
        ("nemo_deployments_filter_ready_stale.json", "/-/deployments?filter%5Bstatus%5D=READY"),
    ])
    func theRulesGiveWhatTheRealServiceGave(_ name: String, _ path: String) async throws {
        let expected = try JSONDocument(parsing: try #require(Self.file(name))).root.written
        try await withSandbox { sandbox in
            let other = try await sandbox.get("/samples" + nemoList + path)
            #expect(other.text == expected)
        }
    }

    @Test func theDashScopeSamplePages() async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get("/samples/dashscope/api/v1/deployments?page_no=2&page_size=6")
            #expect(
                reply.strings("output", "deployments", each: "deployed_model") == [
                    "ptu-v2-waiting", "qwen3-32b-mu-failed", "qwen3-8b-stopped", "emo-35b3f106-sample04",
                ])
            #expect(reply.at("output", "total")?.int == 10)
            #expect(reply.at("output", "page_size")?.int == 6)
        }
    }

    @Test func theDeployListSampleIsServedAndFiltered() async throws {
        try await withSandbox { sandbox in
            let other = try await sandbox.get("/samples/deploy-list/deploy/list")
            #expect(other.json?.count == 10)
            let another = try await sandbox.get("/samples/deploy-list/deploy/list/?status=failed")
            #expect(another.json?.count == 1)
            let third = try await sandbox.get("/samples/deploy-list/nope")
            #expect(third.status == 404)
        }
    }

    @Test func samplesAreOpenWithoutFaultsAndUncounted() async throws {
        try await withSandbox({ $0.token = "right" }) { sandbox in
            for dialect in Dialect.allCases { sandbox.fleet.faults.set(.status500, on: dialect) }
            let other = try await sandbox.get("/samples/nemo/apis/entities/v2/workspaces")
            #expect(other.status == 200)
            let another = try await sandbox.get("/samples/dashscope/api/v1/deployments")
            #expect(another.status == 200)
            #expect(sandbox.fleet.requestCount(.nemo) == 0)
        }
    }

    @Test func theRootTellsTheBaseURLs() async throws {
        try await withSandbox { sandbox in
            let other = try await sandbox.get("/")
            #expect(
                other.at("base_urls")?.elements.map { $0.string ?? "" } == [
                    "/nemo", "/dashscope", "/deploy-list", "/samples/nemo", "/samples/dashscope",
                    "/samples/deploy-list",
                ])
        }
    }
}
