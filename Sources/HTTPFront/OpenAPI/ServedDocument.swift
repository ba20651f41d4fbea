import HTTPTypes
import NIOCore
import Wire

/// A document that describes the API.
///
/// It is made and compressed once, and is the same for everyone.
struct ServedDocument: Sendable {
    private let headers: HTTPFields
    private let body: CompleteBody

    static let openAPI = ServedDocument(APIDescription.document.bytes, type: "application/json")
    static let page: ServedDocument = {
        let page = DescriptionPage(of: APIDescription.document)
        let document = ServedDocument(Array(page.html.utf8), type: "text/html; charset=utf-8")
        return document.with("Content-Security-Policy", DescriptionPage.securityPolicy)
            .with("Referrer-Policy", "no-referrer")
    }()
    static let style = ServedDocument(Array(pageStyle.utf8), type: "text/css; charset=utf-8")

    /// Makes all documents, so that the first request for each need not make it.
    static func make() { _ = (openAPI, page, style) }

    private init(_ body: [UInt8], type: String) {
        var fingerprint = Fingerprint()
        fingerprint.add(body[...])
        self.init(
            headers: [
                .contentType: type, .cacheControl: "private, max-age=300", .eTag: fingerprint.entityTag,
            ], body: CompleteBody(ByteBuffer(bytes: body), effort: .standard))
    }

    private init(headers: HTTPFields, body: CompleteBody) {
        self.headers = headers
        self.body = body
    }

    private func with(_ name: String, _ value: String) -> ServedDocument {
        var headers = headers
        headers.set(name, value)
        return ServedDocument(headers: headers, body: body)
    }

    var answer: RouteResponse { RouteResponse(headers: headers, body: .complete(body)) }
}
