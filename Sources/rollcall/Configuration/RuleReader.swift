import Deployments
import HTTPFront
import Refresh
import Settings
import Snapshots
import Wire

/// One entry of `rules`.
struct RuleConfig: Sendable, Equatable {
    /// The location of the entry's beginning.
    var location: SettingsLocation
    var rule: OperatorRule
}

/// Reads the configuration's `rules`; each value that does not fit becomes a problem, and reading goes on.
enum RuleReader {
    /// The largest number of rules.
    static let ruleLimit = 1000

    /// The rules without those that have a problem.
    static func rules(_ node: SettingsNode) -> [RuleConfig] {
        guard node.isSequence, let entries = node.sequence() else {
            node.problem("must be a list of {where: {…}, set: {…}}")
            return []
        }
        if entries.count > ruleLimit { node.problem("has more than \(ruleLimit) rules") }
        return entries.prefix(ruleLimit).compactMap { rule($0) }
    }

    private static func rule(_ node: SettingsNode) -> RuleConfig? {
        guard let keys = node.mapping() else { return nil }
        let (whereNode, setNode) = (keys.required("where"), keys.required("set"))
        keys.refuseOthers()
        let text = whereNode?.conditionText()
        let condition = whereNode.flatMap { node in text.flatMap { Self.condition($0, at: node) } }
        let settings = setNode.map { RuleSettingReader.settings($0) } ?? []
        guard let condition, let text, !settings.isEmpty else { return nil }
        return RuleConfig(
            location: node.location, rule: OperatorRule(where: condition, text: text, set: settings))
    }

    private static func condition(_ text: String, at node: SettingsNode) -> Condition? {
        guard node.isMapping else {
            node.problem("must be filters of the list, such as {source: research, workspace: ml-prod}")
            return nil
        }
        let read = WrittenCondition(text, on: .deployments)
        for problem in read.problems { node.descendant(at: problem.pointer).problem(problem.message) }
        return read.problems.isEmpty ? read.condition : nil
    }
}

extension SettingsNode {
    /// The value as the text of a JSON value, with scalars as strings, which filters read like values in a URL.
    fileprivate func conditionText() -> String {
        var json = JSONWriter()
        writeCondition(to: &json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private func writeCondition(to json: inout JSONWriter) {
        if isMapping {
            json.open("{")
            for entry in mapping()?.entries ?? [] {
                json.key(entry.name)
                entry.value.writeCondition(to: &json)
            }
            json.close("}")
        } else if isSequence {
            json.open("[")
            for element in sequence() ?? [] { element.writeCondition(to: &json) }
            json.close("]")
        } else {
            json.stringOrNull(text)
        }
    }

    /// The value to which a JSON Pointer leads; as far as it leads to one.
    fileprivate func descendant(at pointer: String) -> SettingsNode {
        var node = self
        for part in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let key = part.replacing("~1", with: "/").replacing("~0", with: "~")
            if node.isMapping, let entry = node.mapping()?.entries.first(where: { $0.name == key }) {
                node = entry.value
            } else if let index = Int(key), let elements = node.sequence(), elements.indices.contains(index) {
                node = elements[index]
            } else {
                break
            }
        }
        return node
    }
}
