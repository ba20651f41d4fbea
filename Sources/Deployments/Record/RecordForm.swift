package import Wire

/// A layout of the JSON form: all of a record's fields, or the ones that a client named.
///
/// Keys and nesting are computed once, when the form is made; writing a record only appends bytes.
package struct RecordForm<Row: Record>: Sendable {
    /// Appends some members of a record.
    ///
    /// A struct, since an array of closures stores each behind a reabstraction thunk, which every call would
    /// go through.
    private struct Writing: Sendable {
        let append: @Sendable (borrowing Row, inout JSONWriter) -> Void
    }

    private let members: Writing

    /// A form of the named fields, in the order of the complete form; nil: all fields.
    ///
    /// A path for which ``RecordSchema/isPath(_:)`` is false is left out.
    package init(paths: [String]? = nil) {
        let (table, schema) = (Row.table, Row.table.schema)
        let wanted = Set((paths ?? schema.paths).filter(schema.isPath).flatMap(schema.expand))
        var members: [Writing] = []
        var start = 0
        let ordered = schema.paths.flatMap { path -> [String] in
            if wanted.contains(path) { return [path] }
            return path == "labels" ? wanted.filter { $0.hasPrefix("labels.") }.sorted() : []
        }
        while start < ordered.count {
            let (head, tail) = split(ordered[start])
            let end = ordered[start...].firstIndex { split($0).head != head } ?? ordered.count
            members.append(
                tail == nil
                    ? Self.member(head, of: table) : Self.object(head, ordered[start..<end], of: table))
            start = end
        }
        self.members = Self.joined(members[...])
    }

    /// Appends one record's object, with `extras` as further members at its end.
    package func write(
        _ record: borrowing Row, to json: inout JSONWriter,
        extras: (inout JSONWriter) -> Void = { _ in }
    ) {
        json.open("{")
        members.append(record, &json)
        extras(&json)
        json.close("}")
    }

    /// Appends the members of a record's object without its braces.
    package func writeMembers(of record: borrowing Row, to json: inout JSONWriter) {
        members.append(record, &json)
    }

    private static func member(_ name: Substring, of table: RecordTable<Row>) -> Writing {
        let key = JSONKey(String(name))
        if name == "labels" { return labels(key) }
        return value(at: String(name), key, of: table) ?? Writing { _, _ in }
    }

    /// Writes the scalar, the list of strings, or the object at a path; nil if there is none.
    private static func value(at path: String, _ key: JSONKey, of table: RecordTable<Row>) -> Writing? {
        if let write = table.objects.first(where: { $0.name == path })?.write {
            return Writing { record, json in
                json.key(key)
                write(record, &json)
            }
        }
        guard let get = table.lists.first(where: { $0.name == path })?.get else {
            return table.named(path).map { scalar($0, key) }
        }
        return Writing { record, json in
            json.key(key)
            json.open("[")
            for name in get(record) { json.string(name) }
            json.close("]")
        }
    }

    private static func labels(_ key: JSONKey) -> Writing {
        Writing { record, json in
            json.key(key)
            json.open("{")
            let labels = record.labels
            if !labels.isEmpty {
                for (key, value) in labels.sorted(by: { $0.key < $1.key }) {
                    json.key(key)
                    json.string(value)
                }
            }
            json.close("}")
        }
    }

    private static func scalar(_ field: RecordField<Row>, _ key: JSONKey) -> Writing {
        Writing(append: field.writer(key))
    }

    private static func object(
        _ name: Substring, _ paths: ArraySlice<String>, of table: RecordTable<Row>
    ) -> Writing {
        let members = joined(
            paths.compactMap { path -> Writing? in
                guard let tail = split(path).tail else { return nil }
                return value(at: path, JSONKey(String(tail)), of: table)
            }[...])
        // Most platforms state no field of most groups; the JSON of such a group is always the same.
        let group = table.groups.first { $0.name == name } ?? RecordGroup(String(name)) { _ in false }
        let isEmpty = group.isEmpty
        var json = JSONWriter()
        json.open("{")
        members.append(Row(uid: "", of: SharedSource(.none)), &json)
        json.close("}")
        let key = JSONKey(String(name), absent: group.isNullable ? Array("null".utf8) : json.bytes)
        return Writing { record, json in
            if isEmpty(record) { return json.absent(key) }
            json.key(key)
            json.open("{")
            members.append(record, &json)
            json.close("}")
        }
    }

    /// Joins writers into one that runs them in order, as a tree of up to four branches rather than an array.
    ///
    /// A closure calls its captured values without retaining them. An element of an array is retained for
    /// each call, and cores that write at the same time would contend for its reference count.
    private static func joined(_ members: ArraySlice<Writing>) -> Writing {
        // Full branches first: so the tree has the fewest inner nodes, each of which is a call a record.
        var size = 1
        while size * 4 < members.count { size *= 4 }
        let branches = stride(from: members.startIndex, to: members.endIndex, by: size).map { start in
            let end = min(start + size, members.endIndex)
            return end - start == 1 ? members[start] : joined(members[start..<end])
        }
        switch branches.count {
        case 0: return Writing { _, _ in }
        case 1: return branches[0]
        case 2:
            let (first, second) = (branches[0], branches[1])
            return Writing { record, json in
                first.append(record, &json)
                second.append(record, &json)
            }
        case 3:
            let (first, second, third) = (branches[0], branches[1], branches[2])
            return Writing { record, json in
                first.append(record, &json)
                second.append(record, &json)
                third.append(record, &json)
            }
        default:
            let (first, second, third, fourth) = (branches[0], branches[1], branches[2], branches[3])
            return Writing { record, json in
                first.append(record, &json)
                second.append(record, &json)
                third.append(record, &json)
                fourth.append(record, &json)
            }
        }
    }
}

