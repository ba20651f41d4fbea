import Deployments
import HTTPTypes
import Snapshots
import Wire

/// A successful answer: 200 or 202 with a body.
struct RouteResponse {
    enum Body {
        case whole(WholeBody)
        /// Made while it is sent, unless it is short.
        case lines(LineBody)
    }

    var status = HTTPResponse.Status.ok
    /// All but those that every answer has.
    var headers: HTTPFields
    var body: Body
    /// For how long the same request gets the same; nil: it was made for one alone.
    var validity: Validity?
}

extension Validity? {
    /// How hard the answer is compressed: harder where others may get it too.
    var effort: GzipEffort { self == nil ? .passing : .kept }
}

/// A request for data whose parameters are decoded; what every data route needs.
struct ReadContext {
    let state: FrontState
    /// What the answer is taken from.
    var published: Published
    /// When ``published`` was taken.
    var now: Timestamp
    let path: Substring
    let parameters: [Parameter]
    let directives: CacheDirectives
    /// The forms that the client takes.
    let accept: AcceptHeader
    /// For how long the same request gets the same answer; nil: it is made for one alone.
    var validity: Validity?

    /// The tag of an answer that depends on these sources, and on what `adding` adds.
    ///
    /// Each form has its own; compressed and plain are told apart by `Content-Encoding` alone, which a weak tag allows.
    func entityTag(
        _ scope: SourceScope, in form: ResponseFormat = .json, adding: (inout Fingerprint) -> Void
    ) -> String {
        var fingerprint = Fingerprint()
        fingerprint.add(String(path))
        for parameter in parameters {
            fingerprint.add(parameter.name)
            fingerprint.add(parameter.value)
        }
        fingerprint.add(form.rawValue)
        // Its header line shows them, whatever rows there are.
        if form == .csv { for key in scope.labelKeys { fingerprint.add(key) } }
        scope.add(to: &fingerprint)
        adding(&fingerprint)
        return fingerprint.entityTag
    }

    /// The answer as a JSON document.
    func answer(
        _ scope: SourceScope, tag: String, next link: String? = nil, body: (inout JSONWriter) -> Void
    ) -> RouteResponse {
        answer(scope, tag: tag, next: link) { headers in
            headers[.contentType] = ResponseFormat.json.contentType
            var json = JSONWriter()
            json.object(body)
            return .whole(WholeBody(json.bytes, effort: validity.effort))
        }
    }

    /// The answer as lines; a CSV file gets a name to be kept under.
    func answer(
        _ scope: SourceScope, tag: String, next link: String? = nil, lines: LineBody, fileName: String
    ) -> RouteResponse {
        answer(scope, tag: tag, next: link) { headers in
            headers[.contentType] = lines.form.contentType
            if lines.form == .csv {
                headers[.contentDisposition] = "attachment; filename=\"\(fileName).csv\""
            }
            return .lines(lines)
        }
    }

    /// The answer with its headers, to which `body` adds those that belong to it.
    private func answer(
        _ scope: SourceScope, tag: String, next link: String?, body: (inout HTTPFields) -> RouteResponse.Body
    ) -> RouteResponse {
        var headers = scope.cachedHeaders
        headers[.eTag] = tag
        if let link { headers.set("Link", "<\(link)>; rel=\"next\"") }
        let body = body(&headers)
        return RouteResponse(headers: headers, body: body, validity: validity)
    }

    /// The `snapshot` member.
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
