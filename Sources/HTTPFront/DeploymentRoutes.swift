import Deployments
import Wire

extension Asked {
    /// `GET /v1/deployments`.
    func deployments() async throws(Problem) -> Answer {
        let request = try QueryParser.parse(parameters, grammar: .list, now: now)
        let (asked, reached) = await read(request) { request.query.reaches($0) }
        return try asked.deployments(request, reached)
    }

    private func deployments(_ request: ReadRequest, _ reached: Reached) throws(Problem) -> Answer {
        let query = request.query
        try reached.needsList()
        try reached.hold(request)
        let result = published.snapshot.rows(matching: query)
        let pages = result.total / query.pageSize + (result.total % query.pageSize == 0 ? 0 : 1)
        let tag = entityTag(reached) { fingerprint in
            fingerprint.add(result.total)
            for id in result.page { fingerprint.add(id, of: published.snapshot, including: query.include) }
        }
        let next = query.page < pages ? link(toPage: query.page + 1) : nil
        return answer(reached, tag: tag, next: next) { json in
            json.key("data")
            let rows = RowWriter(query)
            json.array { json in for id in result.page { rows.write(id, of: published.snapshot, to: &json) } }
            json.key("pagination")
            json.object { json in
                for (key, number) in [
                    ("page", query.page), ("page_size", query.pageSize),
                    ("current_page_size", result.page.count), ("total_pages", pages),
                    ("total_results", result.total),
                ] {
                    json.key(key)
                    json.int(number)
                }
                json.key("total_is")
                json.string(reached.totalIs)
                json.key("next_page_token")
                json.null()
            }
            writeSnapshot(to: &json)
            reached.writeMembers(withOldest: true, to: &json)
        }
    }

    /// `GET /v1/deployments/{uid}`: the latest version, with its history unless `fields` leaves it out.
    func deployment(uid: String) async throws(Problem) -> Answer {
        var request = try QueryParser.parse(parameters, grammar: .one, now: now)
        if request.query.fields == nil { request.query.include.insert(.history) }
        let name = uid.prefix { $0 != "/" }
        let (asked, reached) = await read(request) { $0.name == name }
        return try asked.deployment(uid: uid, request, reached)
    }

    private func deployment(
        uid: String, _ request: ReadRequest, _ reached: Reached
    ) throws(Problem) -> Answer {
        let found = published.snapshot.row(ofUID: uid)
        // Absence needs proof: only a whole list without it says that it is not there.
        guard found != nil || reached.sources.isEmpty || reached.isComplete else {
            throw .noData(
                reached, "its source has no complete list, so whether this deployment exists is unknown")
        }
        try reached.hold(request)
        guard let id = found else { throw Problem(.notFound, "no deployment has this uid") }
        let tag = entityTag(reached) { fingerprint in
            fingerprint.add(id, of: published.snapshot, including: request.query.include)
        }
        return answer(reached, tag: tag) { json in
            json.key("data")
            RowWriter(request.query).write(id, of: published.snapshot, to: &json)
            writeSnapshot(to: &json)
            reached.writeMembers(withOldest: false, to: &json)
        }
    }

    /// The same query for another page, as a relative reference.
    private func link(toPage page: Int) -> String {
        let kept = parameters.filter { $0.name != "page" }.map(\.encoded)
        return "/v1/deployments?" + (kept + ["page=\(page)"]).joined(separator: "&")
    }
}

/// Writes records as a query wants them: copied as they were encoded, or only the fields it named.
private struct RowWriter {
    /// nil: every field.
    private let form: DeploymentForm?
    private let include: Set<Include>

    init(_ query: Query) {
        form = query.fields.map { DeploymentForm(paths: $0) }
        include = query.include
    }

    func write(_ id: RowID, of snapshot: Snapshot, to json: inout JSONWriter) {
        let list = snapshot.lists[Int(id.list)]
        let row = Int(id.row)
        guard let form else { return list.write(row: row, including: include, to: &json) }
        form.write(list.rows[row].deployment, to: &json) { json in
            list.writeIncluded(include, row: row, to: &json)
        }
    }
}

extension Fingerprint {
    /// Adds all that an answer shows of a row.
    fileprivate mutating func add(_ id: RowID, of snapshot: Snapshot, including: Set<Include>) {
        snapshot.lists[Int(id.list)].withBytes(ofRow: Int(id.row), including: including) { add($0) }
    }
}
