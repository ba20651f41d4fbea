import Deployments
import Snapshots
import Wire

extension ReadContext {
    /// The list of a kind of record: a page of it, or all of it as CSV or NDJSON.
    func list() async throws(Problem) -> RouteResponse {
        if let token = parameters.first(where: { $0.isPageToken }) { return try furtherPage(token) }
        let request = try parsed(.list(of: kind.schema))
        let (context, scope) = try await answerable(request) { request.query.reaches($0) }
        return try context.list(request, scope)
    }

    /// The request with what to answer it from: what its sources list, or the gateway's own records.
    private func answerable(
        _ request: ReadRequest, reaching isReached: (SourceDescription) -> Bool
    ) async throws(Problem) -> (ReadContext, SourceScope) {
        guard kind.isOfSources else { return try own(request) }
        return await read(request, reaching: isReached)
    }

    private func list(_ request: ReadRequest, _ scope: SourceScope) throws(Problem) -> RouteResponse {
        try scope.admit(request)
        guard request.responseFormat == .json || request.isPage else { return lines(request, scope) }
        let page = page(request.query, scope, isRelative: request.isRelative)
        return answer(page, scope, in: request.lineFormat)
    }

    /// The page with the query's number; if rows follow it, it begins a cursor.
    private func page(_ query: Query, _ scope: SourceScope, isRelative: Bool) -> ListPage {
        let matches = published.snapshot.matches(of: query)
        var page = ListPage(query, matches, from: min(query.offset, matches.total))
        page.number = query.page
        guard page.end < matches.total else { return page }
        let cursor = Cursor(
            of: published.snapshot, kind, firstPage: firstPage,
            page: parameters.first { $0.name == QueryParser.Name.page.rawValue && !$0.value.isEmpty }?.value,
            startedAt: receivedAt, scope)
        // With relative times the same query finds other rows at another time.
        let id = state.cursors.id(of: cursor, isRelative ? matches : nil)
        let newest = state.published().snapshots + (kind.isOfSources ? [] : [published.snapshot])
        state.cursors.store(cursor, as: id, published: newest, for: holder)
        page.next = PageToken(cursor: id, offset: page.end)
        page.besideToken = parameters.filter { $0.isFormat }.map(\.repeated)
        return page
    }

    /// A further page of a cursor: it fetches nothing, waits for nothing, and ignores demands.
    private func furtherPage(_ parameter: Parameter) throws(Problem) -> RouteResponse {
        let refusal = Problem.invalid([
            parameter.wrong("not a page token; send `next_page_token` unchanged")
        ])
        guard let token = PageToken(parameter.value) else { throw refusal }
        switch state.cursors.find(token.cursor, by: holder) {
        case .ended(let firstPage):
            guard firstPage.map({ Route(path: RequestTarget($0).path) == .list(kind) }) ?? true else {
                throw refusal
            }
            throw .snapshotGone(firstPage: firstPage)
        case .found(let cursor):
            guard cursor.kind == kind else { throw refusal }
            guard cursor.exposures.hold(among: published.sources) else {
                throw .snapshotGone(firstPage: cursor.rememberedFirstPage)
            }
            let first = try cursor.request()
            let beside = try parametersBesideToken(of: cursor)
            let request = try parsed(.list(of: kind.schema), beside.differing)
            var query = first.query
            query.pageSize = request.pageSize ?? query.pageSize
            query.fields = request.query.fields ?? query.fields
            try request.refuseIncludesInCSV(query.include, requestedBy: .format)
            let matches = cursor.snapshot.matches(of: query)
            guard token.offset < matches.total else { throw refusal }
            query.page = request.page ?? 1
            let start = request.page == nil ? token.offset : min(query.offset, matches.total)
            var page = ListPage(query, matches, from: start)
            if let number = request.page { page.number = number }
            if page.end < matches.total { page.next = PageToken(cursor: token.cursor, offset: page.end) }
            page.besideToken = beside.repeated
            var scope = try kind.isOfSources ? SourceScope(cursor.sources, now: now) : ownScope()
            scope.listed = first.listedSources
            scope.notices =
                cursor.mistakes + Notice.all(on: query, of: cursor.sources, in: cursor.snapshot)
            var context = reading(cursor.snapshot)
            context.validity = Validity(of: scope, from: publication)
            return context.answer(page, scope, in: request.lineFormat)
        }
    }

