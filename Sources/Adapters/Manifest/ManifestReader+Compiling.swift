import Settings
import Wire

// Expressions, paths and templates, compiled as they are read; problems explain how to write them.
extension ManifestReader {
    /// Compiles an expression; nil after reporting a problem, with the position in it.
    ///
    /// `base` is the value of its `$`; nil if that could not be read.
    func expression(_ node: SettingsNode?, reading base: PathsRead.Base? = .record) -> Expression? {
        guard let node, let text = node.nonEmptyString() else { return nil }
        do {
            let expression = try Expression(
                parsing: text, variables: variables.union(SourceBinding.variables), maps: Set(maps.keys))
            if case .nothing = base, let path = expression.paths.first {
                node.problem("reads \(path), but there is no record here; read inputs or the partition")
                return nil
            }
            if expression.readsHeaders, base?.isAnswer != true {
                node.problem(
                    "reads a header, but there is no answer here; only `list.pages` and `errors` can read headers"
                )
                return nil
            }
            if let base { pathsRead.add(expression.paths, at: node.location, from: base) }
            return expression
        } catch {
            node.problem("at character \(error.offset + 1): \(error.message)")
            return nil
        }
    }

    /// Compiles a condition, which must not be constant.
    func condition(_ node: SettingsNode?, reading base: PathsRead.Base = .record) -> Expression? {
        guard let expression = expression(node, reading: base) else { return nil }
        if expression.constant != nil {
            node?.problem("is constant; a condition must read a value")
        }
        return expression
    }

    func path(_ node: SettingsNode?) -> JSONPath? {
        guard let node, let text = node.nonEmptyString() else { return nil }
        do {
            return try JSONPath(parsing: text)
        } catch {
            node.problem("at character \(error.offset + 1): \(error.message)")
            return nil
        }
    }

    func template(_ node: SettingsNode?) -> Template? {
        guard let node, let text = node.string() else { return nil }
        do {
            return try Template(text, variables: variables)
        } catch {
            node.problem("at character \(error.offset + 1): \(message(for: error))")
            return nil
        }
    }

    private func message(for error: TemplateError) -> String {
        guard let name = error.unknown else { return "this `{` has no closing `}`" }
        if name.hasPrefix("secrets.") { return "templates cannot read secrets; only `auth` sends them" }
        if lists.contains(name) {
            return "`\(name)` is a list: declare it under `partitions`, and use the partition"
        }
        if let nearest = nearest(to: name, among: variables.sorted()) {
            return "there is no `{\(name)}`; did you mean `{\(nearest)}`?"
        }
        let known = variables.sorted().map { "{\($0)}" }.joined(separator: ", ")
        return "there is no `{\(name)}`" + (known.isEmpty ? "" : "; use \(known)")
    }

    func templates(_ node: SettingsNode?) -> [(name: String, value: Template)] {
        guard let entries = node?.mapping()?.entries else { return [] }
        return entries.compactMap { entry in template(entry.value).map { (entry.name, $0) } }
    }

    /// Reports a name that expressions and templates could not write.
    func checkName(of entry: SettingsMapping.Entry) {
        guard !ExpressionScanner.isName(entry.name) else { return }
        problems.add(
            entry.location,
            "may have only letters, digits, `_` and non-ASCII characters in its name, and no digit first")
    }
}
