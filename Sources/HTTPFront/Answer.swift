import Deployments
import HTTPTypes
import Wire

/// A successful answer: 200 or 202 with a body.
struct Answer {
    enum Body {
        case whole(WholeBody)
        /// Made while it is sent, unless it is short.
        case lines(Lines)
    }

    var status = HTTPResponse.Status.ok
    /// All but those that every answer has.
    var headers: HTTPFields
    var body: Body
    /// For how long the same request gets the same; nil: it was made for one alone.
    var constancy: Constancy?
}

extension Constancy? {
    /// How hard the answer is compressed: harder where others may get it too.
    var effort: GzipEffort { self == nil ? .passing : .kept }
}

/// A request for data whose parameters are decoded; what every data route needs.
struct Asked {
    let state: FrontState
    /// What the answer is taken from.
    var published: Published
    /// When ``published`` was taken.
    var now: Timestamp
    let path: Substring
    let parameters: [Parameter]
    let directives: CacheDirectives
    /// The forms that the client takes.
    let accept: Preferences
    /// For how long the same request gets the same answer; nil: it is made for one alone.
    var constancy: Constancy?

    /// The tag of an answer that depends on these sources, and on what `adding` adds.
    ///
    /// Each form has its own; compressed and plain are told apart by `Content-Encoding` alone, which a weak tag allows.
    func entityTag(
        _ reached: Reached, in form: AnswerForm = .json, adding: (inout Fingerprint) -> Void
    ) -> String {
        var fingerprint = Fingerprint()
        fingerprint.add(String(path))
        for parameter in parameters {
            fingerprint.add(parameter.name)
            fingerprint.add(parameter.value)
        }
        fingerprint.add(form.rawValue)
        // Its header line shows them, whatever rows there are.
        if form == .csv { for key in reached.labelKeys { fingerprint.add(key) } }
        reached.add(to: &fingerprint)
        adding(&fingerprint)
        return fingerprint.entityTag
    }

    /// The answer as a JSON document.
    func answer(
        _ reached: Reached, tag: String, next link: String? = nil, body: (inout JSONWriter) -> Void
    ) -> Answer {
        answer(reached, tag: tag, next: link) { headers in
            headers[.contentType] = AnswerForm.json.contentType
            var json = JSONWriter()
            json.object(body)
            return .whole(WholeBody(json.bytes, effort: constancy.effort))
        }
    }

    /// The answer as lines; a CSV file gets a name to be kept under.
    func answer(
        _ reached: Reached, tag: String, next link: String? = nil, lines: Lines, fileName: String
    ) -> Answer {
        answer(reached, tag: tag, next: link) { headers in
            headers[.contentType] = lines.form.contentType
            if lines.form == .csv {
                headers[.contentDisposition] = "attachment; filename=\"\(fileName).csv\""
            }
            return .lines(lines)
        }
    }

    /// The answer with its headers, to which `body` adds those that belong to it.
    private func answer(
        _ reached: Reached, tag: String, next link: String?, body: (inout HTTPFields) -> Answer.Body
    ) -> Answer {
        var headers = reached.cachedHeaders
        headers[.eTag] = tag
        if let link { headers.set("Link", "<\(link)>; rel=\"next\"") }
        let body = body(&headers)
        return Answer(headers: headers, body: body, constancy: constancy)
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
