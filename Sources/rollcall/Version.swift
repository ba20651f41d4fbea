/// The program's version, as `--version`, the metrics and the User-Agent tell it.
enum Version {
    static let current = "0.1.0"
}
