import Settings
import Wire

extension SettingsNode {
    /// Appends the value as JSON, for canned bodies: plain scalars that look like a number, a truth value or
    /// null become one (YAML's core schema), all others become texts.
    func writeJSON(to json: inout JSONWriter) {
        if isNull {
            json.null()
        } else if isMapping {
            let entries = mapping()?.entries ?? []
            json.object {
                for entry in entries {
                    $0.key(entry.name)
                    entry.value.writeJSON(to: &$0)
                }
            }
        } else if isSequence {
            let elements = sequence() ?? []
            json.array { for element in elements { element.writeJSON(to: &$0) } }
        } else if let text {
            writeScalar(text, to: &json)
        } else {
            json.null()
        }
    }

    private func writeScalar(_ text: String, to json: inout JSONWriter) {
        if isQuoted {
            json.string(text)
        } else if text == "true" || text == "false" {
            json.bool(text == "true")
        } else if let int = Int64(text) {
            json.int(int)
        } else if let double = Double(text), text.utf8.first.map({ $0 != UInt8(ascii: "n") }) ?? false,
            double.isFinite, !text.lowercased().contains("x")
        {
            json.double(double)
        } else {
            json.string(text)
        }
    }

    func jsonBytes() -> [UInt8] {
        var json = JSONWriter()
        writeJSON(to: &json)
        return json.bytes
    }
}
