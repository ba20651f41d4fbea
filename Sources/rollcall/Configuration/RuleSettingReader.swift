import Deployments
import Refresh
import Settings
import Upstream
import Wire

/// Reads what a rule sets: paths of the record with values, nested or with dots.
struct RuleSettingReader {
    private static let schema = RecordSchema.deployments

    /// Every setting without a problem, in the file's order.
    static func settings(_ node: SettingsNode) -> [OperatorRule.Setting] {
        guard let keys = node.mapping() else { return [] }
        guard !keys.entries.isEmpty else {
            node.problem("sets nothing; name a field, such as {labels.team: search}")
            return []
        }
        var reader = RuleSettingReader()
        reader.read(keys, under: "")
        return reader.settings
    }

    private var settings: [OperatorRule.Setting] = []

    private mutating func read(_ keys: SettingsMapping, under prefix: String) {
        for entry in keys.entries {
            let path = prefix + entry.name
            if entry.value.isMapping, let inner = entry.value.mapping() {
                if inner.entries.isEmpty { entry.value.problem("sets nothing") }
                read(inner, under: path + ".")
            } else if settings.contains(where: { $0.path == path }) {
                entry.value.problem("`\(path)` is set twice")
            } else if let value = Self.value(of: path, entry.value) {
                settings.append(OperatorRule.Setting(path, value))
            }
        }
    }

    private static func value(of path: String, _ node: SettingsNode) -> OperatorRule.Value? {
        if path.hasPrefix("labels."), schema.named(path) == nil {
            node.problem(LabelKey.rule)
            return nil
        }
        guard isSettable(path) else {
            refuse(path, node)
            return nil
        }
        if schema.lists.contains(where: { $0.name == path }) {
            if node.isNull { return .list([]) }
            guard let texts = node.strings(), texts.allSatisfy({ isText($0) }), texts.count <= 1000 else {
                node.problem("must be a list of at most 1000 texts, each of 1 to 1024 bytes")
                return nil
            }
            return .list(texts)
        }
        guard let field = schema.named(path) else { return nil }
        return node.isNull ? .scalar(.null) : scalar(field, node).map { .scalar($0) }
    }

    private static func scalar(_ field: Field, _ node: SettingsNode) -> FieldValue? {
        switch field.kind {
        case _ where field.isURL: return url(node).map { .text($0) }
        case .term(let terms):
            if let text = node.text, terms.contains(text) { return .text(text) }
            let hint = node.text.flatMap { nearest(to: $0, among: terms) }.map { "; did you mean `\($0)`?" }
            node.problem("must be one of \(terms.joined(separator: ", "))" + (hint ?? ""))
        case .number(let isInteger):
            let number = node.isQuoted ? nil : node.text.flatMap { Double($0) }
            let isWhole = number.map { $0.rounded() == $0 && abs($0) <= 9_007_199_254_740_992 } ?? false
            if let number, number.isFinite, number >= field.lowest ?? number, isWhole || !isInteger {
                return .number(number)
            }
            node.problem("must be \(isInteger ? "a whole number" : "a number"), 0 or more, or null")
        case .text:
            if node.isScalar, let text = node.text, isText(text) { return .text(text) }
            node.problem("must be a text of 1 to 1024 bytes without control characters, or null")
        case .time, .bool: break
        }
        return nil
    }

    private static func url(_ node: SettingsNode) -> String? {
        let text = node.text ?? ""
        guard let url = RequestURL.published(text) else {
            // The text may have a credential in it.
            node.problem("must be a URL that begins with https:// or http://, or null")
            return nil
        }
        let authority = text.drop { $0 != "/" }.dropFirst(2).prefix { !"/?#".contains($0) }
        guard !text.contains("?"), !text.contains("#"), !authority.contains("@") else {
            node.problem("must be a URL without user information, query and fragment, which may hold secrets")
            return nil
        }
        return url
    }

    private static func isText(_ text: String) -> Bool {
        (1...1024).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}

/// The fields that rules may set, and the reasons for the others.
extension RuleSettingReader {
    private static let settable: Set<String> = [
        "region", "project", "model", "model_version", "base_model", "task", "kind", "engine", "image",
        "model_family", "billing_mode", "links.console",
    ]
    private static let settableGroups = ["labels", "replicas", "capacity", "accelerator", "endpoint"]

    private static func isSettable(_ path: String) -> Bool {
        if settable.contains(path) { return true }
        let isKnown = schema.named(path) != nil || schema.lists.contains { $0.name == path }
        return isKnown && settableGroups.contains { path.hasPrefix($0 + ".") }
    }

    /// The paths that may be set, beside labels.
    private static var settablePaths: [String] {
        schema.paths.filter { $0 != "labels" && isSettable($0) }
    }

    private static func refuse(_ path: String, _ node: SettingsNode) {
        if let reason = reason(against: path) {
            node.problem("`\(path)` cannot be set: \(reason)")
            return
        }
        if settableGroups.contains(path) || path == "links" {
            node.problem("`\(path)` is an object; set one of its members, such as `\(example(of: path))`")
            return
        }
        let near = nearest(to: path, among: settablePaths)
        node.problem(
            "there is no field `\(path)`"
                + (near.map { "; did you mean `\($0)`?" }
                    ?? "; rules set labels.KEY, " + settablePaths.joined(separator: ", ")))
    }

    private static func example(of group: String) -> String {
        group == "labels" ? "labels.team" : settablePaths.first { $0.hasPrefix(group + ".") } ?? group
    }

    private static func reason(against path: String) -> String? {
        switch path {
        case "uid", "source", "platform", "adapter", "native_id", "name", "workspace", "version", "latest",
            "config", "config_version":
            "it says which deployment the row is of"
        case "status", "serving", "native_status", "status_message": "it is the platform's word on the state"
        case "status_since", "created_at", "updated_at", "version_created_at":
            "it is a time that the platform or the gateway has observed"
        case "owner": "a person is shown only with the source's `expose`"
        case "provider": "it refers to a record of the platform"
        case "lookups", "inferred", "unread", "stated_by_operator", "revision":
            "the gateway makes it"
        default: nil
        }
    }
}
