import HTTPTypes
import Hummingbird
import Wire

/// A host with or without a port, as in a `Host` header.
struct HostAndPort: Sendable, Hashable {
    /// A name, or an address in whatever spelling.
    enum Host: Sendable, Hashable {
        /// In lower case, without a dot at its end.
        case name(String)
        case address(ClientAddress)
    }

    let host: Host
    /// nil if there is none.
    let port: Int?

    /// Reads `name`, `name:80` or `[::1]:80`; nil for anything else.
    init?(_ text: String) {
        let rest: Substring
        if text.utf8.first == UInt8(ascii: "[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let inside = text[..<end].dropFirst()
            guard inside.contains(":"), let address = ClientAddress(String(inside)) else { return nil }
            host = .address(address)
            rest = text[end...].dropFirst()
        } else {
            let name = text.prefix { $0 != ":" }
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isOfName) else { return nil }
            let plain = (name.last == "." ? name.dropLast() : name).lowercased()
            guard !plain.isEmpty else { return nil }
            host = ClientAddress(plain).map { .address($0) } ?? .name(plain)
            rest = text[name.endIndex...]
        }
        let number = rest.dropFirst()
        guard !number.isEmpty else {
            guard rest.isEmpty || rest == ":" else { return nil }
            port = nil
            return
        }
        guard rest.first == ":", number.utf8.count <= 5, let found = digits(number), found <= 65_535 else {
            return nil
        }
        port = found
    }

    /// The address, which no name server can turn to another machine; nil for a name.
    var address: ClientAddress? { if case .address(let address) = host { address } else { nil } }

    private static func isOfName(_ byte: UInt8) -> Bool {
        byte.isASCIIAlphanumeric || "-._~".utf8.contains(byte)
    }
}

/// The hosts under which the gateway answers, and the origins whose pages may change something
/// (`Sources/HTTPFront/README.md`, Hosts and origins).
package struct HostRule: Sendable {
    /// nil if it listens on no named host.
    private let ownHost: HostAndPort.Host?
    /// Pages of these may change something, whatever their port.
    private let hosts: Set<HostAndPort.Host>
    private let refusesOthers: Bool

    /// Every host is answered; only pages of the host itself may change something.
    package static let any = HostRule(listeningOn: "", hosts: [], refusesOthers: false)

    /// A rule with names or addresses, without ports: the one that the gateway listens on, and others that lead to it.
    ///
    /// `refusesOthers` is false to answer under any other name.
    package init(listeningOn own: String, hosts: [String], refusesOthers: Bool) {
        func host(of text: String) -> HostAndPort.Host? {
            HostAndPort(text.contains(":") ? "[\(text)]" : text)?.host
        }
        ownHost = host(of: own)
        self.hosts = Set(hosts.compactMap(host(of:)))
        self.refusesOthers = refusesOthers
    }

    /// Checks under which host a request was sent, and for a method that can change something from where.
    ///
    /// - Throws: `invalid-parameter` unless there is exactly one well-formed `Host`, `misdirected` for a host that is
    ///   not answered, `forbidden` for a page of another origin.
    func check(_ request: Request) throws(Problem) {
        guard let sent = request.head.authority,
            !request.headers.contains(where: { $0.name.canonicalName == "host" }),
            let host = HostAndPort(sent)
        else {
            throw Problem(
                .invalidParameter, "a request needs exactly one `Host` header, with a host's name or address")
        }
        guard !refusesOthers || isAnswered(host) else { throw .misdirected }
        if !request.method.isSafe { try checkOrigin(of: request, at: host) }
    }

    private func isAnswered(_ host: HostAndPort) -> Bool {
        switch host.host {
        case .address: true
        case .name(let name):
            name == "localhost" || name.hasSuffix(".localhost") || host.host == ownHost
                || hosts.contains(host.host)
        }
    }

    /// What browsers say of the page that sends a request; other clients say nothing.
    private func checkOrigin(of request: Request, at host: HostAndPort) throws(Problem) {
        let sites = request.headers.fetchSites
        let origins = request.headers[values: .origin]
        guard sites.allSatisfy({ ["same-origin", "none"].contains($0.lowercased()) }),
            origins.allSatisfy({ text in Origin(text).map { allows($0, at: host) } ?? false })
        else {
            throw Problem(
                .forbidden,
                "a web page of another origin may not change anything; if it is this gateway's own, add its host to "
                    + "`listen.hosts`")
        }
    }

    private func allows(_ origin: Origin, at host: HostAndPort) -> Bool {
        if hosts.contains(origin.host) { return true }
        // A host without a port is at the default port of whatever scheme the page was loaded with.
        return origin.host == host.host && origin.port == host.port ?? origin.defaultPort
    }
}

/// The origin of a web page: scheme, host and port (RFC 6454).
package struct Origin: Sendable, Hashable {
    private let scheme: String
    fileprivate let host: HostAndPort.Host
    fileprivate let port: Int

    /// Reads `https://app.example.com` or `http://localhost:3000`; nil for anything else, such as `null`.
    package init?(_ text: String) {
        guard let mark = text.firstRange(of: "://"), let host = HostAndPort(String(text[mark.upperBound...]))
        else { return nil }
        scheme = text[..<mark.lowerBound].lowercased()
        guard let standard = Self.defaultPorts[scheme] else { return nil }
        self.host = host.host
        port = host.port ?? standard
    }

    fileprivate var defaultPort: Int { Self.defaultPorts[scheme] ?? port }

    private static let defaultPorts = ["http": 80, "https": 443]
}

extension HTTPRequest.Method {
    /// True if the method changes nothing (RFC 9110 §9.2.1).
    var isSafe: Bool { [.get, .head, .options].contains(self) }
}

extension HTTPFields {
    /// The values of the header `Sec-Fetch-Site`, by which browsers say how a page's origin stands to the request's.
    fileprivate var fetchSites: [String] { HTTPField.Name("Sec-Fetch-Site").map { self[values: $0] } ?? [] }
}
