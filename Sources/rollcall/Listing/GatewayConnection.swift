import Deployments
import Upstream

extension GatewayList {
    /// Reads over the network, even by plain http: the command has already checked that the token may be sent
    /// that way.
    init(gateway: BaseURL, token: Secret?, transport: any HTTPTransport) {
        var options = ConnectionOptions()
        options.totalTimeout = .seconds(30)
        options.allowsPlaintext = true
        self.init(gateway: gateway, token: token) { [options] url, token in
            var headers = [UpstreamRequest.Header("Accept", "application/json")]
            if let token {
                headers.append(
                    UpstreamRequest.Header("Authorization", "Bearer \(token.revealed())", isSecret: true))
            }
            let response = try await transport.sendFollowingRedirect(
                UpstreamRequest(url: url, headers: headers, options: options))
            return Reply(status: response.status, body: response.body)
        }
    }
}
