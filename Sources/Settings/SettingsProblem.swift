/// The location of a value in a file.
package struct SettingsLocation: Sendable, Hashable, CustomStringConvertible {
    /// The file as the caller named it.
    package var file: String
    /// The line from 1; 0 if the problem concerns the complete file.
    package var line: Int
    /// The keys that lead to the value, such as `sources[0].secrets.token`; empty for the root.
    package var key: String

    /// Makes a location.
    package init(file: String, line: Int, key: String) {
        self.file = file
        self.line = line
        self.key = key
    }

    /// The location as compilers write it: `file:line: key`.
    package var description: String {
        (line > 0 ? "\(file):\(line)" : file) + (key.isEmpty ? "" : ": \(key)")
    }
}

/// One mistake in a settings file: its location, and what would be right.
package struct SettingsProblem: Sendable, Hashable, CustomStringConvertible {
    /// The location of the value that is wrong.
    package var location: SettingsLocation
    /// The mistake, or what would be right; worded to follow the location.
    package var message: String

    /// Makes a problem.
    package init(location: SettingsLocation, message: String) {
        self.location = location
        self.message = message
    }

    /// The problem as one line: location, then message.
    package var description: String { "\(location): \(message)" }
}

/// All mistakes that were found in a file; never empty.
package struct SettingsError: Error, CustomStringConvertible {
    /// Sorted by file and line.
    package var problems: [SettingsProblem]

    /// Makes an error of problems that are sorted already.
    package init(problems: [SettingsProblem]) { self.problems = problems }

    /// The problems, one line each.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Collects mistakes while a file is read, so that all are reported at once.
///
/// One task reads a file: it is not shared between tasks.
package final class SettingsProblems {
    private var found: [SettingsProblem] = []
    private var known: Set<SettingsProblem> = []
    /// Passages that can be read, but that should be written differently, in the order of their reading.
    package private(set) var warnings: [SettingsProblem] = []
    /// Every key that was requested, present or not, such as `sources[].secrets`; the reference must name
    /// each of them.
    package private(set) var requestedKeys: Set<String> = []

    /// Makes an empty collection.
    package init() {}

    /// True if no mistake was added.
    package var isEmpty: Bool { found.isEmpty }

    /// All problems in the order of files and lines.
    package var all: [SettingsProblem] {
        found.enumerated().sorted { left, right in
            (left.element.location.file, left.element.location.line, left.offset)
                < (right.element.location.file, right.element.location.line, right.offset)
        }.map(\.element)
    }

    /// Adds a mistake, unless the same one was added before, as happens when a value is read twice.
    package func add(_ location: SettingsLocation, _ message: String) {
        let problem = SettingsProblem(location: location, message: message)
        if known.insert(problem).inserted { found.append(problem) }
    }

    /// Adds a warning, unless the same one was added before.
    package func warn(_ location: SettingsLocation, _ message: String) {
        let warning = SettingsProblem(location: location, message: message)
        if !warnings.contains(warning) { warnings.append(warning) }
    }

    /// True if a mistake was added at this value itself; the line does not matter.
    package func hasProblem(at location: SettingsLocation) -> Bool {
        found.contains { $0.location.file == location.file && $0.location.key == location.key }
    }

    /// True if a mistake was added at this value or inside it; the line does not matter.
    ///
    /// Such a value may seem to be missing only because it could not be read, and is then not reported as
    /// missing.
    package func hasProblem(within location: SettingsLocation) -> Bool {
        found.contains { problem in
            guard problem.location.file == location.file, problem.location.key.hasPrefix(location.key) else {
                return false
            }
            let below = problem.location.key.dropFirst(location.key.count)
            return below.isEmpty || location.key.isEmpty || below.first == "." || below.first == "["
        }
    }

    /// Adds a key to ``requestedKeys``, without the indexes of the lists that lead to it.
    func note(requested key: String, in location: SettingsLocation) {
        var parent = ""
        var isInside = false
        for letter in location.key {
            if letter == "]" { isInside = false }
            if !isInside { parent.append(letter) }
            if letter == "[" { isInside = true }
        }
        requestedKeys.insert(parent.isEmpty ? key : "\(parent).\(key)")
    }

    /// Throws all mistakes; returns if there are none.
    package func throwIfAny() throws(SettingsError) {
        if !found.isEmpty { throw SettingsError(problems: all) }
    }
}
