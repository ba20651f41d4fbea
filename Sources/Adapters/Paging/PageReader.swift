import Deployments
import Wire

/// Reads one answer as a page: its records as rows, and the facts that it states about the list.
struct PageReader<Row: AdaptedRecord>: Sendable {
    let plan: ListPlan
    let mapper: RecordMapper<Row>
    /// The scope that every record is read in; its root is replaced for each.
    let scope: ExpressionScope

    /// Reads the page in an answer.
    ///
    /// `admitting` is told their number before any record is read.
    /// - Throws: ``SourceError`` of class `bad_response` if the answer is no page of the list; the error of
    ///   `admitting`.
    func page(
        _ answer: ListAnswer, drift: inout DriftCounter, admitting: (Int) throws(SourceError) -> Void
    ) throws(SourceError) -> Page<Row> {
        let root = answer.document.root
        var scope = scope
        scope.enter(root)
        scope.headers = answer.headers
        try admitting(plan.records.count(in: root))
        let total = try integer(plan.pages.total, "total", in: scope)
        let found = try plan.records.records(in: root, total: total)
        let records = found.records
        let next = try next(in: scope)
        var page = Page<Row>(
            rows: [], received: records.count, total: total,
            totalPages: try integer(plan.pages.totalPages, "total_pages", in: scope),
            pageSize: try integer(plan.pages.echoedSize, "size.echo", in: scope),
            pageNumber: try integer(plan.pages.echoedNumber, "number", in: scope),
            next: next, hasMore: try bool(plan.pages.hasMore, "has_more", in: scope),
            fingerprint: 0)
        if page.following == nil { page.end = end(in: scope) }
        page.evidence = answer.evidence
        page.doubt = found.doubt
        if let fault = fault(in: scope, records: records) {
            page.unidentified += 1
            drift.count("uid", fault.note())
        }
        page.rows.reserveCapacity(records.count)
        var hasher = Hasher()
        var scratch = RecordMapper<Row>.Scratch()
        for (index, record) in records.enumerated() {
            scope.root = record
            guard !found.filtered.contains(index), isKept(in: scope, &page, &drift) else {
                hasher.combine(bytes(of: record))
                continue
            }
            guard let mapped = mapper.row(from: &scope, drift: &drift, scratch: &scratch) else {
                page.unidentified += 1
                hasher.combine(bytes(of: record))
                continue
            }
            let row = mapped.row
            if !mapped.isIdentified { page.unidentified += 1 }
            let identity = RowIdentity(uid: row.uid, version: row.version)
            page.rows.append(PageRow(identity: identity, row: row))
        }
        // Pages of the same size with the same first, middle and last row count as the same page; the walk
        // notices single repeated rows itself.
        for index in [0, page.rows.count / 2, page.rows.count - 1] where page.rows.indices.contains(index) {
            hasher.combine(page.rows[index].identity)
        }
        hasher.combine(page.rows.count)
        page.fingerprint = hasher.finalize()
        return page
    }

    private func bytes(of record: JSONValue) -> [UInt8] {
        var json = JSONWriter()
        json.value(record)
        return json.bytes
    }

    /// False if the file's `keep` leaves out the record at the root of the scope.
    ///
    /// A record for which the condition cannot be read stays, and the list is not proven complete.
    private func isKept(
        in scope: ExpressionScope, _ page: inout Page<Row>, _ drift: inout DriftCounter
    ) -> Bool {
        guard let keep = plan.records.keep else { return true }
        if let fault = keep.fault(in: scope) {
            drift.count("uid", "keep: \(fault.note())")
            page.unidentified += 1
            return true
        }
        switch keep.evaluate(in: scope) {
        case .bool(let isKept): return isKept
        case .null: return false
        case let value:
            drift.count("uid", "keep: \(value.shortText)")
            page.unidentified += 1
            return true
        }
    }

    /// The form in which the answer states that no page follows; nil if the style has no next page.
    private func end(in scope: ExpressionScope) -> PageEnd? {
        guard let expression = plan.pages.next else { return nil }
        switch expression.evaluate(in: scope) {
        case .text: return .empty
        case .bool: return .null
        default:
            let isThere = expression.paths.contains { $0.value(in: scope.root) != nil }
            return isThere ? .null : .absent
        }
    }

    /// The first fault of what the page states about the list: with it, the list is not proven.
    private func fault(in scope: ExpressionScope, records: [JSONValue]) -> JSONFault? {
        guard scope.hasFaults else { return nil }
        // The faults in records are their own.
        if records.isEmpty, let fault = plan.records.path.fault(in: scope.root) { return fault }
        let pages = plan.pages
        let facts = [
            pages.total, pages.totalPages, pages.echoedSize, pages.echoedNumber, pages.next, pages.hasMore,
        ]
        for case let fact? in facts {
            if let fault = fact.fault(in: scope) { return fault }
        }
        return nil
    }

    private func integer(
        _ expression: Expression?, _ name: String, in scope: ExpressionScope
    ) throws(SourceError) -> Int? {
        guard let expression, !isRepaired(expression, in: scope) else { return nil }
        let reading = FieldReading(expression.evaluate(in: scope), as: .number(integer: true), zone: nil)
        if reading.doesNotFit { throw unusable(expression, name, "not an integer") }
        return reading.value.integer
    }

    /// The value of a yes-or-no fact; nil, which is not the same as false, if the answer does not state it.
    private func bool(
        _ expression: Expression?, _ name: String, in scope: ExpressionScope
    ) throws(SourceError) -> Bool? {
        guard let expression, !isRepaired(expression, in: scope) else { return nil }
        switch expression.evaluate(in: scope) {
        case .bool(let bool): return bool
        case .null: return nil
        default: throw unusable(expression, name, "neither true nor false")
        }
    }

    /// The next page; nil on the last.
    private func next(in scope: ExpressionScope) throws(SourceError) -> PagePosition? {
        guard let expression = plan.pages.next, !isRepaired(expression, in: scope) else { return nil }
        let value = expression.evaluate(in: scope)
        switch value {
        case .null, .bool(false), .text(""): return nil
        case .text, .number:
            let text = value.scalarText ?? ""
            return plan.pages.style == .link ? .link(text) : .token(text)
        default: throw unusable(expression, "next", plan.pages.style == .link ? "not a link" : "not a token")
        }
    }

    /// True for a fact that is not the platform's own; of one that is there twice, the last counts.
    private func isRepaired(_ expression: Expression, in scope: ExpressionScope) -> Bool {
        expression.fault(in: scope).map { $0 != .repeated } ?? false
    }

    private func unusable(_ expression: Expression, _ name: String, _ what: String) -> SourceError {
        SourceError(.badResponse, "the page's `\(name)` (`\(expression.text)`) is \(what)")
    }
}
