import Deployments
import Synchronization
import Upstream
import Wire

/// One walk over the pages of one partition: requests, answers, rows.
final class PartitionWalk: Sendable {
    private let source: AdapterSource
    private let partition: AdapterSource.Partition
    private let secrets: [String: Secret]
    private let calls: CallCounter
    private let variables: [String: ExpressionValue]
    /// By page, so that a page fetched again counts once.
    private let drifts = Mutex<[PagePosition: DriftCounter]>([:])
    /// Records whose identity stood already on the same page.
    private let repeated = Mutex(0)

    init(
        source: AdapterSource, partition: AdapterSource.Partition, secrets: [String: Secret],
        calls: CallCounter
    ) {
        self.source = source
        self.partition = partition
        self.secrets = secrets
        self.calls = calls
        var variables: [String: ExpressionValue] = [:]
        for (name, value) in source.requests.inputs {
            switch value {
            case .text(let text): variables["inputs.\(name)"] = .text(text)
            case .number(let number): variables["inputs.\(name)"] = .number(number)
            case .flag(let flag): variables["inputs.\(name)"] = .flag(flag)
            case .list: break
            }
        }
        for (name, value) in partition.values { variables["partition.\(name)"] = .text(value) }
        self.variables = variables
    }

    /// What did not fit, over all pages.
    var drift: DriftCounter {
        let counted = drifts.withLock { $0 }
        var sum = DriftCounter()
        for (_, drift) in counted.sorted(by: { $0.key.rank < $1.key.rank }) { sum.add(drift) }
        let repeated = repeated.withLock { $0 }
        if repeated > 0 { sum.count("uid", "an identity that stands twice on a page", rows: repeated) }
        return sum
    }

    func listing() async throws -> PartitionListing {
        let plan = source.manifest.list
        let result = try await walkPages(pagePlan) { position, size in
            try await self.page(at: position, size: size)
        }
        if result.rows.isEmpty, result.unidentified == 0, let witness = plan.believeEmpty,
            witness.when?.holds(in: try ExpressionScope(variables: variables)) ?? true
        {
            try await believeEmpty(witness)
        }
        repeated.withLock { $0 = result.repeated }
        return PartitionListing(
            rows: result.rows, pages: result.pages, unidentified: result.unidentified,
            repeated: result.repeated)
    }

    private var pagePlan: PagePlan {
        let pages = source.manifest.list.pages
        return PagePlan(
            style: pages.style, stop: pages.stop, askedSize: pages.askedSize,
            maximumPages: source.binding.maximumPages, concurrency: source.binding.concurrency)
    }

    @concurrent
    private func page(at position: PagePosition, size: Int?) async throws -> Page<ListedDeployment> {
        let document = try await document(at: position, size: size)
        var drift = DriftCounter()
        let page = try read(document.root, drift: &drift)
        let counted = drift
        drifts.withLock { $0[position] = counted }
        return page
    }

    /// Asks for one page, by the path that answered before; where that is not found, by the alternatives.
    private func document(at position: PagePosition, size: Int?) async throws -> JSONDocument {
        if case .link(let link) = position {
            return try await send(source.requests.request(link: link, secrets: secrets))
        }
        let request = source.manifest.list.request
        var path = source.path
        for attempt in request.paths.indices {
            do {
                let document = try await send(
                    source.requests.request(
                        request, path: path, partition: partition.values,
                        page: parameters(of: position, size: size), secrets: secrets))
                source.remember(path: path)
                return document
            } catch let error as SourceError where error.errorClass == .notFound {
                guard attempt + 1 < request.paths.count else { throw error }
                path = (path + 1) % request.paths.count
            }
        }
        throw SourceError(.config, "the adapter names no path")
    }

    private func parameters(of position: PagePosition, size: Int?) -> [(String, String)] {
        let pages = source.manifest.list.pages
        var parameters: [(String, String)] = []
        switch position {
        case .only, .link: break
        case .number(let number): parameters.append((pages.parameter, "\(number)"))
        case .offset(let offset): parameters.append((pages.parameter, "\(offset)"))
        case .token(let token): parameters.append((pages.parameter, token))
        }
        if let name = pages.sizeParameter, let size { parameters.append((name, "\(size)")) }
        return parameters
    }

