import Adapters
import Deployments
import Foundation
import Testing

/// The error answers among the samples.
@Suite(.timeLimit(.minutes(10))) struct SampleErrorTests {
    /// A page beyond the end, where the first was requested, is no empty list.
    @Test(arguments: ["nemo", "dashscope"]) func aPagePastTheEndIsNoList(_ adapter: String) async throws {
        let fetch = try await Samples.fetch(adapter, "\(adapter)_deployments_past_end")
        #expect(
            fetch.errors.map(\.description)
                == ["bad_response: page 1: page number 1 was requested, 9 was received"])
    }

    /// The adapter, the sample, its HTTP status, and the complete error.
    @Test(arguments: [
        ("dashscope", "dashscope_error_200_with_code", 200, "rejected: HTTP 200 (InvalidParameter)"),
        (
            "dashscope", "dashscope_error_401", 401,
            "auth: `token` from env KEY was refused: HTTP 401 (InvalidApiKey)"
        ),
        ("dashscope", "dashscope_error_403_workspace", 403, "permission: HTTP 403 (Workspace.AccessDenied)"),
        ("dashscope", "dashscope_error_404", 404, "not_found: HTTP 404 (NotFound)"),
        ("dashscope", "dashscope_error_429", 429, "rate_limited: HTTP 429 (Throttling)"),
        ("dashscope", "dashscope_error_500", 500, "server_error: HTTP 500 (InternalError)"),
        (
            "dashscope", "dashscope_error_openai_style", 401,
            "auth: `token` from env KEY was refused: HTTP 401 (invalid_api_key)"
        ),
        ("deploy-list", "deploy_error_400", 400, "rejected: HTTP 400"),
        ("deploy-list", "deploy_error_401", 401, "auth: `token` from env KEY was refused: HTTP 401"),
        ("deploy-list", "deploy_error_403", 403, "auth: `token` from env KEY was refused: HTTP 403"),
        ("deploy-list", "deploy_error_422", 422, "rejected: HTTP 422"),
        ("deploy-list", "deploy_error_429", 429, "rate_limited: HTTP 429"),
        ("nemo", "nemo_error_400_filter", 400, "rejected: HTTP 400"),
        ("nemo", "nemo_error_400_filter_json", 400, "rejected: HTTP 400"),
        ("nemo", "nemo_error_401_anonymous", 401, "auth: `token` from env KEY was refused: HTTP 401"),
        ("nemo", "nemo_error_401_token", 401, "auth: `token` from env KEY was refused: HTTP 401"),
        ("nemo", "nemo_error_403", 403, "permission: HTTP 403"),
        ("nemo", "nemo_error_404_deployment", 404, "not_found: HTTP 404"),
        ("nemo", "nemo_error_404_path", 404, "not_found: HTTP 404"),
        ("nemo", "nemo_error_405", 405, "rejected: HTTP 405"),
        ("nemo", "nemo_error_422_page", 422, "rejected: HTTP 422"),
        ("nemo", "nemo_error_500_provider_unknown_workspace", 500, "server_error: HTTP 500"),
        ("nemo", "nemo_error_500_unknown_workspace", 500, "server_error: HTTP 500"),
        ("nemo", "nemo_error_502_authz", 502, "server_error: HTTP 502"),
    ])
    func everyErrorHasItsClassAndOurWords(
        _ adapter: String, _ sample: String, _ status: Int, _ expected: String
    ) async throws {
        let fetch = try await Samples.fetch(adapter, sample, status: status)
        #expect(fetch.errors.map(\.description) == [expected])
        #expect(fetch.rows.isEmpty)
    }

    @Test func noErrorSampleIsForgotten() throws {
        let names = try FileManager.default.contentsOfDirectory(
            atPath: Samples.folder.appending(path: "Samples").path)
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        for name in names where name.contains("_error_") {
            #expect(source.contains("\"\(name.dropLast(5))\""), "\(name)")
        }
    }

    @Test func anUnknownNamedWorkspaceIsTheThingToCheck() async throws {
        let fetch = try await Samples.fetch("nemo", "nemo_error_500_unknown_workspace", status: 500) {
            $0.inputs = ["workspaces": .list(["nope"])]
        }
        #expect(
            fetch.errors.map(\.description) == [
                "server_error: HTTP 500; check that workspace \"nope\" exists, an unknown one is a 500 here too"
            ])
    }
}
