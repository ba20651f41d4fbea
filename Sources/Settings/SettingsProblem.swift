/// Where a value stands in a file.
package struct SettingsLocation: Sendable, Hashable, CustomStringConvertible {
    /// As the caller named it.
    package var file: String
    /// From 1; 0 where the problem is the file as a whole.
    package var line: Int
    /// The keys that lead to it, such as `sources[0].secrets.token`; empty for the root.
    package var key: String

    package init(file: String, line: Int, key: String) {
        self.file = file
        self.line = line
        self.key = key
    }

    /// As compilers write it: `file:line: key`.
    package var description: String {
        (line > 0 ? "\(file):\(line)" : file) + (key.isEmpty ? "" : ": \(key)")
    }
}

/// One mistake in a settings file: where it is, and what would be right.
package struct SettingsProblem: Sendable, Hashable, CustomStringConvertible {
    package var place: SettingsLocation
    /// What would be right, worded to follow the place.
    package var message: String

    package init(place: SettingsLocation, message: String) {
        self.place = place
        self.message = message
    }

    package var description: String { "\(place): \(message)" }
}

/// All mistakes that were found in a file, in its order; never empty.
package struct SettingsError: Error, CustomStringConvertible {
    /// Sorted by file and line.
    package var problems: [SettingsProblem]

    package init(problems: [SettingsProblem]) { self.problems = problems }

    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Collects mistakes while a file is read, so that all are told at once.
///
/// Not shared between tasks: a file is read by one.
package final class SettingsProblems {
    private var found: [SettingsProblem] = []
    private var known: Set<SettingsProblem> = []
    /// Every key that was asked for, there or not, such as `sources[].secrets`: what a reference must name.
    package private(set) var askedKeys: Set<String> = []

    package init() {}

    package var isEmpty: Bool { found.isEmpty }

    /// In the order of files and lines.
    package var all: [SettingsProblem] {
        found.enumerated().sorted { left, right in
            (left.element.place.file, left.element.place.line, left.offset)
                < (right.element.place.file, right.element.place.line, right.offset)
        }.map(\.element)
    }

    /// Notes a mistake; one that was noted before, as of a value that is read twice, is told once.
    package func add(_ place: SettingsLocation, _ message: String) {
        let problem = SettingsProblem(place: place, message: message)
        if known.insert(problem).inserted { found.append(problem) }
    }

    /// Whether a mistake was noted at this value itself; the line does not matter.
    package func hasProblem(at place: SettingsLocation) -> Bool {
        found.contains { $0.place.file == place.file && $0.place.key == place.key }
    }

    /// Whether a mistake was noted at this value or in what stands in it; the line does not matter.
    ///
    /// A value that has one may not have been read: what is missing then follows from a mistake that is told.
    package func hasProblem(within place: SettingsLocation) -> Bool {
        found.contains { problem in
            guard problem.place.file == place.file, problem.place.key.hasPrefix(place.key) else {
                return false
            }
            let below = problem.place.key.dropFirst(place.key.count)
            return below.isEmpty || place.key.isEmpty || below.first == "." || below.first == "["
        }
    }

    func note(asked key: String, in place: SettingsLocation) {
        var parent = ""
        var isInside = false
        for letter in place.key {
            if letter == "]" { isInside = false }
            if !isInside { parent.append(letter) }
            if letter == "[" { isInside = true }
        }
        askedKeys.insert(parent.isEmpty ? key : "\(parent).\(key)")
    }

    /// Throws what was found; returns where nothing was.
    package func throwIfAny() throws(SettingsError) {
        if !found.isEmpty { throw SettingsError(problems: all) }
    }
}
