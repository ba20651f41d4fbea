package import Deployments
import Snapshots
package import Wire

/// Turns a request's parameters into a ``ReadRequest``, or into a list of all their errors.
package struct QueryParser {
    /// The parameters that are not filters by field, described in ``Name/entry(of:)``.
    package enum Name: String, CaseIterable, Sendable {
        case filter, q, sort, page
        case pageSize = "page_size"
        case pageToken = "page_token"
        case fields, include
        case allVersions = "all_versions"
        case version
        case format, sources
        case maxAge = "max_age"
        case strict
        case groupBy = "group_by"
        case sum, min, max, zeros, limit, bom
        case dryRun = "dry_run"
    }

    /// The parameters that a route accepts.
    package struct Grammar: Sendable {
        /// The parameters accepted, without the filters by field.
        let names: [Name]
        /// The kind of record whose fields the parameters name.
        let schema: RecordSchema

        /// The grammar of a list of deployments.
        package static let list = Grammar.list(of: .deployments)
        /// The grammar of a summary of deployments.
        package static let summary = Grammar.summary(of: .deployments)
        /// The grammar of one deployment.
        package static let one = Grammar.one(of: .deployments)
        /// The grammar of models: filters of deployments, and the quality of the lists behind the answer.
        static let models = Grammar(.models, of: .deployments)
        /// The grammar of all other routes about sources: `format` alone.
        package static let formatOnly = Grammar(.none, of: .deployments)
        /// The grammar of an update: `dry_run` alone.
        static let update = Grammar(.update, of: .deployments)
        /// The grammar of documents that are the same for everyone: no parameters.
        static let noParameters = Grammar(names: [], schema: .deployments)

        /// Filters, and every parameter except those of summaries only.
        package static func list(of schema: RecordSchema) -> Grammar { Grammar(.list, of: schema) }

        /// Filters and the parameters of a summary; none that sorts, selects or pages rows.
        package static func summary(of schema: RecordSchema) -> Grammar { Grammar(.summary, of: schema) }

        /// The parameters for the display of one record, and for its age.
        package static func one(of schema: RecordSchema) -> Grammar { Grammar(.one, of: schema) }

        /// The parameters of a list's further pages; the token implies all other parameters of the first page.
        static func cursor(of schema: RecordSchema) -> Grammar { Grammar(.cursor, of: schema) }

        private init(_ use: Name.Use, of schema: RecordSchema) {
            self.init(
                names: Name.allCases.filter { $0.entry(of: schema).uses.contains(use) }, schema: schema)
        }

        private init(names: [Name], schema: RecordSchema) {
            self.names = names
            self.schema = schema
        }

        /// True if fields are parameters too.
        var allowsFilters: Bool { names.contains(.filter) }
    }

    /// The item of `include` that adds the state of each row's source.
    static let sourceState = "source_state"
    /// The maximum number of words in `q`.
    package static let wordLimit = 16
    /// The maximum number of keys in `sort`.
    package static let sortKeyLimit = 8
    /// The maximum number of names in `fields`.
    package static let fieldLimit = 100

    private let grammar: Grammar
    private var time: RequestTime
    private var request: ReadRequest
    private var filters = FilterSet()
    /// The condition of the parameter `filter`.
    private var condition: Condition?
    private var summary: SummaryParameters
    /// The parameters that have been read with a value.
    private var given: Set<Name> = []
    private var errors: [ParameterError] = []
    /// True if `page_token` is given.
    private var isFurtherPage = false

    /// Reads all parameters; relative times count from `now`.
    ///
    /// Errors about a platform's word say what it means by these `words`, which are made for an error only.
    /// - Throws: `invalid-parameter` with every wrong parameter, not only the first.
    package static func parse(
        _ parameters: [Parameter], grammar: Grammar, now: Timestamp,
        words: @autoclosure () -> [PlatformWords] = []
    ) throws(Problem) -> ReadRequest {
        let isFurtherPage =
            grammar.names.contains(.pageToken)
            && parameters.contains { $0.name == Name.pageToken.rawValue && !$0.value.isEmpty }
        var parser = QueryParser(
            grammar: isFurtherPage ? .cursor(of: grammar.schema) : grammar, time: RequestTime(now))
        parser.isFurtherPage = isFurtherPage
        var wrong = 0
        func noting(_ read: (inout QueryParser) -> Void) {
            let before = parser.errors.count
            read(&parser)
            if parser.errors.count > before { wrong += 1 }
        }
        for parameter in parameters { noting { $0.read(parameter) } }
        if grammar.names.contains(.groupBy) {
            noting { $0.errors += $0.summary.finish(isFaultless: $0.errors.isEmpty) }
        }
        guard parser.errors.isEmpty else {
            let hints = OperandHints(words: words())
            throw .invalid(parser.errors.map(hints.explaining), parameters: wrong)
        }
        if grammar.names.contains(.groupBy) { parser.request.grouping = parser.summary.grouping }
        for condition in parser.filters.conditions + [parser.condition].compactMap({ $0 }) {
            parser.request.query.condition = parser.request.query.condition.and(condition)
        }
        parser.request.isRelative = parser.time.isUsed
        parser.request.isPage = !parser.given.isDisjoint(with: [.page, .pageSize, .pageToken])
        return parser.request
    }

    private init(grammar: Grammar, time: RequestTime) {
        self.grammar = grammar
        summary = SummaryParameters(of: grammar.schema)
        request = ReadRequest(query: Query())
        self.time = time
    }

    private mutating func read(_ parameter: Parameter) {
        if let name = Name(rawValue: parameter.name), grammar.names.contains(name) {
            read(parameter, as: name)
        } else if isFurtherPage {
            readBesideToken(parameter)
        } else if FilterName(parameter.name, in: grammar.schema) == nil || !grammar.allowsFilters,
            let own = ForeignName.counterpart(of: parameter.name, among: grammar.names)
        {
            refuse(parameter, own.replacing(parameter.name), didYouMean: own.rawValue)
        } else if grammar.allowsFilters, Name(rawValue: parameter.name) != nil,
            FilterName(parameter.name, in: grammar.schema) == nil
        {
            let names = grammar.names.map(\.rawValue).joined(separator: ", ")
            refuse(
                parameter,
                "`\(parameter.name)` does not apply to this route; it accepts filters on fields, and \(names)"
            )
        } else if !grammar.allowsFilters {
            let names = grammar.names.map(\.rawValue)
            refuse(
                parameter,
                names.isEmpty
                    ? "this route accepts no parameters"
                    : "unknown parameter `\(parameter.name)`; this route accepts "
                        + names.joined(separator: ", "),
                didYouMean: nearest(to: parameter.name, among: names))
        } else if let name = FilterName(parameter.name, in: grammar.schema) {
            errors += filters.add(parameter, as: name, at: &time)
        } else {
            errors.append(
                FilterName.error(parameter, in: grammar.schema, others: grammar.names.map(\.rawValue)))
        }
    }

    private mutating func read(_ parameter: Parameter, as name: Name) {
        // An empty value counts as not given, so the same parameter may also be given with a value.
        guard !parameter.value.isEmpty else { return }
        guard given.insert(name).inserted else {
            return refuse(parameter, "is given more than once; give it once")
        }
        switch name {
        case .filter:
            let (condition, wrong) = FilterObject.read(parameter, of: grammar.schema, at: &time)
            self.condition = condition
            errors += wrong
        case .q: readWords(parameter)
        case .sort where grammar.names.contains(.groupBy): errors += summary.read(parameter, as: name)
        case .sort: readSort(parameter)
        case .page:
            request.page = readInteger(parameter, as: name)
            request.query.page = request.page ?? 1
        case .pageSize:
            request.pageSize = readInteger(parameter, as: name)
            request.query.pageSize = request.pageSize ?? request.query.pageSize
        case .pageToken: request.pageToken = parameter.value
        case .fields: readFields(parameter)
        case .include: readInclude(parameter)
        case .allVersions: request.query.allVersions = read(parameter, readBool) ?? false
        case .version: request.version = readInteger(parameter, as: name)
        case .format: readFormat(parameter)
        case .sources: readListedSources(parameter)
        case .maxAge: request.maxAge = read(parameter, readSeconds)
        case .strict: request.isStrict = read(parameter, readBool) ?? false
        case .bom: request.withByteOrderMark = read(parameter, readBool) ?? false
        case .dryRun: request.isDryRun = read(parameter, readBool) ?? false
        case .limit: summary.grouping.limit = readInteger(parameter, as: name)
        case .groupBy, .sum, .min, .max, .zeros: errors += summary.read(parameter, as: name)
        }
    }

    private mutating func readBesideToken(_ parameter: Parameter) {
        let isKnown =
            Name(rawValue: parameter.name) != nil || FilterName(parameter.name, in: grammar.schema) != nil
        guard !isKnown || !parameter.value.isEmpty else { return }
        refuse(
            parameter,
            "cannot be combined with `page_token` unless it is equal to the first page's; use only page, page_size, "
                + "fields, format and bom",
            didYouMean: isKnown ? nil : nearestName(to: parameter.name))
    }

    private func nearestName(to name: String) -> String? {
        ForeignName.counterpart(of: name, among: grammar.names)?.rawValue
            ?? nearest(to: name, among: grammar.names.map(\.rawValue))
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
            if let field = grammar.schema.named(name) {
                keys.append(Query.SortKey(field: field, descending: descending))
            } else {
                let near = nearest(to: name, among: grammar.schema.fields.map(\.name))
                refuse(
                    parameter, item: item, sortError(name),
                    didYouMean: near.map { descending ? "-\($0)" : $0 })
            }
        }
        if !keys.isEmpty { request.query.sort = keys }
    }

    private func sortError(_ name: String) -> String {
        grammar.schema.isPath(name)
            ? grammar.schema.notScalar(name, use: "sort by") : unknownField(name)
    }

    private mutating func readFields(_ parameter: Parameter) {
        let items = parameter.items
        guard items.count <= Self.fieldLimit else {
            return refuse(parameter, "may name at most \(Self.fieldLimit) fields")
        }
        for item in items where !grammar.schema.isPath(item) {
            let included = grammar.schema.profile.included.map(\.rawValue)
            let near = nearest(to: item, among: grammar.schema.paths + included)
            if let near, included.contains(near) {
                let start = item == near ? "" : "unknown field `\(item)`; "
                refuse(
                    parameter, item: item, start + "`\(near)` is not a field; add it with `include=\(near)`")
            } else {
                refuse(parameter, item: item, unknownField(item), didYouMean: near)
            }
        }
        request.query.fields = items.isEmpty ? nil : items
    }

    private mutating func readInclude(_ parameter: Parameter) {
        let members = grammar.schema.includable
        for item in parameter.items {
            if item == Self.sourceState {
                request.query.withSourceState = true
            } else if let include = Include(rawValue: item), members.contains(item) {
                request.query.include.insert(include)
            } else {
                refuse(
                    parameter, item: item, "must be any of \(members.joined(separator: ", "))",
                    didYouMean: nearest(to: item, among: members))
            }
        }
    }

    /// The parameter's value, read by `reader`; nil, with an error noted, if `reader` throws.
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
        let format = ResponseFormat(rawValue: parameter.value)
        request.format = format
        guard format.map(grammar.formats.contains) != true else { return }
        let names = grammar.formats.map(\.rawValue)
        refuse(
            parameter,
            "this route has no format `\(parameter.value)`; it serves "
                + names.joined(separator: ", "),
            didYouMean: nearest(to: parameter.value, among: names) ?? ResponseFormat.json.rawValue)
    }

    private mutating func readListedSources(_ parameter: Parameter) {
        if let listed = ListedSources(rawValue: parameter.value) { return request.listedSources = listed }
        let terms = ListedSources.allCases.map(\.rawValue)
        refuse(
            parameter, "must be one of \(terms.joined(separator: ", "))",
            didYouMean: nearest(to: parameter.value, among: terms))
    }

    private mutating func readInteger(_ parameter: Parameter, as name: Name) -> Int? {
        guard case .integer(let range) = name.entry(of: grammar.schema).shape else { return nil }
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
