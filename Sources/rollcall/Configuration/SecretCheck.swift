import Settings

extension GatewayConfig {
    /// Notes every secret that cannot be read now, at the key that names it; disabled sources are left out.
    ///
    /// None of them stops the gateway: the source is `failed` with class `config`, the token opens nothing.
    func checkSecrets(environment: [String: String], problems: SettingsProblems) {
        func check(_ reference: SecretReference, at place: SettingsLocation) {
            do throws(SecretError) { _ = try reference.resolve(environment: environment) } catch {
                problems.add(place, error.description)
            }
        }
        for token in tokens { check(token.token, at: token.place) }
        for source in sources where source.isEnabled {
            for (name, reference) in source.secrets.sorted(by: { $0.key < $1.key }) {
                check(reference, at: source.place(of: "secrets.\(name)"))
            }
        }
    }
}
