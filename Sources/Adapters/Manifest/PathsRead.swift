import Settings

/// Every path that a file's expressions read or its `native` shows: what `never` is held against.
///
/// Not shared between tasks: a file is read by one.
final class PathsRead {
    /// What `$` stands for in an expression.
    enum Base {
        case record
        /// An element of this list of the record.
        case entry(of: JSONPath)
        /// The whole answer, around all records.
        case answer
        /// There is no document: `$` stands for nothing.
        case nothing
    }

    private var read: [(place: SettingsLocation, base: Base, path: JSONPath)] = []

    func add(_ paths: [JSONPath], at place: SettingsLocation, from base: Base) {
        read += paths.map { (place, base, $0) }
    }

    /// Where this path of a record is read, or a part of it, or what it is a part of.
    ///
    /// `records` is where an answer has its records.
    func places(reading forbidden: JSONPath, records: JSONPath?) -> [SettingsLocation] {
        var places: [SettingsLocation] = []
        for (place, base, path) in read where !places.contains(place) {
            let inRecord: JSONPath? =
                switch base {
                case .record: path
                case .entry(let list): JSONPath(steps: list.steps + [.wildcard] + path.steps)
                case .answer: records.flatMap { path.withinRecord(of: $0) }
                case .nothing: nil
                }
            guard let inRecord else { continue }
            if inRecord.covers(forbidden) || forbidden.covers(inRecord) { places.append(place) }
        }
        return places
    }
}

extension JSONPath {
    /// This path of an answer as a path of one of its records; nil where it stays outside of them.
    ///
    /// The list as such, which may be counted, is outside.
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
