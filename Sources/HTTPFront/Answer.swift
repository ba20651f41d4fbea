import Deployments
import HTTPTypes
import Wire

/// A successful answer: 200 or 202 with a JSON body, or 304 without one.
struct Answer {
    /// Of an answer with a body.
    var status = HTTPResponse.Status.ok
    /// All but those that every answer has.
    var headers: HTTPFields
    /// nil: the client has it already.
    var body: [UInt8]?
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
    /// As it stood in the request.
    let ifNoneMatch: String?

    /// The tag of an answer that depends on these sources, and on what `adding` adds.
    func entityTag(_ reached: Reached, adding: (inout Fingerprint) -> Void) -> String {
        var fingerprint = Fingerprint()
        fingerprint.add(String(path))
        for parameter in parameters {
            fingerprint.add(parameter.name)
            fingerprint.add(parameter.value)
        }
        reached.add(to: &fingerprint)
        adding(&fingerprint)
        return fingerprint.entityTag
    }

    /// The answer with its headers; its body is written only where the client does not have it already.
    func answer(
        _ reached: Reached, tag: String, next link: String? = nil, body: (inout JSONWriter) -> Void
    ) -> Answer {
        var headers = reached.cachedHeaders
        headers[.eTag] = tag
        if let link { headers.set("Link", "<\(link)>; rel=\"next\"") }
        if let ifNoneMatch, isMatched(tag, by: ifNoneMatch) { return Answer(headers: headers, body: nil) }
        headers[.contentType] = "application/json"
        var json = JSONWriter()
        json.object(body)
        return Answer(headers: headers, body: json.bytes)
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
