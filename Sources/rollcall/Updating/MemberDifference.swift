import Wire

/// One member of a record with its values before and after a change.
struct MemberDifference: Sendable, Equatable {
    /// The member's path, such as `capacity.desired`.
    var member: String
    /// The text of a string, or the JSON of another value; nil if it is null or not there.
    var before: String?
    /// The value afterwards, in the form of ``before``.
    var after: String?

    /// The members that change with others, or tell about them, and say nothing by themselves.
    private static let following: Set<String> = [
        "revision", "lookups", "inferred", "unread", "stated_by_operator", "history",
    ]

    /// The members in which two records differ, and those that are `named`, in the order of the records.
    static func all(
        from before: JSONValue?, to after: JSONValue?, naming named: Set<String> = []
    ) -> [MemberDifference] {
        let (old, new) = (leaves(of: before), leaves(of: after))
        let values = Dictionary(new.map { ($0.path, $0.text) }) { first, _ in first }
        let known = Set(old.map(\.path))
        let pairs =
            old.map { MemberDifference(member: $0.path, before: $0.text, after: values[$0.path] ?? nil) }
            + new.filter { !known.contains($0.path) }.map {
                MemberDifference(member: $0.path, after: $0.text)
            }
        return pairs.filter { $0.before != $0.after || named.contains($0.member) }
    }

    /// The members that are no objects, with their paths, each path once.
    private static func leaves(of record: JSONValue?) -> [(path: String, text: String?)] {
        var leaves: [(path: String, text: String?)] = []
        var seen: Set<String> = []
        func add(_ object: JSONValue, under prefix: String, depth: Int) {
            for (key, value) in object.members where !following.contains(prefix + key) {
                let path = prefix + key
                if value.kind == .object, depth < 8 {
                    add(value, under: path + ".", depth: depth + 1)
                } else if seen.insert(path).inserted {
                    let isNone = value.isNull || value.kind == .array && value.count == 0
                    leaves.append((path, isNone ? nil : value.string ?? value.written))
                }
            }
        }
        if let record { add(record, under: "", depth: 0) }
        return leaves
    }
}

/// The table of members that a change is about, no wider than the terminal.
struct DifferenceTable {
    /// The titles of the columns of values.
    var titles: (before: String, after: String)
    /// The terminal's width in columns; nil: as wide as the values are.
    var width: Int?
    var usesColor: Bool

    /// The title line and a line for each member, without line ends.
    func lines(_ differences: [MemberDifference]) -> [String] {
        let cells = differences.map { row in
            [row.member, row.before ?? "-", row.after ?? "-"].map { $0.neutralized() }
        }
        let titles = ["MEMBER", self.titles.before, self.titles.after]
        let columns = titles.indices.map { index in
            ColumnFit.Column(
                natural: cells.reduce(titles[index].utf8.count) { max($0, $1[index].displayWidth) },
                minimum: index == 0 ? 16 : 8)
        }
        let widths = ColumnFit.widths(of: columns, within: width).map { $0 ?? 0 }
        func line(_ cells: [String], _ color: ANSIColor?) -> String {
            ColumnFit.line(zip(widths, cells).map { ($0, $1, color) })
        }
        return [line(titles, usesColor ? .bold : nil)] + cells.map { line($0, nil) }
    }
}
