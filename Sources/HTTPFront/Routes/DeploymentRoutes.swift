import Deployments
import Snapshots
import Wire

extension ReadContext {
    /// `GET /v1/deployments`: a page of the list, or all of it as CSV or NDJSON.
    func deployments() async throws(Problem) -> RouteResponse {
        let request = try parsed(.list)
        if let token = request.pageToken { return try furtherPage(request, token) }
        let (context, scope) = await read(request) { request.query.reaches($0) }
        return try context.deployments(request, scope)
    }

    private func deployments(_ request: ReadRequest, _ scope: SourceScope) throws(Problem) -> RouteResponse {
        try scope.admit(request)
        guard request.responseFormat == .json || request.isPage else { return lines(request, scope) }
        let page = page(request.query, scope, isRelative: request.isRelative)
        return answer(page, scope, in: request.responseFormat)
    }

    /// The page with the query's number; if rows follow it, it begins a cursor.
    private func page(_ query: Query, _ scope: SourceScope, isRelative: Bool) -> ListPage {
        let matches = published.snapshot.matches(of: query)
        var page = ListPage(query, matches, from: min(query.offset, matches.total))
        page.number = query.page
        guard page.end < matches.total else { return page }
        let cursor = Cursor(
            of: published.snapshot, firstPage: firstPage, startedAt: receivedAt, scope)
        // With relative times the same query finds other rows at another time.
        let id = state.cursors.id(of: cursor, isRelative ? matches : nil)
        state.cursors.store(cursor, as: id, published: state.published().snapshot)
        page.next = PageToken(cursor: id, offset: page.end)
        return page
    }

    /// A further page of a cursor: it fetches nothing, waits for nothing, and ignores demands.
    private func furtherPage(_ request: ReadRequest, _ text: String) throws(Problem) -> RouteResponse {
        func refusal() -> Problem {
            .invalid([
                ParameterError(
                    parameter: "page_token", value: text,
                    "not a page token; send `next_page_token` unchanged")
            ])
        }
        guard let token = PageToken(text) else { throw refusal() }
        switch state.cursors.find(token.cursor) {
        case .ended(let firstPage): throw .snapshotGone(firstPage: firstPage ?? "/v1/deployments")
        case .found(let cursor):
            var query = try cursor.query()
            query.pageSize = request.pageSize ?? query.pageSize
            query.fields = request.query.fields ?? query.fields
            try request.refuseIncludesInCSV(query.include, requestedBy: .format)
            let matches = cursor.snapshot.matches(of: query)
            guard token.offset < matches.total else { throw refusal() }
            var page = ListPage(query, matches, from: token.offset)
            if page.end < matches.total { page.next = PageToken(cursor: token.cursor, offset: page.end) }
            var scope = SourceScope(cursor.sources, now: now)
            scope.notices =
                cursor.mistakes + Notice.all(on: query, of: cursor.sources, in: cursor.snapshot)
            var context = self
            context.validity = Validity(of: scope, from: published)
            context.published.snapshot = cursor.snapshot
            return context.answer(page, scope, in: request.responseFormat)
        }
    }

    private func answer(_ page: ListPage, _ scope: SourceScope, in format: ResponseFormat) -> RouteResponse {
        let tag = entityTag(scope, in: format) { fingerprint in
            fingerprint.add(page.total)
            for id in page.rows {
                fingerprint.add(id, of: published.snapshot, including: page.query.include)
            }
            // A client that gets "not modified" continues with the token it has.
            if let next = page.next { fingerprint.add(next.text) }
        }
        let link = page.next.map(link)
        guard format == .json else {
            return answer(scope, tag: tag, next: link, page.rows, of: page.query, in: format)
        }
        return answer(scope, tag: tag, next: link) { body in
            let rows = RowWriter(page.query, of: published.snapshot)
            body.text.key("data")
            body.text.open("[")
            for id in page.rows {
                rows.write(id, to: &body.text)
                body.flushIfFull()
            }
            body.text.close("]")
            body.text.key("pagination")
            page.write(totalIs: scope.totalIs, to: &body.text)
            writeSnapshot(to: &body.text)
            scope.writeMembers(withOldest: true, to: &body.text)
        }
    }

