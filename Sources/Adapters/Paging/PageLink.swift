import Deployments
import Upstream
import Wire

/// A platform's link to its next page, restricted to the origin that the credential may be sent to.
struct PageLink: Sendable {
    /// The absolute URL, without a fragment.
    let url: String

    /// The error for a link that is no URL and no path, is not percent-encoded, or is too long.
    static let unusable = SourceError(.badResponse, "the link to the next page cannot be requested")

    /// Accepts a link of the base URL's origin, or a path on it.
    ///
    /// Some platforms write http in their own links; if the base URL is https, such a link is followed over
    /// https.
    ///
    /// - Throws: ``SourceError`` of class `bad_response` for any other link.
    init(_ link: String, base: String) throws(SourceError) {
        let link = String(link.prefix { $0 != "#" })
        guard let base = try? RequestURL(base) else { throw Self.unusable }
        let isPath = link.hasPrefix("/") && !link.hasPrefix("//")
        guard let target = try? RequestURL(isPath ? base.shortOrigin + link : link) else {
            throw Self.unusable
        }
        if isPath {
            url = base.shortOrigin + link
            return
        }
        let isUpgrade = base.scheme == "https" && target.scheme == "http"
        let port = isUpgrade && target.port == 80 ? 443 : target.port
        guard target.host == base.host, isUpgrade || target.scheme == base.scheme, port == base.port else {
            throw SourceError(.badResponse, "the link to the next page leads to another origin")
        }
        url = base.shortOrigin + target.path + (target.query.map { "?" + $0 } ?? "")
    }

    /// A URL without the query parameters of this name.
    static func removing(_ parameter: String, from url: String) -> String {
        guard let mark = url.firstIndex(of: "?") else { return url }
        var name: [UInt8] = []
        name.appendPercentEncoded(parameter)
        let names = [parameter, String(decoding: name, as: UTF8.self)]
        let others = url[url.index(after: mark)...].split(separator: "&").filter { pair in
            !names.contains(String(pair.prefix { $0 != "=" }))
        }
        return others.isEmpty ? String(url[..<mark]) : url[...mark] + others.joined(separator: "&")
    }
}
