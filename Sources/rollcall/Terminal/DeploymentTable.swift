import Deployments
import Wire

/// The table that `rollcall list` shows: one line per row, no wider than the terminal or ``leastWidth``.
struct ListTable<Row: ListedRecord> {
    /// The terminal's width in columns; nil: as wide as the rows are.
    var width: Int?
    var usesColor: Bool
    /// The time from which ages are counted.
    var now: Timestamp
    /// True if each row is one version of a deployment; then all of them have their numbers.
    var showsVersions = false

    /// The smallest width in columns, without versions; a narrower terminal gets lines of this width.
    static var leastWidth: Int { 27 }

    /// The title line and the rows, without line ends; only the title where there is no row.
    func lines(_ rows: [Row]) -> [String] {
        let cells = Row.columns.map { column in
            rows.map { row in (column.text(row, now) ?? "").neutralized() }
        }
        // A column that is empty in every row is left out, and the versions are unless they tell rows apart.
        let withVersions = showsVersions || rows.contains(where: \.isEarlierVersion)
        let used = Row.columns.indices.filter { index in
            let column = Row.columns[index]
            if column.title == ListColumn.version.title { return withVersions }
            return column.dropRank == nil || cells[index].contains { !$0.isEmpty }
        }
        let fits = used.map { index in
            ColumnFit.Column(
                natural: cells[index].reduce(Row.columns[index].title.utf8.count) {
                    max($0, $1.displayWidth)
                },
                minimum: Row.columns[index].minimum, dropRank: Row.columns[index].dropRank)
        }
        let least = Self.leastWidth + (withVersions ? ColumnFit.gap + ListColumn.version.minimum : 0)
        let widths = ColumnFit.widths(of: fits, within: width.map { max($0, least) })
        let shown = zip(used, widths).compactMap { index, width in width.map { (index: index, width: $0) } }
        let title = ColumnFit.line(
            shown.map { ($0.width, Row.columns[$0.index].title, usesColor ? .bold : nil) })
        return [title]
            + rows.indices.map { row in
                ColumnFit.line(
                    shown.map { column in
                        let text = cells[column.index][row]
                        let isColored = usesColor && Row.columns[column.index].isColored
                        let color = isColored ? rows[row].color : nil
                        return (column.width, text.isEmpty ? "-" : text, color)
                    })
            }
    }
}

/// One column: its text for a record, and its rank for removal where the table is too wide.
struct ListColumn<Row>: Sendable {
    var title: String
    var minimum: Int
    /// The order of removal where the table is too wide, lowest first; nil: never removed.
    var dropRank: Int?
    /// True if its cells have the color of their record.
    var isColored: Bool { title == "STATUS" || title == "OUTCOME" }
    /// The cell's text; nil where the record has none.
    var text: @Sendable (borrowing Row, Timestamp) -> String?
}

/// The table of deployments.
typealias DeploymentTable = ListTable<ModelDeployment>

extension ListColumn<ModelDeployment> {
    static let version = ListColumn(title: "VERSION", minimum: 8) { row, _ in
        let number = row.version.map { "\($0)" }
        return row.latest ? number : "\(number ?? "-") (old)"
    }
}

extension ModelDeployment {
    static let columns: [ListColumn<ModelDeployment>] = [
        ListColumn(title: "STATUS", minimum: 9) { row, _ in statusText(row) },
        ListColumn(title: "NAME", minimum: 16) { row, _ in row.name ?? row.nativeID ?? row.uid },
        .version,
        ListColumn(title: "MODEL", minimum: 16, dropRank: 5) { row, _ in row.model ?? row.baseModel },
        ListColumn(title: "SOURCE", minimum: 8, dropRank: 7) { row, _ in row.source },
        ListColumn(title: "WORKSPACE", minimum: 9, dropRank: 2) { row, _ in row.workspace },
        ListColumn(title: "REPLICAS", minimum: 8, dropRank: 4) { row, _ in sizeText(row) },
        ListColumn(title: "ACCELERATOR", minimum: 11, dropRank: 3) { row, _ in acceleratorText(row) },
        ListColumn(title: "AGE", minimum: 4, dropRank: 6) { row, now in
            row.createdAt.map { age(of: $0, at: now) }
        },
        ListColumn(title: "UPDATED", minimum: 7, dropRank: 1) { row, now in
            row.updatedAt.map { age(of: $0, at: now) }
        },
    ]
}

/// The status; with `serving` in parentheses where it is not the usual one of that status.
private func statusText(_ row: borrowing ModelDeployment) -> String {
    let expected: Serving =
        switch row.status {
        case .ready, .updating: .full
        case .degraded: .partial
        case .stopping, .unknown: .unknown
        case .pending, .deploying, .stopped, .failed, .deleting, .deleted, .lost: .none
        }
    let isPlain = row.serving == expected || row.serving == .unknown
    return isPlain ? row.status.rawValue : "\(row.status.rawValue) (\(row.serving.rawValue))"
}

/// Ready and desired replicas; without any, the capacity in the platform's own unit.
private func sizeText(_ row: borrowing ModelDeployment) -> String? {
    let replicas = row.replicas
    if replicas.ready != nil || replicas.desired != nil {
        let desired = replicas.desired ?? replicas.pending.flatMap { sum(replicas.ready ?? 0, $0) }
        return fraction(replicas.ready.map { "\($0)" }, desired.map { "\($0)" })
    }
    let capacity = row.capacity
    guard capacity.ready != nil || capacity.desired != nil else { return nil }
    let size = fraction(capacity.ready.map(plain), capacity.desired.map(plain))
    return capacity.unit.map { "\(size) \($0)" } ?? size
}

private func acceleratorText(_ row: borrowing ModelDeployment) -> String? {
    guard let type = row.accelerator.type ?? row.accelerator.family else {
        return row.accelerator.total.map { "\($0)" }
    }
    return row.accelerator.total.map { "\($0)×\(type)" } ?? type
}

private func fraction(_ ready: String?, _ desired: String?) -> String {
    desired.map { "\(ready ?? "?")/\($0)" } ?? ready ?? "?"
}

private func sum(_ left: Int, _ right: Int) -> Int? {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? nil : sum
}
