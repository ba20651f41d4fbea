import Deployments
import Synchronization
import Upstream
import Wire

/// One page walk over one partition: requests, answers, rows.
final class PartitionWalk<Row: AdaptedRecord>: Sendable {
    private let source: AdapterSource
    private let list: BoundList<Row>
    private let partition: AdapterSource.Partition
    private let secrets: [String: Secret]
    private let run: FetchRun
    private let scope: ExpressionScope
    private let pages: PageReader<Row>
    private let drifts = Mutex(PageDrifts())
    /// The records of the walk so far, those that are being mapped included.
    private let admitted = Mutex(0)
    /// Records that repeat an identity of the same page.
    private let repeated = Mutex(0)
    /// The greatest age of an answer, in seconds; see ``ResponseEvidence/ageSeconds``.
    private let age = Mutex(0)
    private let firstSent = Mutex<Timestamp?>(nil)

    init(
        of list: BoundList<Row>, source: AdapterSource, partition: AdapterSource.Partition,
        secrets: [String: Secret], run: FetchRun
    ) {
        self.source = source
        self.list = list
        self.partition = partition
        self.secrets = secrets
        self.run = run
        var variables = source.variableValues
        for (name, value) in partition.values { variables["partition.\(name)"] = .text(value) }
        scope = ExpressionScope(
            root: source.nullDocument.root, variables: variables, maps: list.record.maps,
            zone: source.zone)
        pages = PageReader(plan: list.plan, mapper: list.mapper, scope: scope)
    }

    /// The values that did not fit their fields, over all pages.
    var drift: DriftCounter {
        var sum = drifts.withLock { $0.sum }
        let repeated = repeated.withLock { $0 }
        if repeated > 0 { sum.count("uid", "the same identity twice on one page", rows: repeated) }
        return sum
    }

    /// The time since the platform made the oldest of the answers; zero without a cache on the way.
    var upstreamAge: Duration { .seconds(age.withLock { $0 }) }

    /// The time at which the first of the requests that were answered was sent; nil before there is one.
    var firstSentAt: Timestamp? { firstSent.withLock { $0 } }

    func listing() async throws -> PartitionListing<Row> {
        let plan = list.plan
        let result = try await walkPages(pagePlan) { position, size in
            try await self.page(at: position, size: size)
        }
        if result.rows.isEmpty, result.unidentified == 0, let check = plan.emptyListCheck,
            check.when?.holds(in: scope) ?? true
        {
            try await confirmEmpty(by: check)
        }
        repeated.withLock { $0 = result.repeated }
        return PartitionListing(
            distinctRows: result.rows, pages: result.pages, unidentified: result.unidentified,
            repeated: result.repeated, doubt: result.doubt?.description)
    }

    /// The first page.
    func firstPage() async throws -> Page<Row> {
        try await page(at: pagePlan.firstPosition, size: pagePlan.requestedSize)
    }

    private var pagePlan: PagePlan {
        let pages = list.plan.pages
        var plan = PagePlan(
            style: pages.style, stop: pages.stop, requestedSize: pages.requestedSize,
            maximumPages: source.binding.maximumPages, maximumRows: source.binding.maximumRows,
            concurrency: source.binding.concurrency)
        plan.ends = pages.ends
        plan.hasSeenNext = list.hasSeenNext.withLock { $0 }
        return plan
    }

    @concurrent
    private func page(at position: PagePosition, size: Int?) async throws -> Page<Row> {
        let answer = try await answer(at: position, size: size)
        var drift = DriftCounter()
        // The first page of a repeated walk begins a new count.
        if position == pagePlan.firstPosition { admitted.withLock { $0 = 0 } }
        // The answer's memory is free again once nothing reads it.
        let page = try withExtendedLifetime(answer) {
            try pages.page(answer, drift: &drift, admitting: admit)
        }
        if page.following != nil { list.hasSeenNext.withLock { $0 = true } }
        let counted = drift
        drifts.withLock { $0.set(counted, at: position) }
        return page
    }

