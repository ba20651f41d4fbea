import Deployments
import Settings
import Wire

// A manifest's own tests.
extension ManifestReader {
    /// Reads the tests; only a file that lists providers may expect some, and only one with updates may test them.
    func readTests(_ node: SettingsNode?, hasProviders: Bool, hasUpdate: Bool) -> [ManifestTest] {
        guard let elements = node?.sequence() else { return [] }
        return elements.compactMap { readTest($0, hasProviders: hasProviders, hasUpdate: hasUpdate) }
    }

    private func readTest(_ node: SettingsNode, hasProviders: Bool, hasUpdate: Bool) -> ManifestTest? {
        guard let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let name = fields.required("name")?.nonEmptyString()
        var inputs: [String: InputValue] = [:]
        for entry in fields.optional("inputs")?.mapping()?.entries ?? [] {
            inputs[entry.name] = testInput(entry.value)
        }
        let exposeNode = fields.optional("expose")
        let exposes = exposeNode?.strings() ?? []
        if exposes.contains(where: { $0 != "owner" }) { exposeNode?.problem("only `owner` can be exposed") }
        let platform = fields.optional("platform")?.nonEmptyString()
        let isUpdate = fields.has("update")
        let answersNode = isUpdate ? fields.optional("answers") : fields.required("answers")
        let answers = (answersNode?.sequence() ?? []).compactMap { readAnswer($0) }
        var expectation: ManifestTest.Expectation?
        var update: ManifestTest.UpdateCase?
        if let updateNode = fields.optional("update") {
            if !hasUpdate { updateNode.problem("needs the section `update`, which describes it") }
            update = readUpdateCase(updateNode, expect: fields.required("expect"))
            expectation = ManifestTest.Expectation(drift: [:], unidentified: 0)
        } else {
            expectation = readExpectation(fields.required("expect"), hasProviders: hasProviders)
        }
        let never = fields.optional("never")?.strings() ?? []
        guard let name, let expectation, isUpdate == (update != nil) else { return nil }
        return ManifestTest(
            name: name, line: node.location.line, inputs: inputs, exposesOwner: exposes.contains("owner"),
            platform: platform, answers: answers, expectation: expectation, update: update, never: never)
    }

    private func testInput(_ node: SettingsNode) -> InputValue? {
        if node.isSequence { return node.strings().map { .list($0) } }
        guard let text = node.string() else { return nil }
        if !node.isQuoted {
            if let number = Double(text) { return .number(number) }
            if text == "true" || text == "false" { return .bool(text == "true") }
        }
        return .text(text)
    }

    private func readAnswer(_ node: SettingsNode) -> ManifestTest.CannedAnswer? {
        guard let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let path = fields.optional("path")?.nonEmptyString()
        let status = fields.optional("status")?.int(in: 100...599) ?? 200
        let times = fields.optional("times")?.int(in: 1...1000) ?? 1000
        let query = strings(fields.optional("query"))
        let headers = strings(fields.optional("request_headers"))
        let answerHeaders = strings(fields.optional("headers")).map {
            (name: $0.key.lowercased(), value: $0.value)
        }
        guard let body = fields.required("body") else { return nil }
        return ManifestTest.CannedAnswer(
            path: path, query: query,
            headers: Dictionary(headers.map { ($0.key.lowercased(), $0.value) }) { $1 },
            status: status, answerHeaders: answerHeaders,
            body: body.isScalar && body.isQuoted ? Array((body.text ?? "").utf8) : body.jsonBytes(),
            times: times)
    }

    func strings(_ node: SettingsNode?) -> [String: String] {
        var strings: [String: String] = [:]
        for entry in node?.mapping()?.entries ?? [] { strings[entry.name] = entry.value.string() }
        return strings
    }

    private func readExpectation(
        _ node: SettingsNode?, hasProviders: Bool
    ) -> ManifestTest.Expectation? {
        guard let fields = node?.mapping() else { return nil }
        defer { fields.refuseOthers() }
        var deployments = ManifestTest.ExpectedList()
        let hasRows = fields.has("rows")
        deployments.rows = fields.optional("rows").flatMap { readRows($0, of: ModelDeployment.self) }
        deployments.error = fields.optional("error").flatMap { readErrorClass($0) }
        let providers = fields.optional("providers").flatMap { node -> ManifestTest.ExpectedList? in
            guard hasProviders else {
                node.problem("needs the section `providers`, which lists them")
                return nil
            }
            var list = ManifestTest.ExpectedList()
            if node.isSequence {
                list.rows = readRows(node, of: ModelProvider.self)
            } else {
                list.error = readErrorClass(node)
            }
            return list
        }
        let drift = strings(fields.optional("drift"))
        let unidentified = fields.optional("unidentified")?.int(in: 0...1_000_000) ?? 0
        let looksUp = fields.optional("lookups")?.bool() ?? false
        let requests = fields.optional("requests")?.int(in: 0...1_000_000)
        let asksForDeployments = hasRows || fields.has("error")
        if !asksForDeployments, !fields.has("providers") { node?.problem("needs `rows` or `error`") }
        return ManifestTest.Expectation(
            deployments: asksForDeployments ? deployments : nil, providers: providers, drift: drift,
            unidentified: unidentified, requests: requests, looksUp: looksUp)
    }

    private func readRows(_ node: SettingsNode, of kind: (some AdaptedRecord).Type) -> [JSONDocument]? {
        node.sequence()?.compactMap { row -> JSONDocument? in
            checkMembers(of: row, kind)
            return try? JSONDocument(parsing: row.jsonBytes())
        }
    }

    /// Checks that an expected row names members of a row: its fields, dotted, `labels`, `inferred`,
    /// `history`, `native`.
    func checkMembers<Row: AdaptedRecord>(of row: SettingsNode, _ kind: Row.Type) {
        let schema = Row.table.schema
        let known = schema.paths + schema.profile.included.map(\.rawValue)
        for entry in row.mapping()?.entries ?? [] where !known.contains(entry.name) {
            let hint = nearest(to: entry.name, among: known).map { "; did you mean `\($0)`?" } ?? ""
            problems.add(entry.location, "is not a field of \(Row.noun)\(hint)")
        }
    }
}
