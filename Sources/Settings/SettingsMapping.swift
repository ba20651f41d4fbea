/// The keys of one mapping: each is asked for once, and those nobody asked for are problems.
package final class SettingsMapping {
    /// One key with its value.
    package struct Entry {
        /// The key's text, without its quotes; no two of a mapping are the same.
        package var name: String
        /// Where the key stands; the value may stand on a later line.
        package var place: SettingsLocation
        package var value: SettingsNode
    }

    /// Where problems of the mapping as a whole are told.
    package let place: SettingsLocation
    /// In the file's order.
    package let entries: [Entry]
    private let problems: SettingsProblems
    private var asked: [String] = []

    init(place: SettingsLocation, entries: [Entry], problems: SettingsProblems) {
        self.place = place
        self.entries = entries
        self.problems = problems
    }

    /// A key's value; nil where it is missing or null.
    package func optional(_ key: String) -> SettingsNode? {
        ask(key)
        guard let entry = entries.first(where: { $0.name == key }), !entry.value.isNull else { return nil }
        return entry.value
    }

    /// A key's value; nil after a problem where it is missing or null.
    package func required(_ key: String) -> SettingsNode? {
        if let value = optional(key) { return value }
        problems.add(place, "`\(key)` is missing")
        return nil
    }

    /// Whether a key stands here, be it null; it counts as asked for.
    package func has(_ key: String) -> Bool {
        ask(key)
        return entries.contains { $0.name == key }
    }

    private func ask(_ key: String) {
        asked.append(key)
        problems.note(asked: key, in: place)
    }

    /// Reports every key that was not asked for, with the nearest one that exists.
    package func refuseOthers() {
        for entry in entries where !asked.contains(entry.name) {
            let nearest = nearestWord(to: entry.name, among: asked)
            let hint =
                nearest.map { "did you mean `\($0)`?" }
                ?? "the keys here are " + Set(asked).sorted().joined(separator: ", ")
            problems.add(entry.place, "unknown key; \(hint)")
        }
    }
}

/// The word that differs least from another, by at most a third of its letters; nil where none is near.
package func nearestWord(to word: String, among words: [String]) -> String? {
    let limit = max(1, min(word.count, 40) / 3)
    let near = Set(words).sorted().map { (word: $0, distance: editDistance(word, $0)) }
    return near.filter { $0.distance <= limit }.min { $0.distance < $1.distance }?.word
}

/// Levenshtein's distance, without case, over the first 40 letters.
private func editDistance(_ left: String, _ right: String) -> Int {
    let (a, b) = (Array(left.lowercased().prefix(40)), Array(right.lowercased().prefix(40)))
    var row = Array(0...b.count)
    for (i, letter) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, other) in b.enumerated() {
            let above = row[j + 1]
            row[j + 1] = min(above + 1, row[j] + 1, diagonal + (letter == other ? 0 : 1))
            diagonal = above
        }
    }
    return row[b.count]
}