    /// `GET /v1/deployments/{uid}`: the latest version, with its history unless `fields` leaves it out.
    func deployment(uid: String) async throws(Problem) -> RouteResponse {
        var request = try parsed(.one)
        if request.query.fields == nil, request.responseFormat != .csv {
            request.query.include.insert(.history)
        }
        let name = uid.prefix { $0 != "/" }
        let (context, scope) = await read(request) { $0.name == name }
        return try context.deployment(uid: uid, request, scope)
    }

    private func deployment(
        uid: String, _ request: ReadRequest, _ scope: SourceScope
    ) throws(Problem) -> RouteResponse {
        let found = published.snapshot.row(ofUID: uid)
        // Absence needs proof: only a complete list without the deployment shows that it does not exist.
        guard found != nil || scope.sources.isEmpty || scope.isComplete else {
            throw .noData(
                scope, "its source has no complete list yet, so this deployment may or may not exist")
        }
        try scope.enforceStrict(request)
        guard let id = found else { throw Problem(.notFound, "no deployment has this uid") }
        let tag = entityTag(scope, in: request.responseFormat) { fingerprint in
            fingerprint.add(id, of: published.snapshot, including: request.query.include)
        }
        guard request.responseFormat == .json else {
            return answer(scope, tag: tag, [id], of: request.query, in: request.responseFormat)
        }
        return answer(scope, tag: tag) { body in
            body.text.key("data")
            RowWriter(request.query, of: published.snapshot).write(id, to: &body.text)
            writeSnapshot(to: &body.text)
            scope.writeMembers(withOldest: false, to: &body.text)
        }
    }

    /// All rows of a query, without a cursor, since no page follows.
    private func lines(_ request: ReadRequest, _ scope: SourceScope) -> RouteResponse {
        let rows = published.snapshot.allRows(matching: request.query)
        let tag = entityTag(scope, in: request.responseFormat) { fingerprint in
            fingerprint.add(rows, of: published.snapshot, including: request.query.include)
        }
        return answer(scope, tag: tag, rows, of: request.query, in: request.responseFormat)
    }

    /// Records as lines; lines that are sent later come from this snapshot too.
    private func answer(
        _ scope: SourceScope, tag: String, next link: String? = nil, _ rows: [RowID], of query: Query,
        in format: ResponseFormat
    ) -> RouteResponse {
        let lines = LineBody(rows, of: published.snapshot, query, in: format, labels: scope.labelKeys)
        return answer(scope, tag: tag, next: link, lines: lines, fileName: "rollcall-deployments")
    }

    /// The first page of the same query, as a relative reference.
    private var firstPage: String {
        let repeated = parameters.filter { $0.name != "page" && !$0.value.isEmpty }.map(\.encoded)
        return "/v1/deployments" + (repeated.isEmpty ? "" : "?" + repeated.joined(separator: "&"))
    }

    /// The next page of a cursor, as a relative reference.
    ///
    /// A further page repeats the parameters that it had beside its token; a first page repeats `format`.
    private func link(to token: PageToken) -> String {
        let isFurtherPage = parameters.contains { $0.name == "page_token" && !$0.value.isEmpty }
        let names = isFurtherPage ? ["page_size", "fields", "format"] : ["format"]
        let repeated = parameters.filter { names.contains($0.name) && !$0.value.isEmpty }.map(\.encoded)
        return "/v1/deployments?" + (["page_token=\(token.text)"] + repeated).joined(separator: "&")
    }
}

extension Fingerprint {
    /// Adds everything that a response shows of a row.
    fileprivate mutating func add(_ id: RowID, of snapshot: Snapshot, including: Set<Include>) {
        snapshot.lists[Int(id.list)].withBytes(ofRow: Int(id.row), including: including) { add($0) }
    }
}
