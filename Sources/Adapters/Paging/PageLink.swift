import Deployments

/// A platform's link to its next page, restricted to the origin that the credential may be sent to.
struct PageLink: Sendable {
    /// Absolute, without a fragment.
    let url: String

    /// Accepts a link of the base URL's origin, or a path on it; nil for any other.
    ///
    /// Some platforms write their own links as http; if the base URL is https, they are followed by https.
    init?(_ link: String, base: String) {
        let link = link.prefix { $0 != "#" }
        guard let origin = Origin(base) else { return nil }
        if link.hasPrefix("/"), !link.hasPrefix("//") {
            url = "\(origin.text)\(link)"
        } else if let target = Origin(link), target.host == origin.host {
            let isUpgrade = origin.scheme == "https" && target.scheme == "http"
            let port = isUpgrade && target.port == "80" ? "443" : target.port
            guard isUpgrade || target.scheme == origin.scheme, port == origin.port else { return nil }
            url = "\(origin.text)\(link.dropFirst(target.text.count))"
        } else {
            return nil
        }
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

/// The first part of an absolute URL: scheme, host and port.
private struct Origin {
    /// Scheme, host and port as they were written.
    var text: Substring
    /// The scheme in lower case.
    var scheme: String
    var host: String
    /// The port; the scheme's default if the URL names none.
    var port: String

    /// Nil for anything but an http or https URL without user information.
    init?(_ url: some StringProtocol) {
        let url = Substring(url)
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { return nil }
        scheme = url[..<colon].lowercased()
        let start = url.index(colon, offsetBy: 3)
        let end = url[start...].firstIndex { "/?#".contains($0) } ?? url.endIndex
        let authority = url[start..<end].lowercased()
        guard scheme == "http" || scheme == "https", !authority.isEmpty, !authority.contains("@") else {
            return nil
        }
        text = url[..<end]
        // An IPv6 address has colons of its own, in brackets.
        let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
        let mark = authority[bracket...].firstIndex(of: ":") ?? authority.endIndex
        host = String(authority[..<mark])
        let digits = authority[mark...].dropFirst()
        port = digits.isEmpty ? (scheme == "https" ? "443" : "80") : String(digits)
    }
}