    /// Counts records before they are mapped.
    ///
    /// - Throws: ``SourceError`` of class `too_large` if the list has more than it may have.
    private func admit(_ records: Int) throws(SourceError) {
        let limit = source.binding.maximumRows
        let count = admitted.withLock { admitted in
            admitted += records
            return admitted
        }
        guard count > limit else { return }
        throw SourceError(.tooLarge, "the list has more records than `upstream.limits.rows` allows: \(limit)")
    }

    /// Requests one page by the path that was last found; if that is not found now, by the alternatives.
    ///
    /// A redirect that is refused because it leads elsewhere, such as to plain http, may lead to the path of an
    /// alternative: that one is then requested here.
    private func answer(at position: PagePosition, size: Int?) async throws -> ListAnswer {
        let request = list.plan.request
        if case .link(let link) = position {
            return try await send(
                source.requests.request(
                    request, link: link, partition: partition.values, secrets: secrets))
        }
        var search = PathSearch(startingAt: list.path, of: request.paths.count)
        while true {
            do {
                let answer = try await send(
                    source.requests.request(
                        request, path: search.path, partition: partition.values,
                        page: parameters(of: position, size: size), secrets: secrets))
                list.remember(path: search.path)
                return answer
            } catch let error as SourceError {
                if error.errorClass == .notFound {
                    if search.advance() { continue }
                    list.remember(path: 0)
                }
                throw search.explaining(error)
            } catch let error as UpstreamError where error.refusedPath != nil {
                let index = source.requests.index(
                    ofPath: error.refusedPath, in: request, partition: partition.values)
                guard search.advance(to: index, refusing: error) else { throw error }
            }
        }
    }

    private func parameters(of position: PagePosition, size: Int?) -> [(String, String)] {
        let pages = list.plan.pages
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

    private func send(_ request: UpstreamRequest) async throws -> ListAnswer {
        let ignored = list.plan.ignoredHeaders
        let answer = try await source.response(to: request, in: run, retries: list.retries) {
            received throws(SourceError) in
            let response = received.response
            let document = try source.classifier.document(
                of: response, scope: scope, guarding: secrets.values.map { $0.revealed() }, fill: fill)
            firstSent.withLock { $0 = min($0 ?? received.sentAt, received.sentAt) }
            return ListAnswer(
                document: document, headers: response.headers,
                evidence: ResponseEvidence(of: response, ignoring: ignored), share: received.share)
        }
        age.withLock { $0 = max($0, answer.evidence.ageSeconds) }
        return answer
    }

    private func fill(_ template: Template) -> String? {
        template.filled { source.requests.text($0, partition: partition.values) }
    }

    /// Sends the second request that decides if an empty list is believed.
    private func confirmEmpty(by check: ListPlan.EmptyListCheck) async throws {
        let answer = try await send(
            source.requests.request(
                check.request, path: 0, partition: partition.values, page: [], secrets: secrets))
        guard try check.records.records(in: answer.document.root).records.isEmpty else { return }
        let hint = check.hint.flatMap { fill($0) } ?? "the account may not be allowed to read it"
        throw SourceError(check.errorClass, "the list is empty, which another request contradicts: \(hint)")
    }
}

/// The values that did not fit their fields, page by page.
private struct PageDrifts {
    private var pages: [(position: PagePosition, drift: DriftCounter)] = []

    /// Notes a page's drift; the first page of a repeated walk discards what was counted before.
    mutating func set(_ drift: DriftCounter, at position: PagePosition) {
        if pages.first?.position == position { pages = [] }
        pages.append((position, drift))
    }

    /// The sum in page order: pages that are fetched concurrently arrive in any order.
    var sum: DriftCounter {
        let order = pages.enumerated().sorted { left, right in
            (left.element.position.rank, left.offset) < (right.element.position.rank, right.offset)
        }
        var sum = DriftCounter()
        for (_, page) in order { sum.add(page.drift) }
        return sum
    }
}

extension PagePosition {
    fileprivate var rank: Int {
        switch self {
        case .number(let number), .offset(let number): number
        case .only, .token, .link: 0
        }
    }
}
