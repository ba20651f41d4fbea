import Sandbox
import Testing

/// The same data for the same seed in every release, so that pages and tests written about it stay true.
@Suite struct GoldenFleetTests {
    private static let paths = [
        nemoList + "/-/deployments?all_versions=true&page_size=1000", nemoList + "/-/providers",
        "/nemo/apis/entities/v2/workspaces", nemoList + "/-/deployment-configs",
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
                    for byte in try await sandbox.get(path).bytes {
                        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
                    }
                }
                sandbox.clock.advance(seconds: 307)
            }
            #expect(String(hash, radix: 16) == expected)
        }
    }
}
