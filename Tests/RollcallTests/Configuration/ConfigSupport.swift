import Settings

@testable import rollcall

/// Reads a configuration that stands in a test, as if it were `/etc/rollcall/test.yaml`.
func config(
    _ text: String, environment: [String: String] = [:], flags: ConfigOverrides = ConfigOverrides()
) throws(SettingsError) -> GatewayConfig {
    let loader = ConfigLoader(environment: environment, workingDirectory: "/home/ops")
    let problems = SettingsProblems()
    let config = loader.parse(
        Array(text.utf8), file: "/etc/rollcall/test.yaml",
        overrides: flags.over(ConfigOverrides(environment: environment)), problems: problems)
    try problems.throwIfAny()
    return config
}

/// The problems of a configuration, without the file's name; empty if it is right.
func problems(_ text: String, environment: [String: String] = [:]) -> [String] {
    do throws(SettingsError) {
        _ = try config(text, environment: environment)
        return []
    } catch {
        return error.problems.map { "\($0)".replacing("/etc/rollcall/test.yaml:", with: "") }
    }
}

/// A complete file around one source's further keys, which begin in line 6.
func withSource(_ keys: String) -> String {
    """
    version: 1
    sources:
      - name: a
        adapter: nimbus
        base_url: https://nimbus.example.com
    \(keys.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n"))
    """
}

/// A complete file around further keys of the root, which begin in line 3.
func withRoot(_ keys: String) -> String {
    """
    version: 1
    sources: [{name: a, adapter: nimbus, base_url: "https://nimbus.example.com"}]
    \(keys)
    """
}
