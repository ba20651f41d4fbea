import Deployments
import HTTPTypes

/// The description of the API as one HTML page, without scripts and without resources from other servers.
struct DescriptionPage {
    let html: String
    /// A policy that allows only the page's style, which this gateway serves too.
    static let securityPolicy =
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    init(of document: JSONTree) { html = PageWriter(document).page }
}

/// Renders this gateway's OpenAPI document as HTML.
private struct PageWriter {
    private let document: JSONTree
    private let components: JSONTree

    init(_ document: JSONTree) {
        self.document = document
        components = document["components"] ?? [:]
    }

    var page: String {
        let info = document["info"] ?? [:]
        let title = escaped(info["title"]?.text ?? "")
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(title) API</title>
            <link rel="stylesheet" href="docs.css">
            </head>
            <body>
            <header>
            <h1>\(title)</h1>
            <p>\(prose(info["summary"]))</p>
            <nav><a href="#routes">Routes</a> <a href="#filters">Filters</a> <a href="#record">The record</a> \
            <a href="#errors">Errors</a> <a href="openapi.json">openapi.json</a></nav>
            </header>
            <main>
            <p>\(prose(info["description"]))</p>
            \(routes)
            \(filters)
            \(record)
            \(errors)
            </main>
            </body>
            </html>

            """
    }

    private var routes: String {
        let sections = (document["paths"]?.members ?? []).map { path in
            path.value.members.filter { $0.key != "head" }.map { route(path.key, $0.key, $0.value) }.joined()
        }
        return "<section id=\"routes\"><h2>Routes</h2>"
            + "<p>Every route that answers <code>GET</code> also answers <code>HEAD</code>. In the examples "
            + "<code>$G</code> is this gateway, as in <code>G=http://127.0.0.1:8080</code>; if it requires a "
            + "token, add <code>-H \"Authorization: Bearer $TOKEN\"</code>.</p>\(sections.joined())</section>\n"
    }

    private func route(_ path: String, _ method: String, _ operation: JSONTree) -> String {
        let parameters = (operation["parameters"]?.elements ?? []).compactMap(resolved)
        let shown = parameters.filter { !isFilterByField($0) }
        let isFiltered = shown.count < parameters.count
        let samples = (operation["x-codeSamples"]?.elements ?? []).compactMap { $0["source"]?.text }
        let answers = (operation["responses"]?.members ?? []).map { answer in
            let summary = prose(answer.value["description"])
            let formats = (answer.value["content"]?.members ?? []).map { "<code>\(escaped($0.key))</code>" }
            return
                "<tr><td>\(escaped(answer.key))</td><td>\(summary)</td><td>\(formats.joined(separator: " "))</td></tr>"
        }
        return """
            <article id="\(escaped(operation["operationId"]?.text ?? ""))">
            <h3><span class="method \(method)">\(method.uppercased())</span> <code>\(escaped(path))</code></h3>
            <p><strong>\(prose(operation["summary"]))</strong>. \(prose(operation["description"]))</p>
            \(samples.isEmpty ? "" : "<pre>\(escaped(samples.joined(separator: "\n")))</pre>")
            <details><summary>Parameters and headers</summary>
            \(table(["name", "in", "values", "description"], shown.map(parameterRow)))
            \(isFiltered ? "<p>Also <a href=\"#filters\">every field</a>.</p>" : "")
            </details>
            <details><summary>Answers</summary>
            \(table(["status", "description", "format"], answers))
            </details>
            \(examples(operation))
            </article>

            """
    }

    private func examples(_ operation: JSONTree) -> String {
        let media = operation["responses"]?["200"]?["content"]?["application/json"]
        guard let example = media?["example"] else { return "" }
        return "<details><summary>Example</summary><pre>\(escaped(indented(example)))</pre></details>"
    }

    private func isFilterByField(_ parameter: JSONTree) -> Bool {
        components["schemas"]?["ModelDeployment"] != nil && fieldNames.contains(parameter["name"]?.text ?? "")
            && parameter["in"]?.text == "query"
    }

    private var fieldNames: [String] {
        (components["parameters"]?.members ?? []).filter {
            $0.key.hasPrefix("field.") || $0.key.contains(".field.")
        }
        .compactMap { $0.value["name"]?.text }
    }

    private func parameterRow(_ parameter: JSONTree) -> String {
        let schema = parameter["schema"] ?? parameter["content"]?["application/json"]?["schema"] ?? [:]
        let isRequired =
            parameter["required"].map { if case .bool(true) = $0 { true } else { false } } ?? false
        let standard = schema["default"].map { " Default <code>\(escaped(shown($0)))</code>." } ?? ""
        return "<tr><td><code>\(escaped(parameter["name"]?.text ?? ""))</code>\(isRequired ? " *" : "")</td>"
            + "<td>\(escaped(parameter["in"]?.text ?? ""))</td><td>\(values(schema))</td>"
            + "<td>\(prose(parameter["description"]))\(standard)</td></tr>"
    }

    /// The allowed values of a schema, in a short form.
    private func values(_ schema: JSONTree) -> String {
        if let reference = schema["$ref"]?.text {
            return reference.hasSuffix("Condition") ? "JSON object" : "time"
        }
        if let terms = schema["enum"]?.elements {
            return terms.map { "<code>\(escaped(shown($0)))</code>" }.joined(separator: " ")
        }
        if let items = schema["items"] {
            let inner =
                items["enum"] == nil ? (items["anyOf"] == nil ? values(items) : "field names") : values(items)
            return inner + ", separated by commas"
        }
        if schema["anyOf"] != nil { return prose(schema["description"] ?? "") }
        let types = schema["type"].map { $0.text.map { [$0] } ?? $0.elements.compactMap(\.text) } ?? []
        let format = schema["format"]?.text == "date-time" ? "time" : nil
        return types.map { $0 == "string" ? (format ?? "text") : $0 }.joined(separator: " or ")
    }

    private var filters: String {
        let fields = RecordKind.allCases.map { kind in
            let rows = kind.schema.fields.map { field in
                "<tr><td><code>\(field.name)</code></td><td>\(prose(.text(field.summary)))</td>"
                    + "<td>\(prose(.text(field.kind.summary)))</td>"
                    + "<td>\(field.kind.operators.map(\.rawValue).joined(separator: " "))</td></tr>"
            }
            return "<h3>Fields of \(kind.schema.profile.name)</h3>"
                + table(["name", "description", "values", "operators"], rows)
        }
        let operators = FilterOperator.allCases.map { operation in
            "<tr><td><code>\(operation.rawValue)</code></td><td>\(prose(.text(operation.entry.summary)))</td></tr>"
        }
        let junctions = FilterObject.Junction.allCases.map { junction in
            "<tr><td><code>\(junction.rawValue)</code></td><td>\(prose(.text(junction.summary)))</td></tr>"
        }
        let condition = components["schemas"]?["FilterCondition"]
        let example =
            condition?["examples"]?.elements.first.map { "<pre>filter=\(escaped(compact($0)))</pre>" } ?? ""
        return """
            <section id="filters"><h2>Filters</h2>
            <p>All filters must hold. <code>status=READY,STOPPED</code> matches any of the two; with an \
            operator <code>name.like=llama</code>, or in brackets \
            <code>filter[name][$like]=llama</code>. \
            An empty value counts as not given; a null satisfies no operator but \
            <code>exists=false</code>.</p>
            \(table(["operator", "holds where the field"], operators))
            <h3>As a JSON object</h3><p>\(prose(condition?["description"]))</p>\(example)
            \(table(["in a <code>filter</code> object", "takes"], junctions))
            \(fields.joined(separator: "\n"))
            <p>Also <code>labels.KEY</code>, a text, for each label that the operator gave a source.</p>
            </section>

            """
    }

    private var record: String {
        let schema = components["schemas"]?["ModelDeployment"] ?? [:]
        let example = schema["examples"]?.elements.first.map { indented($0) } ?? ""
        let events = components["schemas"]?["DeploymentEvent"]?["properties"]?.members.map(\.key) ?? []
        return """
            <section id="record"><h2>The record</h2>
            <p>\(prose(schema["description"])) An entry of <code>history</code> has \
            \(events.map { "<code>\(escaped($0))</code>" }.joined(separator: ", ")).</p>
            <pre>\(escaped(example))</pre>
            </section>

            """
    }

    private var errors: String {
        let sections = Problem.Kind.allCases.map { kind in
            let examples = Examples.problems.filter { $0.kind == kind }
            let shown = examples.map { "<pre>\(escaped(indented($0.body)))</pre>" }.joined()
            return "<details id=\"\(kind.rawValue)\"><summary><code>\(kind.rawValue)</code> "
                + "\(kind.status.code): \(prose(.text(kind.summary)))</summary>\(shown)</details>"
        }
        return
            "<section id=\"errors\"><h2>Errors</h2><p><code>application/problem+json</code> (RFC 9457); every "
            + "wrong parameter at once, with the nearest valid term if one is similar.</p>"
            + "\(sections.joined(separator: "\n"))</section>"
    }

    /// The target of a reference; the value itself if it is not a reference.
    private func resolved(_ value: JSONTree) -> JSONTree? {
        guard let path = value["$ref"]?.text?.split(separator: "/").dropFirst() else { return value }
        return path.reduce(document as JSONTree?) { $0?[String($1)] }
    }

    private func table(_ headings: [String], _ rows: [String]) -> String {
        "<div class=\"wide\"><table><thead><tr>" + headings.map { "<th>\($0)</th>" }.joined()
            + "</tr></thead><tbody>" + rows.joined(separator: "\n") + "</tbody></table></div>"
    }

    private func shown(_ value: JSONTree) -> String {
        value.elements.isEmpty
            ? value.text ?? compact(value) : value.elements.map(shown).joined(separator: ",")
    }

    private func compact(_ value: JSONTree) -> String { String(decoding: value.bytes, as: UTF8.self) }

    private func indented(_ value: JSONTree, by depth: Int = 0) -> String {
        let (inner, outer) = (
            String(repeating: "  ", count: depth + 1), String(repeating: "  ", count: depth)
        )
        let line = compact(value)
        guard line.count + 2 * depth > 70 else { return line }
        if !value.members.isEmpty {
            let lines = value.members.map { member in
                inner + compact(.text(member.key)) + ": " + indented(member.value, by: depth + 1)
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
        }
        guard !value.elements.isEmpty else { return line }
        return "[\n" + value.elements.map { inner + indented($0, by: depth + 1) }.joined(separator: ",\n")
            + "\n\(outer)]"
    }
}

/// A text as HTML, with the parts between backticks as `<code>`.
private func prose(_ text: JSONTree?) -> String {
    let pieces = escaped(text?.text ?? "").split(separator: "`", omittingEmptySubsequences: false)
    return pieces.enumerated().map { $0.isMultiple(of: 2) ? String($1) : "<code>\($1)</code>" }.joined()
}

private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        .replacing("\"", with: "&quot;")
}