    /// The parameters beside a token: those that differ from the first page's, and those that the link to the next page
    /// repeats, encoded.
    ///
    /// Many pagers send the first page's parameters with every page.
    private func parametersBesideToken(
        of cursor: Cursor
    ) throws(Problem) -> (differing: [Parameter], repeated: [String]) {
        let first = try cursor.parameters()
        func isOfFirst(_ parameter: Parameter) -> Bool {
            if parameter.name == QueryParser.Name.page.rawValue { return parameter.value == cursor.page }
            return first.contains { $0.name == parameter.name && $0.value == parameter.value }
        }
        // A token, and a format, which no page takes from the first, are never left out.
        let differing = parameters.filter {
            $0.isPageToken || $0.isFormat || $0.name == QueryParser.Name.bom.rawValue || !isOfFirst($0)
        }
        let shape = [QueryParser.Name.pageSize, .fields].map(\.rawValue)
        let repeated = differing.filter { ($0.isFormat || shape.contains($0.name)) && !$0.value.isEmpty }
        for parameter in repeated where parameter.repeated.utf8.count > Self.repeatedBytes {
            throw .invalid([
                parameter.wrong(
                    "may have at most \(Self.repeatedBytes) bytes beside `page_token`, unless it is the first page's; "
                        + "begin a new list with it")
            ])
        }
        return (differing, repeated.map(\.repeated))
    }

    /// The greatest length of a parameter that a link repeats, since all headers of an answer must fit a proxy's buffer:
    /// only `fields` can have as many.
    private static var repeatedBytes: Int { 512 }

