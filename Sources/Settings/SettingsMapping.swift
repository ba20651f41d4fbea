import Wire

/// The keys of one mapping: the reader requests each by name, and every key that it never requests is a
/// problem.
package final class SettingsMapping {
    /// One key with its value.
    package struct Entry {
        /// The key's text, without its quotes; no two of a mapping are the same.
        package var name: String
        /// The key's own line; the value may be on a later one.
        package var location: SettingsLocation
        /// The value, null included.
        package var value: SettingsNode
    }

    /// The location for problems of the mapping itself.
    package let location: SettingsLocation
    /// All keys in the file's order.
    package let entries: [Entry]
    private let problems: SettingsProblems
    private var requested: [String] = []

    init(location: SettingsLocation, entries: [Entry], problems: SettingsProblems) {
        self.location = location
        self.entries = entries
        self.problems = problems
    }

    /// A key's value; nil where it is missing or null.
    package func optional(_ key: String) -> SettingsNode? {
        request(key)
        guard let entry = entries.first(where: { $0.name == key }), !entry.value.isNull else { return nil }
        return entry.value
    }

    /// A key's value; nil after a problem where it is missing or null.
    package func required(_ key: String) -> SettingsNode? {
        if let value = optional(key) { return value }
        problems.add(location, "`\(key)` is missing")
        return nil
    }

    /// True if the mapping has the key, even with a null; the key counts as requested.
    package func has(_ key: String) -> Bool {
        request(key)
        return entries.contains { $0.name == key }
    }

    private func request(_ key: String) {
        requested.append(key)
        problems.note(requested: key, in: location)
    }

    /// Reports every key that was not requested, with the most similar requested key.
    package func refuseOthers() {
        let known = Set(requested).sorted()
        for entry in entries where !requested.contains(entry.name) {
            let hint =
                nearest(to: entry.name, among: known).map { "did you mean `\($0)`?" }
                ?? "the keys here are " + known.joined(separator: ", ")
            problems.add(entry.location, "unknown key; \(hint)")
        }
    }
}
