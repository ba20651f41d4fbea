/// Where a platform's API begins: an absolute `http` or `https` URL that carries no credential.
struct BaseURL: Sendable, Equatable, CustomStringConvertible {
    /// As written, without slashes at its end.
    var text: String
    var isHTTPS: Bool
    /// In lower case, an IPv6 address without its brackets.
    var host: String

    var description: String { text }

    /// Whether requests to it stay on this machine.
    var isLoopback: Bool { HostName(host).isLoopback }

    /// Why a text is not such a URL, in words that do not repeat it: it may hold a password.
    struct Refusal: Error, CustomStringConvertible {
        var description: String
    }

    /// Stands for one that could not be read, while the rest of its source is checked; nothing is sent there.
    static let unread = BaseURL(text: "", isHTTPS: true, host: "")

    private init(text: String, isHTTPS: Bool, host: String) {
        (self.text, self.isHTTPS, self.host) = (text, isHTTPS, host)
    }

    init(_ text: String) throws(Refusal) {
        let scheme: Substring
        var rest: Substring
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Refusal(description: "must be a URL in ASCII, without spaces")
        }
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
            throw Refusal(description: "must be a URL that begins with https:// or http://")
        }
        scheme = text[..<colon]
        rest = text[colon...].dropFirst(3)
        guard ["http", "https"].contains(scheme.lowercased()) else {
            throw Refusal(description: "must be a URL that begins with https:// or http://")
        }
        guard !rest.contains("?"), !rest.contains("#") else {
            throw Refusal(description: "must not have a query or a fragment")
        }
        guard !rest.contains("\\"), !rest.contains("%00") else {
            throw Refusal(description: "must not contain a backslash or a null")
        }
        while rest.last == "/" { rest.removeLast() }
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@") else {
            throw Refusal(description: "must not carry a user or a password: those are `secrets`")
        }
        guard let address = HostPort(String(authority), defaultPort: 0), !authority.hasSuffix(":0") else {
            throw Refusal(description: "must name a host, and a port from 1 to 65535 where it names one")
        }
        isHTTPS = scheme.lowercased() == "https"
        host = address.host.lowercased()
        self.text = scheme.lowercased() + "://" + rest
    }
}
