import Deployments
import Wire

extension String {
    /// The text in a form that is safe on a terminal: one line that cannot move the cursor or reverse the
    /// text.
    ///
    /// Strings from platforms and operators are untrusted: an escape sequence in a deployment's name must not
    /// color, overwrite or type anything. Line breaks and tabs become spaces, other controls `�`; invisible
    /// format characters (bidirectional overrides, joiners, variation selectors) are removed. More than
    /// `limit` characters are cut.
    func neutralized(limit: Int = 400) -> String {
        if utf8.count <= limit, utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return self }
        var text = ""
        var count = 0
        for scalar in unicodeScalars {
            guard count < limit else { return text + "…" }
            if let shown = scalar.shown {
                text.unicodeScalars.append(shown)
                count += 1
            }
        }
        return text
    }
}

extension ListedRecord {
    /// The record with every text in a form that is safe on a terminal, uncut.
    func neutralized() -> Self {
        var shown = self
        for field in Self.table.fields {
            if let text = field.get(self).text { field.set(&shown, .text(text.neutralized(limit: .max))) }
        }
        shown.labels = self.labels.mapValues { $0.neutralized(limit: .max) }
        return shown
    }
}

/// A number, an integer without `.0`.
func plain(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }

/// A number with its noun: `1 source`, `2 sources`.
func counted(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

/// A list of alternatives: `a, b or c`.
func alternatives(_ options: [String]) -> String {
    let head = options.dropLast().joined(separator: ", ")
    return head.isEmpty ? options.last ?? "" : "\(head) or \(options.last ?? "")"
}

extension Unicode.Scalar {
    /// The scalar to show instead; nil where it is removed.
    fileprivate var shown: Unicode.Scalar? {
        switch value {
        case 0x09, 0x0A, 0x0D, 0x85, 0x2028, 0x2029: " "
        case 0x00...0x1F, 0x7F...0x9F: "\u{FFFD}"
        case 0xFE00...0xFE0F: nil
        case 0x20...0x7E: self
        default: properties.generalCategory == .format ? nil : self
        }
    }
}

/// Equivalent JSON that cannot control a terminal: control and bidirectional characters that JSON allows
/// unescaped are escaped.
///
/// DEL, the C1 controls and the bidirectional marks occur inside strings only, so no parsing is needed.
func escapedForTerminal(_ json: [UInt8]) -> [UInt8] {
    guard json.contains(where: { $0 == 0x7F || $0 == 0xC2 || $0 == 0xE2 }) else { return json }
    var escaped: [UInt8] = []
    escaped.reserveCapacity(json.count)
    for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
        switch scalar.value {
        case 0x7F...0x9F, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069:
            escaped.append(contentsOf: "\\u\(UInt64(scalar.value).hexadecimal(digits: 4))".utf8)
        default:
            escaped.append(contentsOf: String(scalar).utf8)
        }
    }
    return escaped
}
