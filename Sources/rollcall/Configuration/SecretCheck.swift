import Deployments
import Settings

extension GatewayConfig {
    /// Reports every secret that cannot be read or used now, at the key that names it; disabled sources are
    /// left out.
    ///
    /// `use` gives the use of a source's secret by that secret's name.
    /// None of them stops the gateway: the source is `failed` with class `config`, and the token grants
    /// nothing.
    func checkSecrets(
        environment: [String: String], problems: SettingsProblems,
        use: (_ source: SourceConfig, _ secret: String) -> SecretUse
    ) {
        func check(_ reference: SecretReference, as use: SecretUse, at location: SettingsLocation) {
            do throws(SecretError) { _ = try reference.resolve(environment: environment, as: use) } catch {
                problems.add(location, error.description)
            }
        }
        for token in tokens { check(token.token, as: .token, at: token.location) }
        for source in sources where source.isEnabled {
            for (name, reference) in source.secrets.sorted(by: { $0.key < $1.key }) {
                check(reference, as: use(source, name), at: source.location(of: "secrets.\(name)"))
            }
        }
    }
}
