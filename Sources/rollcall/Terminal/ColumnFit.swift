/// How wide each column of a table may be.
struct ColumnFit {
    struct Column {
        /// What its longest cell and its title need.
        var natural: Int
        /// Where it is not worth showing any more.
        var minimum: Int
        /// The lowest goes first when there is no room; nil stays.
        var dropRank: Int?
    }

    /// Columns between two columns.
    static let gap = 2

    /// One width per column, nil where it is left out; together, with the gaps, at most `width`.
    ///
    /// Columns that cannot have their minimum are left out by rank; then the widest is narrowed until all fit.
    /// Only where those that must stay cannot have their minimum is the sum larger.
    static func widths(of columns: [Column], within width: Int?) -> [Int?] {
        guard let width else { return columns.map(\.natural) }
        var kept = Array(columns.indices)
        func least(_ index: Int) -> Int { min(columns[index].natural, columns[index].minimum) }
        func total(_ width: (Int) -> Int) -> Int {
            kept.reduce(0) { $0 + width($1) } + gap * max(0, kept.count - 1)
        }
        while total(least) > width {
            let droppable = kept.filter { columns[$0].dropRank != nil }
            guard let next = droppable.min(by: { columns[$0].dropRank ?? 0 < columns[$1].dropRank ?? 0 })
            else { break }
            kept.removeAll { $0 == next }
        }
        var widths = columns.map(\.natural)
        while total({ widths[$0] }) > width {
            let narrowable = kept.filter { widths[$0] > least($0) }
            guard let widest = narrowable.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return columns.indices.map { kept.contains($0) ? widths[$0] : nil }
    }
}