    private func answer(_ page: ListPage, _ scope: SourceScope, in format: LineFormat) -> RouteResponse {
        let tag = entityTag(scope, in: format.format) { fingerprint in
            fingerprint.add(page.total)
            for id in page.rows {
                fingerprint.add(id, of: published.snapshot, including: page.query.include)
            }
            // A client that gets "not modified" continues with the token it has.
            if let next = page.next { fingerprint.add(next.text) }
        }
        guard format.format == .json else {
            return answer(scope, tag: tag, next: page, page.rows, of: page.query, in: format)
        }
        return answer(scope, tag: tag, next: page) { body in
            let rows = RowWriter(page.query, of: published.snapshot, scope)
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

    /// One record: the latest version or the one that is named, with its history, if the kind has one, unless `fields`
    /// leaves it out.
    func record(uid: String) async throws(Problem) -> RouteResponse {
        var request = try parsed(.one(of: kind.schema))
        if request.query.fields == nil, request.responseFormat != .csv,
            kind.schema.profile.included.contains(.history)
        {
            request.query.include.insert(.history)
        }
        let name = uid.prefix { $0 != "/" }
        let (context, scope) = try await answerable(request) { $0.name == name }
        var response = try context.record(uid: uid, request, scope)
        if kind == .deployments { response.headers.allow(state.methods(ofDeployment: uid)) }
        return response
    }

    private func record(
        uid: String, _ request: ReadRequest, _ scope: SourceScope
    ) throws(Problem) -> RouteResponse {
        let uid = ModelDeployment.respelled(uid: uid)
        func row(_ version: Int?) -> RowID? { published.snapshot.row(ofUID: uid, version: version) }
        let found = row(request.version)
        // Absence needs proof: only a complete list without the record shows that it does not exist.
        guard found != nil || scope.sources.isEmpty || scope.isComplete else {
            let missing = request.version == nil ? kind.noun : "version of a \(kind.noun)"
            throw .noData(
                scope, "its source has no complete list yet, so this \(missing) may or may not exist")
        }
        try scope.enforceStrict(request)
        guard let id = found else {
            guard let version = request.version, let latest = row(nil) else {
                throw Problem(.notFound, "no \(kind.noun) has this \(kind.schema.profile.key)")
            }
            throw .noVersion(version, latest: published.snapshot.version(of: latest))
        }
        let tag = entityTag(scope, in: request.responseFormat) { fingerprint in
            fingerprint.add(id, of: published.snapshot, including: request.query.include)
        }
        guard request.responseFormat == .json else {
            return answer(scope, tag: tag, [id], of: request.query, in: request.lineFormat)
        }
        return answer(scope, tag: tag) { writeRecord(id, of: request.query, scope, to: &$0.text) }
    }

    /// Writes the members of an answer about one record.
    private func writeRecord(_ id: RowID, of query: Query, _ scope: SourceScope, to json: inout JSONWriter) {
        json.key("data")
        RowWriter(query, of: published.snapshot, scope).write(id, to: &json)
        writeSnapshot(to: &json)
        scope.writeMembers(withOldest: false, to: &json)
    }

    /// The answer to an update whose effect is listed: the row as a read of it shows it; nil if no list has it now.
    func updated(uid: String, _ scope: SourceScope, audit: String?) -> RouteResponse? {
        guard let id = published.snapshot.row(ofUID: uid) else { return nil }
        var query = Query()
        query.include = [.history]
        return .uncached(headers: scope.cachedHeaders) { json in
            writeRecord(id, of: query, scope, to: &json)
            json.key("audit")
            json.stringOrNull(audit)
        }
    }

    /// All rows of a query, without a cursor, since no page follows.
    private func lines(_ request: ReadRequest, _ scope: SourceScope) -> RouteResponse {
        let rows = published.snapshot.allRows(matching: request.query)
        let tag = entityTag(scope, in: request.responseFormat) { fingerprint in
            fingerprint.add(rows, of: published.snapshot, including: request.query.include)
        }
        return answer(scope, tag: tag, rows, of: request.query, in: request.lineFormat)
    }

    /// Records as lines; lines that are sent later come from this snapshot too.
    private func answer(
        _ scope: SourceScope, tag: String, next page: ListPage? = nil, _ rows: [RowID], of query: Query,
        in format: LineFormat
    ) -> RouteResponse {
        let lines = LineBody(rows, of: published.snapshot, kind, query, format, scope)
        return answer(scope, tag: tag, next: page, lines: lines, fileName: kind.fileName)
    }

    /// The first page of the same query, as a relative reference.
    private var firstPage: String {
        let repeated = parameters.filter { $0.name != "page" && !$0.value.isEmpty }.map(\.encoded)
        return kind.path + (repeated.isEmpty ? "" : "?" + repeated.joined(separator: "&"))
    }
}

extension Parameter {
    /// True for a `page_token` with a value.
    fileprivate var isPageToken: Bool { name == QueryParser.Name.pageToken.rawValue && !value.isEmpty }

    /// The pair as a link repeats it: short, however it was written, except for `fields`.
    fileprivate var repeated: String {
        switch QueryParser.Name(rawValue: name) {
        case .pageSize: Parameter(name: name, value: digits(value[...]).map { "\($0)" } ?? value).encoded
        case .format: Parameter(name: name, value: value).encoded
        default: encoded
        }
    }

    /// True for a `format` with a value.
    fileprivate var isFormat: Bool { name == QueryParser.Name.format.rawValue && !value.isEmpty }
}

extension Fingerprint {
    /// Adds everything that a response shows of a row.
    fileprivate mutating func add(_ id: RowID, of snapshot: Snapshot, including: Set<Include>) {
        snapshot.lists[Int(id.list)].withBytes(ofRow: Int(id.row), including: including) { add($0) }
    }
}
