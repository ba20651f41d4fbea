import Deployments
import Settings

// The requests: the list, its pages, its errors.
extension ManifestReader {
    func readList(_ node: SettingsNode?, inputs: [AdapterManifest.Input]) -> ListPlan? {
        guard let fields = node?.mapping() else { return nil }
        defer { fields.refuseOthers() }
        return readList(fields, inputs: inputs)
    }

    /// Reads the keys of a list in a section that may have others.
    func readList(_ fields: SettingsMapping, inputs: [AdapterManifest.Input]) -> ListPlan? {
        let roots = inputs.filter { $0.kind == .path }.map { "inputs.\($0.name)" }
        let request = readRequest(fields, roots: roots)
        var records = readRecords(fields.required("records"))
        records?.missing = fields.optional("missing").flatMap { readMissing($0) } ?? .error
        records?.keep = fields.optional("keep").flatMap { condition($0) }
        let pages = readPages(fields.required("pages"))
        let ignored = readHeaderMeanings(fields.optional("header_meanings"))
        let emptyListCheck = fields.optional("believe_empty").flatMap { readEmptyListCheck($0, roots: roots) }
        guard let request, let records, let pages else { return nil }
        return ListPlan(
            request: request, records: records, pages: pages, ignoredHeaders: ignored,
            emptyListCheck: emptyListCheck)
    }

    private enum Missing: String, CaseIterable { case error, empty }

    private func readRecords(_ node: SettingsNode?) -> RecordsPlan? {
        guard let path = path(node) else { return nil }
        let plan = RecordsPlan(path)
        if let advice = plan.advice { node?.warning(advice) }
        return plan
    }

    /// Reads `error`, `empty`, or the members that may stand beside an empty list.
    private func readMissing(_ node: SettingsNode) -> RecordsPlan.MissingArray? {
        guard node.isMapping else {
            guard let term = node.term(Missing.self) else { return nil }
            return term == .empty ? .empty(beside: []) : .error
        }
        guard let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        return fields.required("empty_beside")?.strings().map { .empty(beside: Set($0)) }
    }

    /// Reads the headers that mean something else on the platform; each value says what, and where it is
    /// documented.
    private func readHeaderMeanings(_ node: SettingsNode?) -> Set<String> {
        guard let entries = node?.mapping()?.entries else { return [] }
        var names: Set<String> = []
        for entry in entries {
            _ = entry.value.nonEmptyString()
            let name = entry.name.lowercased()
            if ResponseEvidence.headers.contains(name) {
                names.insert(name)
            } else {
                problems.add(
                    entry.location,
                    "is not read as a fact about the list; these headers are: "
                        + ResponseEvidence.headers.sorted().joined(separator: ", "))
            }
        }
        return names
    }

    /// Reads a request; `roots` are the inputs that a path may begin with.
    func readRequest(_ fields: SettingsMapping, roots: [String]) -> RequestPlan? {
        let query = templates(fields.optional("query"))
        let headers = templates(fields.optional("headers"))
        guard let get = fields.required("get") else { return nil }
        let nodes = get.isSequence ? get.sequence() ?? [] : [get]
        let paths = nodes.compactMap { requestPath($0, roots: roots) }
        if nodes.isEmpty { get.problem("must name at least one path") }
        return paths.isEmpty ? nil : RequestPlan(paths: paths, query: query, headers: headers)
    }

    /// Reads a path below the base URL; `roots` are the inputs that it may begin with.
    func requestPath(_ node: SettingsNode, roots: [String]) -> Template? {
        guard let path = template(node) else { return nil }
        if let text = node.text, !text.hasPrefix("/"),
            !(text.hasPrefix("{") && path.variables.first.map(roots.contains) ?? false)
        {
            return node.wrong("a path that begins with / or with an input of type path")
        }
        return path
    }

    private func readEmptyListCheck(_ node: SettingsNode, roots: [String]) -> ListPlan.EmptyListCheck? {
        guard let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let when = fields.optional("when").flatMap { condition($0, reading: .nothing) }
        let request = readRequest(fields, roots: roots)
        let records = readRecords(fields.required("records"))
        let errorClass = fields.required("else").flatMap { readErrorClass($0) }
        let hint = fields.optional("hint").flatMap { template($0) }
        guard let request, let records, let errorClass else { return nil }
        return ListPlan.EmptyListCheck(
            when: when, request: request, records: records, errorClass: errorClass, hint: hint)
    }

    private enum PageStyle: String, CaseIterable { case none, page, offset, token, link }

    private func readPages(_ node: SettingsNode?) -> PageReading? {
        guard let node, let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        guard let style = fields.required("by")?.term(PageStyle.self) else {
            // The other keys depend on the style, so none of them is reported.
            for entry in fields.entries { _ = fields.has(entry.name) }
            return nil
        }
        var reading = PageReading(style: .single, stop: .noNext, parameter: "")
        if style == .none { return reading }
        if style != .link { reading.parameter = fields.required("parameter")?.nonEmptyString() ?? "" }
        readSize(fields.optional("size"), into: &reading)
        reading.total = fields.optional("total").flatMap { fact($0) }
        reading.hasMore = fields.optional("has_more").flatMap { fact($0) }
        switch style {
        case .none: break
        case .page:
            reading.style = .number(first: fields.optional("first")?.int(in: 0...1) ?? 1)
            reading.echoedNumber = fields.optional("number").flatMap { fact($0) }
            reading.totalPages = fields.optional("total_pages").flatMap { fact($0) }
        case .offset: reading.style = .offset
        case .token, .link:
            reading.style = style == .token ? .token : .link
            let next = fields.required("next")
            reading.next = next.flatMap { fact($0) }
            reading.ends = fields.optional("last").flatMap { readEnds($0) }
        }
        reading.stop = readStop(fields, node: node, reading)
        return reading
    }

