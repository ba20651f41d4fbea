import Deployments
import HTTPTypes
import Snapshots
import Wire

/// A request for data with its decoded parameters and the data to answer it from: the input of every data route.
struct ReadContext {
    let state: FrontState
    /// The kind of record that the request is about.
    let kind: RecordKind
    /// The rows of the kind, and the statuses of the sources that have it, from which the response is made.
    private(set) var published: Published
    /// Every source of the configuration, with or without records of the kind.
    private(set) var configured: [SourceStatus]
    /// The audit log from which the response is made, or the reason that it cannot be read; nil for another kind of
    /// record.
    private(set) var audit: Result<AuditView, AuditLogError>?
    /// The state of what the response is made from.
    private(set) var publication: Publication
    /// The time at which the request was received, from which its relative times count, however long it waits.
    let receivedAt: Timestamp
    /// The time at which ``published`` was read.
    var now: Timestamp
    let path: Substring
    let parameters: [Parameter]
    let directives: CacheDirectives
    /// True for a text that contains an access token, so that it must not be echoed.
    let isSecret: @Sendable (String) -> Bool
    /// The media types that the client accepts.
    let accept: AcceptHeader
    /// nil if what it takes is nobody's.
    let holder: Holder?
    /// The time during which the same request gets the same response; nil if the response is for one request only.
    var validity: Validity?

    /// A request that is answered from what is published now.
    init(
        _ kind: RecordKind, from state: FrontState, path: Substring, parameters: [Parameter],
        directives: CacheDirectives, isSecret: @escaping @Sendable (String) -> Bool, accept: AcceptHeader,
        holder: Holder?
    ) {
        let (newest, log) = (state.published(), kind == .audit ? state.auditLog : nil)
        self.state = state
        self.kind = kind
        published = kind.view(of: newest, try? log?.get())
        audit = log
        publication = Publication(newest, log)
        configured = newest.sources
        now = state.now()
        receivedAt = now
        self.path = path
        self.parameters = parameters
        self.directives = directives
        self.isSecret = isSecret
        self.accept = accept
        self.holder = holder
    }

    /// What is published now, for the answer to an update: it has no parameters of a read.
    init(ofUpdatesFrom state: FrontState) {
        self.init(
            .deployments, from: state, path: "", parameters: [], directives: CacheDirectives(),
            isSecret: { _ in false }, accept: AcceptHeader(lines: [String]()), holder: nil)
    }

    /// The same request with the value that is published now and the current time.
    func renewed() -> ReadContext {
        let (newest, log) = (state.published(), kind == .audit ? state.auditLog : nil)
        var context = self
        context.published = kind.view(of: newest, try? log?.get())
        context.audit = log
        context.publication = Publication(newest, log)
        context.configured = newest.sources
        context.now = state.now()
        return context
    }

    /// The same request, answered from the rows of an earlier snapshot.
    func reading(_ snapshot: Snapshot) -> ReadContext {
        var context = self
        context.published.snapshot = snapshot
        return context
    }

    /// The tag of a response that depends on these sources, and on the data that `adding` adds.
    ///
    /// Each format has its own tag. Compressed and plain bodies share a tag and differ only by `Content-Encoding`,
    /// which a weak tag allows.
    func entityTag(
        _ scope: SourceScope, in format: ResponseFormat = .json, adding: (inout Fingerprint) -> Void
    ) -> String {
        var fingerprint = Fingerprint()
        fingerprint.add(String(path))
        for parameter in parameters {
            fingerprint.add(parameter.name)
            fingerprint.add(parameter.value)
        }
        fingerprint.add(format.rawValue)
        // The header line of CSV has the labels even if there are no rows.
        if format == .csv { for key in scope.labelKeys { fingerprint.add(key) } }
        scope.add(to: &fingerprint)
        adding(&fingerprint)
        return fingerprint.entityTag
    }

    /// A JSON object; `members` appends its members.
    func answer(
        _ scope: SourceScope, tag: String, next page: ListPage? = nil, members: (inout JSONBody) -> Void
    ) -> RouteResponse {
        answer(scope, tag: tag, next: page) { headers in
            headers[.contentType] = ResponseFormat.json.contentType
            var body = JSONBody()
            body.text.open("{")
            members(&body)
            body.text.close("}")
            return .complete(CompleteBody(body.finish(), effort: validity.effort))
        }
    }

    /// A response in lines; CSV gets a file name for browsers that save it, which tells the time of the oldest list
    /// and that a list is missing: a saved file has no headers.
    func answer(
        _ scope: SourceScope, tag: String, next page: ListPage? = nil, lines: LineBody, fileName: String
    ) -> RouteResponse {
        var lines = lines
        lines.exposures = Exposures(of: scope.sources.map(\.status))
        return answer(scope, tag: tag, next: page) { [lines] headers in
            headers[.contentType] = lines.format.contentType
            if lines.format == .csv {
                let name = [fileName, scope.fileTime] + (scope.isComplete ? [] : ["INCOMPLETE"])
                headers[.contentDisposition] =
                    "attachment; filename=\"\(name.joined(separator: "-")).csv\""
            }
            return .lines(lines)
        }
    }

    /// A response with its headers, to which `body` adds those of the body.
    private func answer(
        _ scope: SourceScope, tag: String, next page: ListPage?,
        body: (inout HTTPFields) -> RouteResponse.Body
    ) -> RouteResponse {
        var headers = scope.cachedHeaders
        headers[.eTag] = tag
        if let link = page?.link { headers.set("Link", "<\(link)>; rel=\"next\"") }
        let body = body(&headers)
        return RouteResponse(headers: headers, body: body, validity: validity, cursor: page?.next?.cursor)
    }

    /// Writes the `snapshot` member.
    func writeSnapshot(to json: inout JSONWriter) {
        json.key("snapshot")
        json.object { json in
            json.key("id")
            json.string(published.snapshot.id)
            json.key("published_at")
            json.time(published.snapshot.publishedAt)
        }
    }
}

extension Validity? {
    /// The effort of compressing the response: greater if other requests may share it.
    var effort: GzipEffort { self == nil ? .fast : .standard }
}
