import Upstream

/// The beginning of a platform's API: an absolute `http` or `https` URL that carries no credential.
///
/// ``RequestURL`` parses it, as it does for connections, so that checks and connections agree on the host.
struct BaseURL: Sendable, Equatable, CustomStringConvertible {
    /// The URL as written, its scheme in lower case, without slashes at its end.
    let text: String
    /// nil for ``unread``.
    private let url: RequestURL?

    var description: String { text }

    var isHTTPS: Bool { url.map { $0.scheme == "https" } ?? true }

    /// True if requests to it stay on this machine; see ``RequestURL/isLoopback``.
    var isLoopback: Bool { url?.isLoopback ?? false }

    /// A reason why a text is not such a URL; it does not repeat the text, which may hold a password.
    struct Refusal: Error, CustomStringConvertible {
        var description: String
    }

    /// A placeholder for a URL that could not be read, while the rest of its source is checked; nothing is
    /// sent to it.
    static let unread = BaseURL()

    private init() { (text, url) = ("", nil) }

    init(_ text: String) throws(Refusal) {
        let url: RequestURL
        do throws(RequestURL.Fault) { url = try RequestURL(parsing: text) } catch {
            throw Refusal(description: error.advice)
        }
        guard url.query == nil, !text.contains("#") else {
            throw Refusal(description: "must not have a query or a fragment")
        }
        guard !text.contains("\\"), !text.contains("%00") else {
            throw Refusal(description: "must not contain a backslash or a null")
        }
        var rest = text.drop { $0 != ":" }
        while rest.last == "/" { rest.removeLast() }
        self.text = url.scheme + rest
        self.url = url
    }
}

extension RequestURL.Fault {
    /// The requirement that a base URL does not meet, worded to follow its key.
    fileprivate var advice: String {
        switch self {
        case .tooLong: "must be a URL of at most 32 KiB"
        case .notEncoded: "must be a URL in ASCII, without spaces"
        case .notAbsolute: "must be a URL that begins with https:// or http://"
        case .userInformation: "must not contain a user or a password; put them under `secrets`"
        case .badHost, .badPort: "must have a host, and a port, if any, from 1 to 65535"
        case .noMemory: "cannot be read: not enough memory"
        }
    }
}
