import Settings

/// A text read as a settings file `file.yaml`, and the problems reported.
struct ReadingFile {
    let problems = SettingsProblems()
    let root: SettingsNode?

    init(_ text: String) { root = SettingsNode.parse(text, file: "file.yaml", problems: problems) }

    var told: [String] { problems.all.map(\.description) }

    /// The value of one key, with the problems reported.
    static func value<Value>(
        of text: String, _ read: (SettingsNode) -> Value?
    ) -> (value: Value?, told: [String]) {
        let file = ReadingFile("key: \(text)")
        let value = file.root?.mapping()?.optional("key").flatMap { read($0) }
        return (value, file.told)
    }
}
