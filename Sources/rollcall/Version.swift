/// The program's version, which `--version` and the user agent show.
enum Version {
    static let current = "0.1.0"
}
