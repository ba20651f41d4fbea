import Deployments
import Glibc
import Upstream
import Wire

/// A host with a port: `127.0.0.1:8080`, `[::1]:8080`, `gateway.example.com:80`.
struct HostPort: Sendable, Equatable {
    /// Without brackets.
    var host: String
    /// 0 to 65535.
    var port: Int

    /// Reads `host:port`, with an IPv6 address in brackets; nil for anything else, such as a host alone.
    init?(_ text: String) {
        let name: Substring
        let rest: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            name = text[..<end].dropFirst()
            rest = text[text.index(after: end)...]
            guard HostName(String(name)).isIPv6 else { return nil }
        } else {
            name = text.prefix { $0 != ":" }
            rest = text[name.endIndex...]
            guard HostName(String(name)).isNameOrIPv4 else { return nil }
        }
        host = String(name)
        let digits = rest.dropFirst()
        guard rest.first == ":", (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy(\.isASCIIDigit),
            let number = Int(digits), number <= 65_535
        else { return nil }
        port = number
    }
}

extension ListenConfig {
    /// The configured `host:port`, an IPv6 address in brackets.
    var address: String { "\(bracketed(host)):\(port)" }

    /// The URL `http://host:port` for use on this machine; `port` is the one in use.
    func url(port: Int?) -> String {
        let reached = ["0.0.0.0": "127.0.0.1", "::": "::1"][host] ?? host
        return "http://\(bracketed(reached))" + (port.map { ":\($0)" } ?? "")
    }

    private func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}

/// A host without its port.
struct HostName {
    /// Without brackets.
    let text: String

    init(_ text: String) { self.text = text }

    /// True if the host is this machine by definition, by the same rule as ``RequestURL/isLoopback``.
    var isLoopback: Bool { RequestURL.isLoopback(host: text) }

    var isIPv6: Bool {
        var six = in6_addr()
        return inet_pton(AF_INET6, text, &six) == 1
    }

    /// True for letters, digits, `-` and `_`, with single dots between them.
    var isNameOrIPv4: Bool {
        guard text.utf8.count <= 253 else { return false }
        return text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isNameByte) }
    }
}
