/// Distributes a table's width over its columns.
struct ColumnFit {
    struct Column {
        /// The width of its longest cell or its title.
        var natural: Int
        /// The smallest useful width.
        var minimum: Int
        /// The order of removal where the table is too wide, lowest first; nil: never removed.
        var dropRank: Int?
    }

    /// The spaces between two columns.
    static let gap = 2

    /// The width of each column, nil where it is left out; together, with the gaps, at most `width`.
    ///
    /// Columns are left out by rank until the minimum widths fit; then the widest is narrowed until all fit.
    /// The sum is larger only where the columns that must stay do not fit with their minimum widths.
    static func widths(of columns: [Column], within width: Int?) -> [Int?] {
        guard let width else { return columns.map(\.natural) }
        var shown = Array(columns.indices)
        func least(_ index: Int) -> Int { min(columns[index].natural, columns[index].minimum) }
        func total(_ width: (Int) -> Int) -> Int {
            shown.reduce(0) { $0 + width($1) } + gap * max(0, shown.count - 1)
        }
        while total(least) > width {
            let droppable = shown.filter { columns[$0].dropRank != nil }
            guard let next = droppable.min(by: { columns[$0].dropRank ?? 0 < columns[$1].dropRank ?? 0 })
            else { break }
            shown.removeAll { $0 == next }
        }
        var widths = columns.map(\.natural)
        while total({ widths[$0] }) > width {
            let narrowable = shown.filter { widths[$0] > least($0) }
            guard let widest = narrowable.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return columns.indices.map { shown.contains($0) ? widths[$0] : nil }
    }

    /// One line of a table: each cell cut to its width, and all but the last filled up to it.
    static func line(_ cells: [(width: Int, text: String, color: ANSIColor?)]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let text = cell.text.cut(toWidth: cell.width)
            line += cell.color?.paint(text) ?? text
            if index < cells.count - 1 {
                line += String(repeating: " ", count: cell.width - text.displayWidth + gap)
            }
        }
        return line
    }
}
