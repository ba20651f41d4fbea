import Deployments
import Wire

/// Writes records as RFC 4180 text: one header line, one line per record, CRLF after each.
struct CSVWriter {
    /// Paths of DESIGN.md §3 in its order; `labels` is one column for each key that occurs.
    let columns: [String]
    /// Whether the text goes to a terminal, where controls in cells must not act.
    let isForTerminal: Bool
    private let fields: [DeploymentField?]

    init(rows: [ModelDeployment], isForTerminal: Bool) {
        let labels = Set(rows.flatMap(\.labels.keys)).sorted().map { "labels.\($0)" }
        columns = DeploymentForm.allPaths.flatMap { $0 == "labels" ? labels : [$0] }
        fields = columns.map { DeploymentField.named($0) }
        self.isForTerminal = isForTerminal
    }

    func header() -> String { columns.map { Self.cell($0) }.joined(separator: ",") + "\r\n" }

    func line(_ row: ModelDeployment) -> String {
        fields.map { field in
            guard let field else { return cell(row.inferred.joined(separator: " ")) }
            return switch field.get(row) {
            case .null: ""
            case .text(let text): cell(text)
            case .number(let number): plain(number)
            case .time(let time): time.description
            case .flag(let flag): flag ? "true" : "false"
            }
        }.joined(separator: ",") + "\r\n"
    }

    private func cell(_ text: String) -> String {
        Self.cell(isForTerminal ? text.neutralised(limit: .max) : text)
    }

    /// A text as one cell, quoted where its bytes demand it.
    ///
    /// A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a CR, quoted or not; such a cell
    /// gets an apostrophe first, which spreadsheets take for "this is text" (OWASP, CSV Injection).
    static func cell(_ text: String) -> String {
        let risky: [UInt8] = [0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D]
        let isRisky = text.utf8.first.map { risky.contains($0) } ?? false
        let isSpecial = text.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        guard isRisky || isSpecial else { return text }
        return "\"" + (isRisky ? "'" : "") + text.replacing("\"", with: "\"\"") + "\""
    }
}
