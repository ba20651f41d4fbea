import Settings

extension GatewayConfig {
    /// Reports every secret that cannot be read now, at the key that names it; disabled sources are left out.
    ///
    /// None of them stops the gateway: the source is `failed` with class `config`, and the token grants
    /// nothing.
    func checkSecrets(environment: [String: String], problems: SettingsProblems) {
        func check(_ reference: SecretReference, at location: SettingsLocation) {
            do throws(SecretError) { _ = try reference.resolve(environment: environment) } catch {
                problems.add(location, error.description)
            }
        }
        for token in tokens { check(token.token, at: token.location) }
        for source in sources where source.isEnabled {
            for (name, reference) in source.secrets.sorted(by: { $0.key < $1.key }) {
                check(reference, at: source.location(of: "secrets.\(name)"))
            }
        }
    }
}
