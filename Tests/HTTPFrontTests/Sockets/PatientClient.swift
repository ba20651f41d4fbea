import HTTPTypes
import HummingbirdTesting

/// Runs `body` with a client of a server on loopback that waits for an answer longer than any suite lasts.
func withPatientClient<Value: Sendable>(
    of port: Int, _ body: @escaping @Sendable (TestClient) async throws -> Value
) async throws -> Value {
    try await TestClient.withClient(
        host: "127.0.0.1", port: port, configuration: .patient, operation: body)
}

extension TestClient {
    /// Requests with a `Host`, which `get` does not send.
    func read(_ target: String) async throws -> Response {
        try await execute(Request(target, method: .get, authority: "localhost"))
    }
}

extension TestClient.Configuration {
    static var patient: TestClient.Configuration { TestClient.Configuration(timeout: .seconds(3600)) }
}
