import Deployments

extension String {
    /// The text as it may be shown on a terminal: one line that can neither move the cursor nor turn the text.
    ///
    /// What platforms and operators wrote comes from outside: an escape sequence in a deployment's name must
    /// not colour, overwrite or type anything. Line breaks and tabs become spaces, other controls `�`;
    /// invisible format characters (bidirectional overrides, joiners, variation selectors) are left out.
    func neutralised(limit: Int = 400) -> String {
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

extension ModelDeployment {
    /// The record with every text as it may be shown on a terminal, uncut.
    func neutralised() -> ModelDeployment {
        var shown = self
        for field in DeploymentField.all {
            if let text = field.get(self).text { field.set(&shown, .text(text.neutralised(limit: .max))) }
        }
        shown.labels = self.labels.mapValues { $0.neutralised(limit: .max) }
        return shown
    }
}

/// A number without `.0`.
func plain(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }

/// A number with what it counts: `1 source`, `2 sources`.
func counted(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

/// Words to choose from: `a, b or c`.
func alternatives(_ words: [String]) -> String {
    let head = words.dropLast().joined(separator: ", ")
    return head.isEmpty ? words.last ?? "" : "\(head) or \(words.last ?? "")"
}

extension Unicode.Scalar {
    /// Nil: left out.
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

/// A JSON text in which nothing can steer a terminal: what JSON lets stand raw is escaped, its meaning is kept.
///
/// DEL, the C1 controls and the bidirectional marks can stand inside strings only, so the bytes tell enough.
func escapedForTerminal(_ json: [UInt8]) -> [UInt8] {
    guard json.contains(where: { $0 == 0x7F || $0 == 0xC2 || $0 == 0xE2 }) else { return json }
    var escaped: [UInt8] = []
    escaped.reserveCapacity(json.count)
    for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
        switch scalar.value {
        case 0x7F...0x9F, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069:
            let digits = String(scalar.value, radix: 16)
            escaped.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
        default:
            escaped.append(contentsOf: String(scalar).utf8)
        }
    }
    return escaped
}
