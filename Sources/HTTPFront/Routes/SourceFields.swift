import Deployments
import Snapshots
import Wire

/// Facts about the rows of a source that no row alone tells.
struct RowFacts: Sendable {
    var fields: [SourceField]
    var lookups: [LookupCount]
    /// What can be changed of them now; nil if nothing can be.
    var writes: UpdateSchema?

    func add(to fingerprint: inout Fingerprint) {
        for field in fields { field.add(to: &fingerprint) }
        for lookup in lookups {
            fingerprint.add(lookup.name)
            for state in LookupState.State.allCases { fingerprint.add(lookup[state]) }
        }
        writes.add(to: &fingerprint)
    }
}

extension LookupCount {
    /// Appends the numbers as a JSON object.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.key("name")
            json.string(name)
            for state in LookupState.State.allCases {
                json.key(state.rawValue)
                json.int(self[state])
            }
        }
    }
}

/// A field of a source's rows: the origin of its values, and the numbers of rows with and without one.
struct SourceField: Sendable {
    let name: String
    let origin: ToldFields.Origin
    /// The rows that have a value, current versions only.
    let rows: Int
    /// The rows that have none, current versions only.
    let nullRows: Int

    /// The fields of a source in the order of the record, without those that the gateway itself makes for every row.
    ///
    /// `list` is its served list; nil: it has none.
    static func all(of status: SourceStatus, in list: SourceRows?) -> [SourceField] {
        let schema = RecordSchema.deployments
        let labels = status.source.labelKeys.sorted().map { "labels.\($0)" }
        let names = schema.paths.flatMap { path -> [String] in
            if path == "labels" { return labels }
            guard let field = schema.named(path) else { return [] }
            return field.isStamped && status.told.origin(of: path) == .never ? [] : [path]
        }
        let counts = list?.rowsWithValue ?? [:]
        return names.map { name in
            let rows = counts[name] ?? 0
            return SourceField(
                name: name, origin: status.told.origin(of: name), rows: rows,
                nullRows: (list?.currentCount ?? 0) - rows)
        }
    }

    /// Appends the field as a JSON object.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.key("field")
            json.string(name)
            json.key("told")
            json.string(origin.rawValue)
            json.key("rows")
            json.int(rows)
            json.key("null_rows")
            json.int(nullRows)
        }
    }

    func add(to fingerprint: inout Fingerprint) {
        fingerprint.add(name)
        fingerprint.add(origin.rawValue)
        fingerprint.add(rows)
        fingerprint.add(nullRows)
    }
}
