package import Deployments
package import Wire

/// Turns a request's parameters into a ``Query``, or into everything that is wrong with them.
package struct QueryParser {
    /// The parameters beside the filters.
    package enum Name: String, CaseIterable, Sendable {
        case q, sort, page
        case pageSize = "page_size"
        case fields, include
        case allVersions = "all_versions"
        case format
    }

    /// What a route accepts.
    package struct Grammar: Sendable {
        var names: [Name]
        var allowsFilters: Bool

        /// Of a list: every parameter, and filters.
        package static let list = Grammar(names: Name.allCases, allowsFilters: true)
        /// Of one deployment: only how it is shown.
        package static let one = Grammar(names: [.fields, .include, .format], allowsFilters: false)
        /// Of everything else.
        package static let none = Grammar(names: [.format], allowsFilters: false)
    }

    /// Parameters of DESIGN.md §4 that later versions serve.
    private static let later = ["page_token", "max_age", "strict", "filter"]

    /// The most words that `q` may have.
    package static let wordLimit = 16
    /// The most keys that `sort` may have.
    package static let sortKeyLimit = 8
    /// The most names that `fields` may have.
    package static let fieldLimit = 100

    private let grammar: Grammar
    private var query = Query()
    private var filters: FilterCollector
    private var given: Set<Name> = []
    private var errors: [ParameterError] = []

    /// Reads all parameters; relative times count from `now`.
    ///
    /// - Throws: `invalid-parameter` with every parameter that is wrong, not the first alone.
    package static func parse(
        _ parameters: [Parameter], grammar: Grammar, now: Timestamp
    ) throws(Problem) -> Query {
        var parser = QueryParser(grammar: grammar, filters: FilterCollector(now: now))
        for parameter in parameters { parser.read(parameter) }
        guard parser.errors.isEmpty else { throw .invalid(Array(parser.errors.prefix(100))) }
        parser.query.filters = parser.filters.filters
        return parser.query
    }

    private init(grammar: Grammar, filters: FilterCollector) {
        self.grammar = grammar
        self.filters = filters
    }

    private mutating func read(_ parameter: Parameter) {
        if let name = Name(rawValue: parameter.name), grammar.names.contains(name) {
            read(parameter, as: name)
        } else if Self.later.contains(parameter.name) {
            refuse(parameter, "this version does not serve `\(parameter.name)`")
        } else if !grammar.allowsFilters {
            let names = grammar.names.map(\.rawValue)
            refuse(
                parameter, "no such parameter here; there are \(names.joined(separator: " "))",
                didYouMean: nearest(to: parameter.name, among: names))
        } else if let name = FilterName(parameter.name) {
            errors += filters.add(parameter, as: name)
        } else {
            errors.append(FilterName.error(parameter, others: grammar.names.map(\.rawValue)))
        }
    }

    private mutating func read(_ parameter: Parameter, as name: Name) {
        // An empty value is not given, and so may stand beside a given one.
        guard !parameter.value.isEmpty else { return }
        guard given.insert(name).inserted else { return refuse(parameter, "may be given only once") }
        switch name {
        case .q: readWords(parameter)
        case .sort: readSort(parameter)
        case .page: query.page = readInteger(parameter, in: 1...Int.max, "a whole number from 1") ?? 1
        case .pageSize:
            query.pageSize = readInteger(parameter, in: 1...1000, "a whole number from 1 to 1000") ?? 100
        case .fields: readFields(parameter)
        case .include: readInclude(parameter)
        case .allVersions: readAllVersions(parameter)
        case .format: readFormat(parameter)
        }
    }

    private mutating func readWords(_ parameter: Parameter) {
        query.words = parameter.value.split(whereSeparator: \.isWhitespace).map(String.init)
        if query.words.count > Self.wordLimit {
            refuse(parameter, "may have at most \(Self.wordLimit) words")
        }
    }

    private mutating func readSort(_ parameter: Parameter) {
        let items = Self.items(parameter)
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
                    parameter, item: item, "no such field to sort by",
                    didYouMean: near.map { descending ? "-\($0)" : $0 })
            }
        }
        if !keys.isEmpty { query.sort = keys }
    }

    private mutating func readFields(_ parameter: Parameter) {
        let items = Self.items(parameter)
        guard items.count <= Self.fieldLimit else {
            return refuse(parameter, "may name at most \(Self.fieldLimit) fields")
        }
        for item in items where !DeploymentForm.isPath(item) {
            let detail =
                Include(rawValue: item) == nil ? "no such field" : "no field: it comes with `include=\(item)`"
            refuse(
                parameter, item: item, detail, didYouMean: nearest(to: item, among: DeploymentForm.allPaths))
        }
        query.fields = items.isEmpty ? nil : items
    }

    private mutating func readInclude(_ parameter: Parameter) {
        let words = Include.allCases.map(\.rawValue)
        for item in Self.items(parameter) {
            if let include = Include(rawValue: item) {
                query.include.insert(include)
            } else {
                refuse(
                    parameter, item: item, "must be of \(words.joined(separator: " "))",
                    didYouMean: nearest(to: item, among: words))
            }
        }
    }

    private mutating func readAllVersions(_ parameter: Parameter) {
        do {
            query.allVersions = try readFlag(parameter.value)
        } catch {
            refuse(parameter, error.detail, didYouMean: error.didYouMean)
        }
    }

    private mutating func readFormat(_ parameter: Parameter) {
        guard parameter.value != "json" else { return }
        let isKnown = ["csv", "ndjson"].contains(parameter.value)
        refuse(
            parameter, isKnown ? "this version serves json only" : "no such format; this version serves json",
            didYouMean: "json")
    }

    private mutating func readInteger(
        _ parameter: Parameter, in range: ClosedRange<Int>, _ expected: String
    ) -> Int? {
        if let number = digits(parameter.value[...]), range.contains(number) { return number }
        refuse(parameter, "must be \(expected)")
        return nil
    }

    private mutating func refuse(
        _ parameter: Parameter, item: String? = nil, _ detail: String, didYouMean: String? = nil
    ) {
        errors.append(
            ParameterError(
                parameter: parameter.name, value: item ?? parameter.value, detail, didYouMean: didYouMean))
    }

    private static func items(_ parameter: Parameter) -> [String] {
        parameter.value.utf8.split(separator: UInt8(ascii: ",")).map { String(Substring($0)) }
    }
}
