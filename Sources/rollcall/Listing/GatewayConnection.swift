import Deployments
import Upstream
import Wire

/// Sends requests to a gateway, with the user's token.
///
/// It does so even by plain http: the command has already checked that the token may be sent that way.
struct GatewayConnection: Sendable {
    let gateway: BaseURL
    let token: Secret?
    let transport: any HTTPTransport

    /// The URL of a path of the gateway.
    func url(_ path: String) -> String { "\(gateway)\(path)" }

    /// Sends one request to a URL of the gateway; follows a redirect of a GET within the gateway's origin.
    ///
    /// - Throws: ``UpstreamError`` where there is no response; any status is a response.
    func send(
        _ method: UpstreamRequest.Method = .get, to url: String, headers: [UpstreamRequest.Header] = [],
        body: [UInt8]? = nil, within timeout: Duration = .seconds(30)
    ) async throws -> UpstreamResponse {
        var options = ConnectionOptions()
        options.totalTimeout = timeout
        options.allowsPlaintext = true
        var all = [UpstreamRequest.Header("Accept", "application/json")] + headers
        if let token {
            all.append(UpstreamRequest.Header("Authorization", "Bearer \(token.revealed())", isSecret: true))
        }
        let request = UpstreamRequest(
            method: method, url: url, headers: all, body: body, options: options)
        return method == .get
            ? try await transport.sendFollowingRedirect(request) : try await transport.send(request)
    }

    /// The JSON of a GET, whatever its status.
    ///
    /// - Throws: ``CommandFailure`` where there is no response, or none of a gateway.
    func document(at path: String) async throws -> (status: Int, root: JSONValue) {
        let response: UpstreamResponse
        do { response = try await send(to: url(path)) } catch let error as UpstreamError {
            throw CommandFailure.noResponse(from: gateway, error)
        }
        guard let document = try? JSONDocument(parsing: response.body) else {
            throw CommandFailure.notAGateway(gateway, "HTTP \(response.status) without JSON")
        }
        return (response.status, document.root)
    }
}

extension CommandFailure {
    /// No response from a gateway; `remedy` is a further thing that may help.
    static func noResponse(
        from gateway: BaseURL, _ error: any Error, orElse remedy: String? = nil
    ) -> CommandFailure {
        let (others, last) =
            remedy.map { (", name one with --gateway", $0) } ?? ("", "name one with --gateway")
        return CommandFailure(
            .unreachable,
            "no response from the gateway at \(gateway): \(String(describing: error).neutralized())\n"
                + "Start one with `rollcall serve`\(others), or \(last).")
    }

    /// A response that no gateway gives.
    static func notAGateway(_ gateway: BaseURL, _ what: String) -> CommandFailure {
        CommandFailure(.unreachable, "\(gateway) does not respond like a Rollcall gateway: \(what)")
    }
}

extension GatewayList {
    /// Reads over a connection.
    init(_ connection: GatewayConnection) {
        self.init(gateway: connection.gateway, token: connection.token) { url, _ in
            let response = try await connection.send(to: url)
            return Reply(status: response.status, body: response.body)
        }
    }
}