    private func send(_ request: UpstreamRequest) async throws -> JSONDocument {
        let response = try await source.send(request, calls: calls)
        return try source.answers.document(of: response, scope: variables) { fill($0) }
    }

    private func fill(_ template: Template) -> String? {
        template.filled { source.requests.text($0, partition: partition.values) }
    }

    /// Reads one page: its records as rows, and what it tells of the list.
    private func read(_ root: JSONValue, drift: inout DriftCounter) throws -> Page<ListedDeployment> {
        let plan = source.manifest.list
        let records = try records(in: root, at: plan.records, missingMeansEmpty: plan.missingMeansEmpty)
        var scope = ExpressionScope(
            root: root, variables: variables, maps: source.manifest.record.maps, zone: source.zone)
        var page = Page<ListedDeployment>(
            rows: [], received: records.count, total: try fact(plan.pages.total, "total", in: scope),
            totalPages: try fact(plan.pages.totalPages, "total_pages", in: scope),
            pageSize: try fact(plan.pages.echoedSize, "size.echo", in: scope),
            pageNumber: try fact(plan.pages.echoedNumber, "number", in: scope),
            next: next(in: scope), hasMore: plan.pages.hasMore.map { $0.holds(in: scope) }, fingerprint: 0)
        page.rows.reserveCapacity(records.count)
        var hasher = Hasher()
        for record in records {
            scope.root = record
            guard let row = source.mapper.row(from: scope, drift: &drift) else {
                page.unidentified += 1
                continue
            }
            let identity = RowIdentity(uid: row.deployment.uid, version: row.deployment.version)
            hasher.combine(identity)
            page.rows.append(PageRow(identity: identity, row: row))
        }
        page.fingerprint = hasher.finalize()
        return page
    }

    private func records(
        in root: JSONValue, at path: JSONPath, missingMeansEmpty: Bool
    ) throws(SourceError) -> [JSONValue] {
        guard path.isSingular else { return path.values(in: root) }
        guard let found = path.value(in: root), !found.isNull else {
            if missingMeansEmpty { return [] }
            throw SourceError(.badResponse, "the answer has no `\(path)`")
        }
        guard found.kind == .array else {
            throw SourceError(.badResponse, "`\(path)` is no list, but \(found.kind.inWords)")
        }
        return found.elements
    }

    /// A number that a page tells of the list.
    private func fact(
        _ expression: Expression?, _ name: String, in scope: ExpressionScope
    ) throws(SourceError) -> Int? {
        guard let expression else { return nil }
        let reading = FieldReading(expression.evaluate(in: scope), as: .number(whole: true), zone: nil)
        guard !reading.isMisfit else {
            throw SourceError(.badResponse, "the page's `\(name)` (`\(expression.text)`) is no whole number")
        }
        return reading.value.whole
    }

    private func next(in scope: ExpressionScope) -> PagePosition? {
        let pages = source.manifest.list.pages
        guard let next = pages.next else { return nil }
        let text: String? =
            switch next.evaluate(in: scope) {
            case .text(let text): text
            case .number(let number): Int64(exactly: number).map { "\($0)" }
            default: nil
            }
        return text.map { pages.style == .link ? .link($0) : .token($0) }
    }

    /// Asks the witness whether an empty list is one.
    private func believeEmpty(_ witness: ListPlan.Witness) async throws {
        let document = try await send(
            source.requests.request(
                witness.request, path: 0, partition: partition.values, page: [], secrets: secrets))
        guard try records(in: document.root, at: witness.records, missingMeansEmpty: false).isEmpty else {
            return
        }
        let hint = witness.hint.flatMap { fill($0) } ?? "nothing may be read"
        throw SourceError(witness.errorClass, "the list is empty, and that is not believed: \(hint)")
    }
}

extension ExpressionScope {
    /// A scope without a record.
    fileprivate init(variables: [String: ExpressionValue]) throws(JSONError) {
        self.init(root: try JSONDocument(parsing: Array("null".utf8)).root, variables: variables)
    }
}

extension PagePosition {
    /// Numbered pages by number, the others in no particular order.
    fileprivate var rank: Int {
        switch self {
        case .only: 0
        case .number(let number), .offset(let number): number
        case .token, .link: .max
        }
    }
}

extension JSONValue.Kind {
    fileprivate var inWords: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .int, .double: "a number"
        case .string: "a text"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
