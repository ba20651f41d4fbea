import Settings

extension GatewayConfig {
    /// Every secret that cannot be read now, with what it is for; disabled sources are left out.
    ///
    /// None of them stops the gateway: the source is `failed` with class `config`, the token opens nothing.
    func missingSecrets(environment: [String: String]) -> [MissingSecret] {
        let ofTokens = tokens.map { ($0.place, $0.token) }
        let ofSources = sources.filter(\.isEnabled).flatMap { source in
            source.secrets.sorted { $0.key < $1.key }.map { name, reference in
                var place = source.place
                place.key += ".secrets.\(name)"
                return (place, reference)
            }
        }
        return (ofTokens + ofSources).compactMap { place, reference in
            do throws(SecretError) {
                _ = try reference.resolve(environment: environment)
                return nil
            } catch {
                return MissingSecret(place: place, error: error)
            }
        }
    }
}

/// A secret that cannot be read, and what needs it.
struct MissingSecret: Equatable, CustomStringConvertible {
    /// Of the entry that needs it, the key being the secret's: `sources[0].secrets.token`.
    var place: SettingsPlace
    var error: SecretError

    var description: String { "\(place): \(error)" }
}