    /// Reads the forms of `next` on the last page.
    private func readEnds(_ node: SettingsNode) -> Set<PageEnd>? {
        let nodes = node.isSequence ? node.sequence() ?? [] : [node]
        if nodes.isEmpty { node.problem("must name at least one form of `next` on the last page") }
        return Set(nodes.compactMap { $0.term(PageEnd.self) })
    }

    /// A fact that a page states about the list.
    private func fact(_ node: SettingsNode) -> Expression? { expression(node, reading: .answer) }

    private func readSize(_ node: SettingsNode?, into reading: inout PageReading) {
        guard let fields = node?.mapping() else { return }
        defer { fields.refuseOthers() }
        reading.sizeParameter = fields.required("parameter")?.nonEmptyString()
        reading.requestedSize = fields.required("ask")?.int(in: 1...100_000)
        reading.echoedSize = fields.optional("echo").flatMap { fact($0) }
    }

    private enum StopTerm: String, CaseIterable {
        case total
        case totalPages = "total_pages"
        case hasMore = "has_more"
        case empty, short
        case noNext = "no_next"

        var stop: PagePlan.Stop {
            switch self {
            case .total: .total
            case .totalPages: .totalPages
            case .hasMore: .hasMore
            case .empty: .empty
            case .short: .short
            case .noNext: .noNext
            }
        }
    }

    /// The condition that ends the walk: the file's `stop`, else the strongest proof that its facts allow.
    private func readStop(
        _ fields: SettingsMapping, node: SettingsNode, _ reading: PageReading
    ) -> PagePlan.Stop {
        let hasCount = reading.style == .number(first: 0) || reading.style == .number(first: 1)
        if let stop = fields.optional("stop") {
            guard let term = stop.term(StopTerm.self) else { return .empty }
            let isFollowed = reading.style == .token || reading.style == .link
            switch term {
            case .total where !fields.has("total"), .totalPages where hasCount && !fields.has("total_pages"),
                .hasMore where !fields.has("has_more"), .short where !fields.has("size"):
                let key = term == .short ? "size" : term.rawValue
                stop.problem("`\(term.rawValue)` also needs the key `\(key)`")
            case .totalPages where !hasCount:
                stop.problem("`total_pages` ends only a list that is paged by page")
            case .noNext where !isFollowed:
                stop.problem("`no_next` ends only a list that is paged by token or link")
            default: break
            }
            return term.stop
        }
        if reading.style == .token || reading.style == .link { return .noNext }
        if fields.has("total") { return .total }
        if hasCount, fields.has("total_pages") { return .totalPages }
        if fields.has("has_more") { return .hasMore }
        let facts = hasCount ? "`total`, `total_pages` or `has_more`" : "`total` or `has_more`"
        node.problem("has nothing that ends the list: add \(facts), or `stop: empty` or `stop: short`")
        return .empty
    }

    /// Reads the name of an error class that an adapter file may use.
    func readErrorClass(_ node: SettingsNode) -> SourceError.Class? {
        let classes = AdapterManifest.errorClasses
        guard let name = node.text, let named = classes.first(where: { $0.rawValue == name }) else {
            return node.wrong("one of " + classes.map(\.rawValue).joined(separator: ", "))
        }
        return named
    }

    func readErrors(_ node: SettingsNode?) -> ErrorPlan? {
        guard let fields = node?.mapping() else { return ErrorPlan(rules: []) }
        defer { fields.refuseOthers() }
        let code = fields.optional("code").flatMap { expression($0, reading: .answer) }
        let failedWhen = fields.optional("failed_when").flatMap { condition($0, reading: .answer) }
        let rules = fields.optional("rules")?.sequence() ?? []
        return ErrorPlan(code: code, failedWhen: failedWhen, rules: rules.compactMap { readErrorRule($0) })
    }

    private func readErrorRule(_ node: SettingsNode) -> ErrorPlan.Rule? {
        guard let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let http = fields.optional("http")?.sequence()?.compactMap { $0.int(in: 200...599) } ?? []
        let codes = fields.optional("codes")?.strings() ?? []
        let condition = fields.optional("when")
        let when = condition.flatMap { self.condition($0, reading: .answer) }
        let errorClass = fields.required("is").flatMap { readErrorClass($0) }
        let hint = fields.optional("hint").flatMap { template($0) }
        if !fields.has("http"), !fields.has("codes"), condition == nil {
            node.problem("applies to every answer: add `http`, `codes` or `when`")
        }
        return errorClass.map {
            ErrorPlan.Rule(
                http: http, codes: codes.map { $0.lowercased() }, when: when, errorClass: $0, hint: hint)
        }
    }
}
