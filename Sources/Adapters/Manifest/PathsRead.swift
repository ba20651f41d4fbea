import Settings

/// Every path that a file's expressions read or its `native` shows, for comparison with `never`.
///
/// Used by one task only: the one that reads the file.
final class PathsRead {
    /// The value of `$` in an expression.
    enum Base {
        case record
        /// An element of this list of the record.
        case entry(of: JSONPath)
        /// The complete answer, which contains all records.
        case answer
        /// Nothing: there is no document.
        case nothing

        var isAnswer: Bool { if case .answer = self { true } else { false } }
    }

    private var read: [(location: SettingsLocation, base: Base, path: JSONPath)] = []

    func add(_ paths: [JSONPath], at location: SettingsLocation, from base: Base) {
        read += paths.map { (location, base, $0) }
    }

    /// The locations that read this path of a record, a part of it, or a value that contains it.
    ///
    /// `records` is the path of the records in an answer.
    func locations(reading forbidden: JSONPath, records: JSONPath?) -> [SettingsLocation] {
        var locations: [SettingsLocation] = []
        for (location, base, path) in read where !locations.contains(location) {
            let inRecord: JSONPath? =
                switch base {
                case .record: path
                case .entry(let list): JSONPath(steps: list.steps + [.wildcard] + path.steps)
                case .answer: records.flatMap { path.withinRecord(of: $0) }
                case .nothing: nil
                }
            guard let inRecord else { continue }
            if inRecord.covers(forbidden) || forbidden.covers(inRecord) { locations.append(location) }
        }
        return locations
    }
}

extension JSONPath {
    /// This path of an answer as a path of one of its records; nil if it leads to no value of a record.
    ///
    /// The list itself, which may be counted, is no value of a record.
    fileprivate func withinRecord(of records: JSONPath) -> JSONPath? {
        let depth = records.steps.count + (records.isSingular ? 1 : 0)
        guard steps.count > depth, zip(steps, records.steps).allSatisfy({ $0.canMeet($1) }) else {
            return nil
        }
        // The records are an array, which has no member of any name.
        if records.isSingular, case .name = steps[depth - 1] { return nil }
        return JSONPath(steps: Array(steps[depth...]))
    }
}
