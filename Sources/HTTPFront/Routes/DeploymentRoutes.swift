import Deployments
import Snapshots
import Wire

extension ReadContext {
    /// `GET /v1/deployments`.
    func deployments() async throws(Problem) -> RouteResponse {
        let request = try parsed(.list)
        if let token = request.pageToken { return try furtherPage(request, token) }
        let (context, scope) = await read(request) { request.query.reaches($0) }
        return try context.deployments(request, scope)
    }

    private func deployments(_ request: ReadRequest, _ scope: SourceScope) throws(Problem) -> RouteResponse {
        try needsList(scope, for: request.query)
        try scope.hold(request)
        guard request.form == .json || request.isPage else { return lines(request, scope) }
        return answer(page(request.query, scope, isRelative: request.isRelative), scope, in: request.form)
    }

    /// The page of that number, which begins a cursor where it is not the last.
    private func page(_ query: Query, _ scope: SourceScope, isRelative: Bool) -> ListPage {
        let matches = published.snapshot.matches(of: query)
        var page = ListPage(query, matches, from: min(query.offset, matches.total))
        page.number = query.page
        guard page.end < matches.total else { return page }
        let cursor = Cursor(of: published.snapshot, firstPage: firstPage, scope)
        // Relative times give other rows at another moment; else the question alone tells which they are.
        let id = state.cursors.id(of: cursor, isRelative ? matches : nil)
        state.cursors.keep(cursor, as: id, published: state.published().snapshot)
        page.next = PageToken(cursor: id, offset: page.end)
        return page
    }

    /// A page after the first of a cursor: nothing is asked or waited for, and no demand is heard.
    private func furtherPage(_ request: ReadRequest, _ text: String) throws(Problem) -> RouteResponse {
        func refusal() -> Problem {
            .invalid([
                ParameterError(
                    parameter: "page_token", value: text,
                    "is no token: take the last page's `next_page_token` as it stands")
            ])
        }
        guard let token = PageToken(text) else { throw refusal() }
        switch state.cursors.find(token.cursor) {
        case .gone(let firstPage): throw .snapshotGone(firstPage: firstPage ?? "/v1/deployments")
        case .kept(let cursor):
            var query = try cursor.query()
            query.pageSize = request.pageSize ?? query.pageSize
            query.fields = request.query.fields ?? query.fields
            try request.refusingIncludes(query.include, askedBy: .format)
            let matches = cursor.snapshot.matches(of: query)
            guard token.offset < matches.total else { throw refusal() }
            var page = ListPage(query, matches, from: token.offset)
            if page.end < matches.total { page.next = PageToken(cursor: token.cursor, offset: page.end) }
            let scope = SourceScope(cursor.sources, now: now)
            var context = self
            context.validity = Validity(of: scope, from: published)
            context.published.snapshot = cursor.snapshot
            return context.answer(page, scope, in: request.form)
        }
    }

    private func answer(_ page: ListPage, _ scope: SourceScope, in form: ResponseFormat) -> RouteResponse {
        let tag = entityTag(scope, in: form) { fingerprint in
            fingerprint.add(page.total)
            for id in page.rows {
                fingerprint.add(id, of: published.snapshot, including: page.query.include)
            }
            // Whoever is told "not modified" goes on with the token it has.
            if let next = page.next { fingerprint.add(next.text) }
        }
        let link = page.next.map(link)
        guard form == .json else {
            return answer(scope, tag: tag, next: link, page.rows, of: page.query, in: form)
        }
        return answer(scope, tag: tag, next: link) { json in
            json.key("data")
            let rows = RowWriter(page.query, of: published.snapshot)
            json.array { json in for id in page.rows { rows.write(id, to: &json) } }
            json.key("pagination")
            page.write(totalIs: scope.totalIs, to: &json)
            writeSnapshot(to: &json)
            scope.writeMembers(withOldest: true, to: &json)
        }
    }

    /// `GET /v1/deployments/{uid}`: the latest version, with its history unless `fields` leaves it out.
    func deployment(uid: String) async throws(Problem) -> RouteResponse {
        var request = try parsed(.one)
        if request.query.fields == nil, request.form != .csv { request.query.include.insert(.history) }
        let name = uid.prefix { $0 != "/" }
        let (context, scope) = await read(request) { $0.name == name }
        return try context.deployment(uid: uid, request, scope)
    }

    private func deployment(
        uid: String, _ request: ReadRequest, _ scope: SourceScope
    ) throws(Problem) -> RouteResponse {
        let found = published.snapshot.row(ofUID: uid)
        // Absence needs proof: only a whole list without it says that it is not there.
        guard found != nil || scope.sources.isEmpty || scope.isComplete else {
            throw .noData(
                scope, "its source has no complete list, so whether this deployment exists is unknown")
        }
        try scope.hold(request)
        guard let id = found else { throw Problem(.notFound, "no deployment has this uid") }
        let tag = entityTag(scope, in: request.form) { fingerprint in
            fingerprint.add(id, of: published.snapshot, including: request.query.include)
        }
        guard request.form == .json else {
            return answer(scope, tag: tag, [id], of: request.query, in: request.form)
        }
        return answer(scope, tag: tag) { json in
            json.key("data")
            RowWriter(request.query, of: published.snapshot).write(id, to: &json)
            writeSnapshot(to: &json)
            scope.writeMembers(withOldest: false, to: &json)
        }
    }

    /// All rows of a query: no cursor is begun, as none is needed.
    private func lines(_ request: ReadRequest, _ scope: SourceScope) -> RouteResponse {
        let rows = published.snapshot.allRows(matching: request.query)
        let tag = entityTag(scope, in: request.form) { fingerprint in
            fingerprint.add(rows, of: published.snapshot, including: request.query.include)
        }
        return answer(scope, tag: tag, rows, of: request.query, in: request.form)
    }

    /// Records as lines: what is sent later comes from this snapshot too.
    private func answer(
        _ scope: SourceScope, tag: String, next link: String? = nil, _ rows: [RowID], of query: Query,
        in form: ResponseFormat
    ) -> RouteResponse {
        let lines = LineBody(rows, of: published.snapshot, query, in: form, labels: scope.labelKeys)
        return answer(scope, tag: tag, next: link, lines: lines, fileName: "rollcall-deployments")
    }

    /// The first page of the same query, as a relative reference.
    private var firstPage: String {
        let kept = parameters.filter { $0.name != "page" && !$0.value.isEmpty }.map(\.encoded)
        return "/v1/deployments" + (kept.isEmpty ? "" : "?" + kept.joined(separator: "&"))
    }

    /// A cursor's next page, as a relative reference: what this page was asked for beside its token is asked again.
    private func link(to token: PageToken) -> String {
        let isWalk = parameters.contains { $0.name == "page_token" && !$0.value.isEmpty }
        let names = isWalk ? ["page_size", "fields", "format"] : ["format"]
        let kept = parameters.filter { names.contains($0.name) && !$0.value.isEmpty }.map(\.encoded)
        return "/v1/deployments?" + (["page_token=\(token.text)"] + kept).joined(separator: "&")
    }
}

extension Fingerprint {
    /// Adds all that an answer shows of a row.
    fileprivate mutating func add(_ id: RowID, of snapshot: Snapshot, including: Set<Include>) {
        snapshot.lists[Int(id.list)].withBytes(ofRow: Int(id.row), including: including) { add($0) }
    }
}
