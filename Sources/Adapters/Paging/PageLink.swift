import Deployments
import Upstream
import Wire

/// A platform's link to its next page, restricted to the origin that the credential may be sent to.
struct PageLink: Sendable {
    /// The absolute URL, without a fragment.
    let url: String

    /// Accepts a link of the base URL's origin, or a path on it; nil for any other.
    ///
    /// Some platforms write http in their own links; if the base URL is https, such a link is followed over
    /// https.
    init?(_ link: String, base: String) {
        let link = link.prefix { $0 != "#" }
        guard let base = try? RequestURL(base) else { return nil }
        if link.hasPrefix("/"), !link.hasPrefix("//") {
            url = base.shortOrigin + link
            return
        }
        guard let target = try? RequestURL(String(link)), target.host == base.host else { return nil }
        let isUpgrade = base.scheme == "https" && target.scheme == "http"
        let port = isUpgrade && target.port == 80 ? 443 : target.port
        guard isUpgrade || target.scheme == base.scheme, port == base.port else { return nil }
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
