import Deployments
import Snapshots
package import Wire

/// Turns a request's parameters into a ``ReadRequest``, or into everything that is wrong with them.
package struct QueryParser {
    /// The parameters beside the filters by field; see ``Name/entry`` for what each is.
    package enum Name: String, CaseIterable, Sendable {
        case filter, q, sort, page
        case pageSize = "page_size"
        case pageToken = "page_token"
        case fields, include
        case allVersions = "all_versions"
        case format
        case maxAge = "max_age"
        case strict
        case groupBy = "group_by"
        case sum, zeros
    }

    /// What a route accepts.
    package struct Grammar: Sendable {
        let names: [Name]

        /// Of a list: every parameter but a summary's, and filters.
        package static let list = Grammar(.list)
        /// Of a summary: a list's filters, and nothing that orders or shows rows.
        package static let summary = Grammar(.summary)
        /// Of a list's further pages: what else was asked for is settled by the first.
        static let cursor = Grammar(.cursor)
        /// Of one deployment: only how it is shown, and how old it may be.
        package static let one = Grammar(.one)
        /// Of everything else that is about sources.
        package static let none = Grammar(.none)
        /// Of what is the same for everyone: no parameter at all.
        static let bare = Grammar(names: [])

        private init(_ use: Name.Use) {
            self.init(names: Name.allCases.filter { $0.entry.uses.contains(use) })
        }

        private init(names: [Name]) { self.names = names }

        /// Whether fields are parameters too.
        var allowsFilters: Bool { names.contains(.filter) }
    }

    /// The most words that `q` may have.
    package static let wordLimit = 16
    /// The most keys that `sort` may have.
    package static let sortKeyLimit = 8
    /// The most names that `fields` may have.
    package static let fieldLimit = 100

    private let grammar: Grammar
    private var moment: RequestTime
    private var request = ReadRequest(query: Query(), maxAge: nil, isStrict: false)
    private var filters = FilterSet()
    private var summary = SummaryParameters()
    private var given: Set<Name> = []
    private var errors: [ParameterError] = []
    private var isWalk = false

    /// Reads all parameters; relative times count from `now`.
    ///
    /// - Throws: `invalid-parameter` with every parameter that is wrong, not the first alone.
    package static func parse(
        _ parameters: [Parameter], grammar: Grammar, now: Timestamp
    ) throws(Problem) -> ReadRequest {
        let isWalk =
            grammar.names.contains(.pageToken)
            && parameters.contains { $0.name == Name.pageToken.rawValue && !$0.value.isEmpty }
        var parser = QueryParser(grammar: isWalk ? .cursor : grammar, moment: RequestTime(now))
        parser.isWalk = isWalk
        var wrong = 0
        func noting(_ read: (inout QueryParser) -> Void) {
            let before = parser.errors.count
            read(&parser)
            if parser.errors.count > before { wrong += 1 }
        }
        for parameter in parameters { noting { $0.read(parameter) } }
        if grammar.names.contains(.groupBy) {
            noting { $0.errors += $0.summary.conflicts(isFaultless: $0.errors.isEmpty) }
        }
        guard parser.errors.isEmpty else { throw .invalid(parser.errors, parameters: wrong) }
        parser.request.grouping = parser.summary.grouping
        parser.request.query.filters = parser.filters.filters
        parser.request.isRelative = parser.moment.isUsed
        parser.request.isPage = !parser.given.isDisjoint(with: [.page, .pageSize, .pageToken])
        return parser.request
    }

    private init(grammar: Grammar, moment: RequestTime) {
        self.grammar = grammar
        self.moment = moment
    }

    private mutating func read(_ parameter: Parameter) {
        if let name = Name(rawValue: parameter.name), grammar.names.contains(name) {
            read(parameter, as: name)
        } else if isWalk {
            readBesideToken(parameter)
        } else if grammar.allowsFilters, Name(rawValue: parameter.name) != nil {
            let names = grammar.names.map(\.rawValue).joined(separator: " ")
            refuse(parameter, "no parameter of this route; beside filters there are \(names)")
        } else if !grammar.allowsFilters {
            let names = grammar.names.map(\.rawValue)
            refuse(
                parameter,
                names.isEmpty
                    ? "this route takes no parameters"
                    : "no such parameter here; there are \(names.joined(separator: " "))",
                didYouMean: nearest(to: parameter.name, among: names))
        } else if let name = FilterName(parameter.name) {
            errors += filters.add(parameter, as: name, at: &moment)
        } else {
            errors.append(FilterName.error(parameter, others: grammar.names.map(\.rawValue)))
        }
    }

    private mutating func read(_ parameter: Parameter, as name: Name) {
        // An empty value is not given, and so may stand beside a given one.
        guard !parameter.value.isEmpty else { return }
        guard given.insert(name).inserted else { return refuse(parameter, "may be given only once") }
        switch name {
        case .filter:
            let (condition, wrong) = FilterObject.read(parameter, at: &moment)
            request.query.condition = condition
            errors += wrong
        case .q: readWords(parameter)
        case .sort: readSort(parameter)
        case .page: request.query.page = readInteger(parameter, as: name) ?? 1
        case .pageSize:
            request.pageSize = readInteger(parameter, as: name)
            request.query.pageSize = request.pageSize ?? request.query.pageSize
        case .pageToken: request.pageToken = parameter.value
        case .fields: readFields(parameter)
        case .include: readInclude(parameter)
        case .allVersions: request.query.allVersions = read(parameter, readFlag) ?? false
        case .format: readFormat(parameter)
        case .maxAge: request.maxAge = read(parameter, readSeconds)
        case .strict: request.isStrict = read(parameter, readFlag) ?? false
        case .groupBy, .sum, .zeros: errors += summary.read(parameter, as: name)
        }
    }

    private mutating func readBesideToken(_ parameter: Parameter) {
        let isKnown = Name(rawValue: parameter.name) != nil || FilterName(parameter.name) != nil
        guard !isKnown || !parameter.value.isEmpty else { return }
        refuse(
            parameter,
            "does not stand beside `page_token`, which carries what its first page was asked for; "
                + "only page_size, fields and format do",
            didYouMean: isKnown ? nil : nearest(to: parameter.name, among: grammar.names.map(\.rawValue)))
    }

    private mutating func readWords(_ parameter: Parameter) {
        request.query.words = parameter.value.split(whereSeparator: \.isWhitespace).map(String.init)
        if request.query.words.count > Self.wordLimit {
            refuse(parameter, "may have at most \(Self.wordLimit) words")
        }
    }

    private mutating func readSort(_ parameter: Parameter) {
        let items = parameter.items
        guard items.count <= Self.sortKeyLimit else {
            return refuse(parameter, "may have at most \(Self.sortKeyLimit) keys")
        }
        var keys: [Query.SortKey] = []
        for item in items {
            let descending = item.hasPrefix("-")
            let name = descending ? String(item.dropFirst()) : item
            if let field = DeploymentField.named(name) {
                keys.append(Query.SortKey(field: field, descending: descending))
            } else {
                let near = nearest(to: name, among: DeploymentField.all.map(\.name))
                refuse(
                    parameter, item: item, noField(named: name, "field to sort by"),
                    didYouMean: near.map { descending ? "-\($0)" : $0 })
            }
        }
        if !keys.isEmpty { request.query.sort = keys }
    }

    private mutating func readFields(_ parameter: Parameter) {
        let items = parameter.items
        guard items.count <= Self.fieldLimit else {
            return refuse(parameter, "may name at most \(Self.fieldLimit) fields")
        }
        for item in items where !DeploymentForm.isPath(item) {
            let detail =
                Include(rawValue: item) == nil
                ? noField(named: item) : "no field: it comes with `include=\(item)`"
            refuse(
                parameter, item: item, detail, didYouMean: nearest(to: item, among: DeploymentForm.allPaths))
        }
        request.query.fields = items.isEmpty ? nil : items
    }

    private mutating func readInclude(_ parameter: Parameter) {
        let words = Include.allCases.map(\.rawValue)
        for item in parameter.items {
            if let include = Include(rawValue: item) {
                request.query.include.insert(include)
            } else {
                refuse(
                    parameter, item: item, "must be of \(words.joined(separator: " "))",
                    didYouMean: nearest(to: item, among: words))
            }
        }
    }

    /// The value as a reader takes it; nil, with an error noted, where it does not.
    private mutating func read<Value>(
        _ parameter: Parameter, _ reader: (String) throws(ValueError) -> Value
    ) -> Value? {
        do throws(ValueError) {
            return try reader(parameter.value)
        } catch {
            errors.append(parameter.wrong(error))
            return nil
        }
    }

    private mutating func readFormat(_ parameter: Parameter) {
        let form = ResponseFormat(rawValue: parameter.value)
        request.format = form
        guard form.map(grammar.formats.contains) != true else { return }
        let words = grammar.formats.map(\.rawValue)
        refuse(
            parameter,
            (form == nil ? "no such format" : "no format of this route")
                + "; it serves \(words.joined(separator: " "))",
            didYouMean: nearest(to: parameter.value, among: words) ?? ResponseFormat.json.rawValue)
    }

    private mutating func readInteger(_ parameter: Parameter, as name: Name) -> Int? {
        guard case .integer(let range) = name.entry.shape else { return nil }
        if let number = digits(parameter.value[...]), range.contains(number) { return number }
        let end = range.upperBound == .max ? "" : " to \(range.upperBound)"
        refuse(parameter, "must be a whole number from \(range.lowerBound)\(end)")
        return nil
    }

    private mutating func refuse(
        _ parameter: Parameter, item: String? = nil, _ detail: String, didYouMean: String? = nil
    ) {
        errors.append(parameter.wrong(detail, item: item, didYouMean: didYouMean))
    }
}
