import Deployments
import Wire

/// Reads one answer as a page: its records as rows, and what it says of the list.
struct PageReader: Sendable {
    let plan: ListPlan
    let mapper: RecordMapper
    /// What every record is read with; its root is none of theirs.
    let scope: ExpressionScope

    /// - Throws: ``SourceError`` of class `bad_response` where the answer is no page of the list.
    func page(
        _ root: JSONValue, drift: inout DriftCounter
    ) throws(SourceError) -> Page<ModelDeployment> {
        let records = try Self.records(in: root, at: plan.records, missingMeansEmpty: plan.missingMeansEmpty)
        var scope = scope
        scope.root = root
        var page = Page<ModelDeployment>(
            rows: [], received: records.count, total: try whole(plan.pages.total, "total", in: scope),
            totalPages: try whole(plan.pages.totalPages, "total_pages", in: scope),
            pageSize: try whole(plan.pages.echoedSize, "size.echo", in: scope),
            pageNumber: try whole(plan.pages.echoedNumber, "number", in: scope),
            next: try next(in: scope), hasMore: try flag(plan.pages.hasMore, "has_more", in: scope),
            fingerprint: 0)
        page.rows.reserveCapacity(records.count)
        var hasher = Hasher()
        var scratch = RecordMapper.Scratch()
        for record in records {
            scope.root = record
            guard let mapped = mapper.row(from: &scope, drift: &drift, scratch: &scratch) else {
                page.unidentified += 1
                var json = JSONWriter()
                json.value(record)
                hasher.combine(json.bytes)
                continue
            }
            let row = mapped.row
            if !mapped.isIdentified { page.unidentified += 1 }
            let identity = RowIdentity(uid: row.uid, version: row.version)
            page.rows.append(PageRow(identity: identity, row: row))
        }
        // Pages that share these share rows, which the walk notices for itself.
        for index in [0, page.rows.count / 2, page.rows.count - 1] where page.rows.indices.contains(index) {
            hasher.combine(page.rows[index].identity)
        }
        hasher.combine(page.rows.count)
        page.fingerprint = hasher.finalize()
        return page
    }

    /// The records of an answer; `missingMeansEmpty` where the path leads nowhere.
    static func records(
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

    private func whole(
        _ expression: Expression?, _ name: String, in scope: ExpressionScope
    ) throws(SourceError) -> Int? {
        guard let expression else { return nil }
        let reading = FieldReading(expression.evaluate(in: scope), as: .number(integer: true), zone: nil)
        if reading.isMisfit { throw odd(expression, name, "no whole number") }
        return reading.value.integer
    }

    /// Nil where the answer does not say: that is no "no".
    private func flag(
        _ expression: Expression?, _ name: String, in scope: ExpressionScope
    ) throws(SourceError) -> Bool? {
        guard let expression else { return nil }
        switch expression.evaluate(in: scope) {
        case .bool(let flag): return flag
        case .null: return nil
        default: throw odd(expression, name, "neither true nor false")
        }
    }

    /// Nil on the last page.
    private func next(in scope: ExpressionScope) throws(SourceError) -> PagePosition? {
        guard let expression = plan.pages.next else { return nil }
        let value = expression.evaluate(in: scope)
        switch value {
        case .null, .bool(false), .text(""): return nil
        case .text, .number:
            let text = value.scalarText ?? ""
            return plan.pages.style == .link ? .link(text) : .token(text)
        default: throw odd(expression, "next", plan.pages.style == .link ? "no link" : "no token")
        }
    }

    private func odd(_ expression: Expression, _ name: String, _ what: String) -> SourceError {
        SourceError(.badResponse, "the page's `\(name)` (`\(expression.text)`) is \(what)")
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
