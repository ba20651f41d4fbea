import Sandbox
import Testing

/// The same data for the same seed in every release, so that pages and tests written about it stay true.
@Suite struct GoldenFleetTests {
    private static let configs = nemoList + "/-/deployment-configs"
    private static let paths = [
        nemoList + "/-/deployments?all_versions=true&page_size=1000", nemoList + "/-/providers",
        "/nemo/apis/entities/v2/workspaces", configs,
        "/dashscope/api/v1/deployments?page_size=200", "/deploy-list/deploy/list",
    ]

    @Test(
        arguments: [
            (1, true, "5ce35794f3068833"), (1, false, "98dafebd7e6a204e"), (7, true, "2813c9825a92b08a"),
        ] as [(UInt64, Bool, String)])
    func aSeedsFleetStaysTheSame(_ seed: UInt64, _ changes: Bool, _ expected: String) async throws {
        try await withSandbox({
            $0.seed = seed
            $0.changesOverTime = changes
            $0.setRows(60)
        }) { sandbox in
            // FNV-1a
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for _ in 1...12 {
                for path in Self.paths {
                    for byte in try await Self.bytes(path, sandbox) {
                        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
                    }
                }
                sandbox.clock.advance(seconds: 307)
            }
            #expect(String(hash, radix: 16) == expected)
        }
    }

    /// A list; that of configurations as it was when each had one version.
    private static func bytes(_ path: String, _ sandbox: SandboxClient) async throws -> [UInt8] {
        guard path == configs else { return try await sandbox.get(path).bytes }
        var records: [String] = []
        for name in ["llama-8b-1gpu", "llama-70b-4gpu", "qwen-vllm-2gpu", "embed-cpu"] {
            let first = nemoList + "/ml-prod/deployment-configs/\(name)/versions/1"
            records.append(try await sandbox.get(first).text)
        }
        let pagination =
            #"{"page":1,"page_size":100,"current_page_size":4,"total_pages":1,"total_results":4}"#
        let list = records.joined(separator: ",")
        return Array(#"{"data":[\#(list)],"pagination":\#(pagination),"sort":"created_at"}"#.utf8)
    }
}