/// Layouts of a kind's JSON form that are used for every record.
package struct RecordForms<Row: Record>: Sendable {
    /// All members, in the order of the table.
    package let complete = RecordForm<Row>()
    /// The first of the three parts of ``complete`` in which rows are stored: the key.
    package let uid: RecordForm<Row>
    /// The second part: the members that are the same on all rows of a source.
    package let source: RecordForm<Row>
    /// The third part: all other members but those of ``tail``.
    package let rest: RecordForm<Row>
    /// The last part: the members that the record's revision does not depend on.
    package let tail: RecordForm<Row>
    /// The key of the revision; nil for a kind without one.
    package let revision: JSONKey?

    /// Computes the layouts from the kind's table.
    package init() {
        let schema = Row.table.schema
        let ofSource = schema.paths.filter { $0 == "labels" || schema.named($0)?.isOfSource == true }
        source = RecordForm(paths: ofSource)
        uid = RecordForm(paths: [schema.profile.key])
        let tail = schema.objects.filter { !$0.isInGroup }.map(\.name)
        let revision = schema.profile.revision
        let others = schema.paths.filter {
            $0 != schema.profile.key && !ofSource.contains($0) && $0 != revision
        }
        rest = RecordForm(paths: others.filter { !tail.contains($0) })
        self.tail = RecordForm(paths: tail)
        self.revision = revision.map { JSONKey($0) }
    }

    /// The members of ``source`` as they follow another member: they begin with a comma.
    package func sourceMembers(of record: borrowing Row) -> ArraySlice<UInt8> {
        var json = JSONWriter()
        json.open("{")
        uid.writeMembers(of: record, to: &json)
        let start = json.bytes.count
        source.writeMembers(of: record, to: &json)
        return json.bytes[start...]
    }

    /// The revision of a record, by the bytes of its ``uid``, ``source`` and ``rest``: 16 hexadecimal digits.
    package static func revision(
        uid: ArraySlice<UInt8>, source: ArraySlice<UInt8>, rest: ArraySlice<UInt8>
    ) -> String {
        var fingerprint = Fingerprint()
        for part in [uid, source, rest] { fingerprint.add(part) }
        return fingerprint.hash.hexadecimalDigits
    }

    /// The revision of a record; encodes the record.
    package func revision(of record: borrowing Row) -> String {
        var json = JSONWriter(reservingCapacity: 1400)
        json.open("{")
        uid.writeMembers(of: record, to: &json)
        let end = json.bytes.count
        rest.writeMembers(of: record, to: &json)
        return Self.revision(
            uid: json.bytes[..<end], source: sourceMembers(of: record), rest: json.bytes[end...])
    }
}

extension RecordForm where Row == ModelDeployment {
    /// All members of a deployment.
    package static var complete: DeploymentForm { ModelDeployment.forms.complete }
}

/// A path split at its first dot; the tail is nil without a dot.
private func split(_ path: String) -> (head: Substring, tail: Substring?) {
    guard let dot = path.firstIndex(of: ".") else { return (path[...], nil) }
    return (path[..<dot], path[path.index(after: dot)...])
}
