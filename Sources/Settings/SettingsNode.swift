import Yams

/// One value of a YAML file with its location.
///
/// Every reader returns the value as its type, or adds a problem and returns nil.
package struct SettingsNode {
    /// The location for problems of this value.
    package let location: SettingsLocation
    /// The collection of problems; one for the whole file.
    package let problems: SettingsProblems
    let node: Node

    /// The longest text that is read, in bytes.
    package static let sizeLimit = 1 << 20
    /// The deepest nesting that is read.
    package static let depthLimit = 64

    /// Parses a text; nil after a problem where it is not YAML, or larger than ``sizeLimit``.
    package static func parse(_ text: String, file: String, problems: SettingsProblems) -> SettingsNode? {
        let root = SettingsLocation(file: file, line: 0, key: "")
        guard text.utf8.count <= sizeLimit else {
            problems.add(root, "the file is larger than \(sizeLimit) bytes")
            return nil
        }
        // Editors of some systems write a byte order mark, which says nothing in UTF-8.
        let isMarked = text.unicodeScalars.first == "\u{FEFF}"
        let text = isMarked ? String(text.unicodeScalars.dropFirst()) : text
        do {
            guard let node = try Yams.compose(yaml: text) else {
                problems.add(root, "the file is empty")
                return nil
            }
            let location = SettingsLocation(file: file, line: node.mark?.line ?? 1, key: "")
            return SettingsNode(location: location, problems: problems, node: node)
        } catch let error as YamlError {
            problems.add(
                SettingsLocation(file: file, line: line(of: error), key: ""), "not YAML: \(reason(of: error))"
            )
        } catch {
            problems.add(root, "not YAML")
        }
        return nil
    }

    /// Adds a problem at this value; the message is worded to follow the key, as in "must not be empty".
    package func problem(_ message: String) { problems.add(location, message) }

    /// Adds a warning at this value, which can be read but should be written differently.
    package func warning(_ message: String) { problems.warn(location, message) }

    /// True for YAML's nulls: a plain `null` or `~`, or nothing at all; a quoted one is a text.
    package var isNull: Bool {
        guard case .scalar(let scalar) = node else { return false }
        return scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// True for keys and values.
    package var isMapping: Bool { node.mapping != nil }
    /// True for a list.
    package var isSequence: Bool { node.sequence != nil }
    /// True for anything but a list or a mapping; a null is a scalar too.
    package var isScalar: Bool { node.scalar != nil }

    /// A scalar's text as written, whatever it looks like; nil without a problem for anything else.
    package var text: String? { isNull ? nil : node.scalar?.string }

    /// True for a scalar in quotes, and for a block scalar.
    package var isQuoted: Bool {
        guard let style = node.scalar?.style else { return false }
        return style != .plain && style != .any
    }

    /// Any scalar but null, as written: `12` and `true` are texts here.
    package func string() -> String? {
        text ?? wrong("a text")
    }

    /// The same as ``string()``, but `""` is a problem.
    package func nonEmptyString() -> String? {
        guard let text = string() else { return nil }
        guard !text.isEmpty else {
            problem("must not be empty")
            return nil
        }
        return text
    }

    /// A plain `true` or `false`: not `yes`, `on`, `True`, nor anything in quotes.
    package func bool() -> Bool? {
        switch isQuoted ? nil : text {
        case "true": true
        case "false": false
        default: wrong("true or false")
        }
    }

    /// A plain decimal number within the range.
    ///
    /// An upper bound of `Int.max` means that there is none: the problem leaves it out.
    package func int(in range: ClosedRange<Int>) -> Int? {
        guard !isQuoted, let text, let value = Int(text), range.contains(value) else {
            return wrong(
                range.upperBound == .max
                    ? "a whole number from \(range.lowerBound)"
                    : "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A plain, finite number, greater than the minimum.
    package func double(above minimum: Double) -> Double? {
        guard !isQuoted, let text, let value = Double(text), value.isFinite, value > minimum else {
            return wrong("a number above \(minimum)")
        }
        return value
    }

    /// One of the raw values, compared with case unless `ignoringCase`; the problem names all of them.
    package func term<Term: RawRepresentable & CaseIterable>(
        _ type: Term.Type, ignoringCase: Bool = false
    ) -> Term? where Term.RawValue == String {
        let known = text.flatMap { text in
            Term.allCases.first {
                ignoringCase ? $0.rawValue.lowercased() == text.lowercased() : $0.rawValue == text
            }
        }
        guard let term = known else {
            return wrong("one of " + Term.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return term
    }

    /// The elements of a list, nulls included; nesting beyond ``depthLimit`` is a problem.
    package func sequence() -> [SettingsNode]? {
        guard let sequence = node.sequence, isShallow else { return wrong("a list") }
        return sequence.enumerated().map { index, element in
            child(element, key: "\(location.key)[\(index)]")
        }
    }

    /// The keys and values; a name that occurs twice is a problem, and its first value is used.
    package func mapping() -> SettingsMapping? {
        guard let mapping = node.mapping, isShallow else { return wrong("keys and values") }
        var names: Set<String> = []
        let entries = mapping.compactMap { key, value -> SettingsMapping.Entry? in
            let line = key.mark?.line ?? location.line
            guard let name = key.scalar?.string else {
                problems.add(
                    SettingsLocation(file: location.file, line: line, key: location.key),
                    "a key must be a text")
                return nil
            }
            let path = location.key.isEmpty ? name : "\(location.key).\(name)"
            let keyLocation = SettingsLocation(file: location.file, line: line, key: path)
            // To Yams, `true` and `"true"` are two keys, as their types differ; here they are one name.
            guard names.insert(name).inserted else {
                problems.add(keyLocation, "occurs twice")
                return nil
            }
            return SettingsMapping.Entry(
                name: name, location: keyLocation, value: child(value, key: path, line: key.mark?.line))
        }
        return SettingsMapping(location: location, entries: entries, problems: problems)
    }

    /// A list of texts, or one text for a list of one.
    package func strings() -> [String]? {
        if isScalar { return string().map { [$0] } }
        guard let elements = sequence() else { return nil }
        let strings = elements.compactMap { $0.string() }
        return strings.count == elements.count ? strings : nil
    }

    /// Adds "must be `expected`, not …" and returns nil.
    package func wrong<Value>(_ expected: String) -> Value? {
        problem("must be \(expected), not \(kindInWords)")
        return nil
    }

    /// The kind of the value for messages, with the content of a short text.
    private var kindInWords: String {
        switch node {
        case .mapping: "keys and values"
        case .sequence: "a list"
        case .alias: "an alias"
        case .scalar(let scalar):
            isNull ? "nothing" : scalar.string.utf8.count > 40 ? "a long text" : "`\(scalar.string)`"
        }
    }

    private var isShallow: Bool {
        location.key.utf8.count { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") } < Self.depthLimit
    }

    private func child(_ node: Node, key: String, line: Int? = nil) -> SettingsNode {
        SettingsNode(
            location: SettingsLocation(
                file: location.file, line: node.mark?.line ?? line ?? location.line, key: key),
            problems: problems, node: node)
    }

    private static func line(of error: YamlError) -> Int {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: 0
        }
    }

    private static func reason(of error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _):
            problem
        case .duplicatedKeysInMapping(let keys, _):
            "the same key twice: " + keys.sorted().joined(separator: ", ")
        default: "it could not be read"
        }
    }
}
