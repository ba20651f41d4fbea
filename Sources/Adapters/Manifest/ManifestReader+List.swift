import Deployments
import Settings

// The calls: what is asked, how pages follow one another, what an error looks like.
extension ManifestReader {
    func readList(_ node: SettingsNode?) -> ListPlan? {
        guard let fields = node?.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let request = readRequest(fields)
        let records = path(fields.required("records"))
        let missing = fields.optional("missing")
        let pages = readPages(fields.required("pages"))
        let witness = fields.optional("believe_empty").flatMap { readWitness($0) }
        guard let request, let records, let pages else { return nil }
        return ListPlan(
            request: request, records: records,
            missingMeansEmpty: missing?.word(Missing.self) == .empty, pages: pages, believeEmpty: witness)
    }

    private enum Missing: String, CaseIterable { case error, empty }

    private func readRequest(_ fields: SettingsMapping) -> RequestPlan? {
        guard let get = fields.required("get") else { return nil }
        let nodes = get.isSequence ? get.sequence() ?? [] : [get]
        let paths = nodes.compactMap { node -> Template? in
            if let text = node.text, !text.hasPrefix("/"), !text.hasPrefix("{") {
                return node.wrong("a path that begins with /")
            }
            return template(node)
        }
        if nodes.isEmpty { get.problem("must name at least one path") }
        let query = templates(fields.optional("query"))
        let headers = templates(fields.optional("headers"))
        return paths.isEmpty ? nil : RequestPlan(paths: paths, query: query, headers: headers)
    }

    private func readWitness(_ node: SettingsNode) -> ListPlan.Witness? {
        guard let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let when = fields.optional("when").flatMap { expression($0) }
        let request = readRequest(fields)
        let records = path(fields.required("records"))
        let errorClass = fields.required("else")?.word(SourceError.Class.self)
        let hint = fields.optional("hint").flatMap { template($0) }
        guard let request, let records, let errorClass else { return nil }
        return ListPlan.Witness(
            when: when, request: request, records: records, errorClass: errorClass, hint: hint)
    }

    private enum PageStyle: String, CaseIterable { case none, page, offset, token, link }

    private func readPages(_ node: SettingsNode?) -> PageReading? {
        guard let node, let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        guard let style = fields.required("by")?.word(PageStyle.self) else { return nil }
        var reading = PageReading(style: .single, stop: .noNext, parameter: "")
        if style == .none { return reading }
        if style != .link { reading.parameter = fields.required("parameter")?.nonEmptyString() ?? "" }
        readSize(fields.optional("size"), into: &reading)
        reading.total = fields.optional("total").flatMap { expression($0) }
        reading.hasMore = fields.optional("has_more").flatMap { expression($0) }
        switch style {
        case .none: break
        case .page:
            reading.style = .number(first: fields.optional("first")?.int(in: 0...1) ?? 1)
            reading.echoedNumber = fields.optional("number").flatMap { expression($0) }
            reading.totalPages = fields.optional("total_pages").flatMap { expression($0) }
        case .offset: reading.style = .offset
        case .token, .link:
            reading.style = style == .token ? .token : .link
            reading.next = fields.required("next").flatMap { expression($0) }
        }
        reading.stop = readStop(fields, node: node, reading)
        return reading
    }

    private func readSize(_ node: SettingsNode?, into reading: inout PageReading) {
        guard let fields = node?.mapping() else { return }
        defer { fields.refuseOthers() }
        reading.sizeParameter = fields.required("parameter")?.nonEmptyString()
        reading.askedSize = fields.required("ask")?.int(in: 1...100_000)
        reading.echoedSize = fields.optional("echo").flatMap { expression($0) }
    }

    private enum StopWord: String, CaseIterable {
        case total
        case totalPages = "total_pages"
        case hasMore = "has_more"
        case empty, short
        case noNext = "no_next"
    }

    /// What ends the walk: as the file says, else the strongest proof that it has the facts for.
    private func readStop(
        _ fields: SettingsMapping, node: SettingsNode, _ reading: PageReading
    ) -> PagePlan.Stop {
        switch fields.optional("stop")?.word(StopWord.self) {
        case .total: return .total
        case .totalPages: return .totalPages
        case .hasMore: return .hasMore
        case .empty: return .empty
        case .short: return .short
        case .noNext: return .noNext
        case nil: break
        }
        if reading.next != nil { return .noNext }
        if reading.total != nil { return .total }
        if reading.totalPages != nil { return .totalPages }
        if reading.hasMore != nil { return .hasMore }
        node.problem("name `total`, `total_pages` or `has_more`, or say `stop: empty` or `stop: short`")
        return .empty
    }

    func readErrors(_ node: SettingsNode?) -> ErrorPlan? {
        guard let fields = node?.mapping() else { return ErrorPlan(rules: []) }
        defer { fields.refuseOthers() }
        let code = fields.optional("code").flatMap { expression($0) }
        let failedWhen = fields.optional("failed_when").flatMap { expression($0) }
        let rules = fields.optional("rules")?.sequence() ?? []
        return ErrorPlan(code: code, failedWhen: failedWhen, rules: rules.compactMap { readErrorRule($0) })
    }

    private func readErrorRule(_ node: SettingsNode) -> ErrorPlan.Rule? {
        guard let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let http = fields.optional("http")?.sequence()?.compactMap { $0.int(in: 200...599) } ?? []
        let codes = fields.optional("codes")?.strings() ?? []
        let when = fields.optional("when").flatMap { expression($0) }
        let errorClass = fields.required("is")?.word(SourceError.Class.self)
        let hint = fields.optional("hint").flatMap { template($0) }
        if http.isEmpty, codes.isEmpty, when == nil {
            node.problem("says of nothing what it is: add `http`, `codes` or `when`")
        }
        return errorClass.map {
            ErrorPlan.Rule(
                http: http, codes: codes.map { $0.lowercased() }, when: when, errorClass: $0, hint: hint)
        }
    }
}
