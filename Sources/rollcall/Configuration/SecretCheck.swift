extension GatewayConfig {
    /// Every secret that cannot be read now, with what it is for; disabled sources are left out.
    ///
    /// None of them stops the gateway: the source is `failed` with class `config`, the token opens nothing.
    func missingSecrets(environment: [String: String]) -> [MissingSecret] {
        let ofTokens = tokens.map { ("auth.tokens: \($0.name)", $0.token) }
        let ofSources = sources.filter(\.isEnabled).flatMap { source in
            source.secrets.sorted { $0.key < $1.key }.map { ("\(source.name): secrets.\($0.key)", $0.value) }
        }
        return (ofTokens + ofSources).compactMap { use, reference in
            do throws(SecretError) {
                _ = try reference.resolve(environment: environment)
                return nil
            } catch {
                return MissingSecret(use: use, error: error)
            }
        }
    }
}

/// A secret that cannot be read, and what needs it.
struct MissingSecret: Equatable, CustomStringConvertible {
    /// `research: secrets.token`.
    var use: String
    var error: SecretError

    var description: String { "\(use): \(error)" }
}
