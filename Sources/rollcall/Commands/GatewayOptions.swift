import ArgumentParser
import Deployments

/// The flags of a command that asks a gateway.
struct GatewayOptions: ParsableArguments {
    @Option(help: "The gateway's URL; else $ROLLCALL_GATEWAY, else http://127.0.0.1:8080.")
    var gateway: String?

    @Flag(name: .customLong("allow-plaintext"), help: "Send $ROLLCALL_TOKEN over plain http beyond loopback.")
    var allowPlaintext = false

    /// The gateway's URL, and the token in `$ROLLCALL_TOKEN`; nil without one.
    ///
    /// - Throws: ``CommandFailure`` where either is wrong, or where the token would be sent in the clear.
    func address(_ environment: CommandEnvironment) throws -> (gateway: BaseURL, token: Secret?) {
        func variable(_ name: String) -> String? {
            environment.variables[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        let url: BaseURL
        do throws(BaseURL.Refusal) {
            url = try BaseURL(gateway ?? variable("ROLLCALL_GATEWAY") ?? "http://127.0.0.1:8080")
        } catch {
            throw CommandFailure(
                .usage, "\(gateway == nil ? "$ROLLCALL_GATEWAY" : "--gateway") \(error.description)")
        }
        var token: Secret?
        do throws(SecretFault) {
            if let text = variable("ROLLCALL_TOKEN") { token = try SecretUse.token.secret(from: text) }
        } catch {
            throw CommandFailure(.usage, "$ROLLCALL_TOKEN \(error)")
        }
        if token != nil, !url.isHTTPS, !url.isLoopback, !allowPlaintext {
            throw CommandFailure(
                .usage,
                "plain http would send $ROLLCALL_TOKEN in the clear: use https, or add --allow-plaintext")
        }
        return (url, token)
    }
}
