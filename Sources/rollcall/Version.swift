/// The program's version, as `--version` and the user agent tell it.
enum Version {
    static let current = "0.1.0"
}
