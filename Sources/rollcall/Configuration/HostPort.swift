import Deployments
import Glibc
import Wire

/// A host with a port: `127.0.0.1:8080`, `[::1]:8080`, `gateway.example.com:80`.
struct HostPort: Sendable, Equatable {
    /// Without brackets.
    var host: String
    /// 0 to 65535.
    var port: Int

    /// Reads `host:port`, with an IPv6 address in brackets; nil for anything else.
    ///
    /// `defaultPort` stands where no port is written; nil demands one.
    init?(_ text: String, defaultPort: Int? = nil) {
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
        if rest.isEmpty {
            guard let defaultPort else { return nil }
            port = defaultPort
        } else {
            let digits = rest.dropFirst()
            guard rest.first == ":", (1...5).contains(digits.utf8.count),
                digits.utf8.allSatisfy(\.isASCIIDigit),
                let number = Int(digits), number <= 65_535
            else { return nil }
            port = number
        }
    }
}

extension ListenConfig {
    /// `host:port` as it is configured, an IPv6 address in brackets.
    var address: String { "\(bracketed(host)):\(port)" }

    /// `http://host:port`, as someone on this machine types it; `port` is the one in use.
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

    /// `localhost`, 127.0.0.0/8 or ::1, written in full: anything else may leave this machine.
    var isLoopback: Bool {
        if text.lowercased() == "localhost" { return true }
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return false }
        return withUnsafeBytes(of: six) { $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
    }

    var isIPv6: Bool {
        var six = in6_addr()
        return inet_pton(AF_INET6, text, &six) == 1
    }

    /// Letters, digits, `-`, `_` and dots, not empty between the dots.
    var isNameOrIPv4: Bool {
        guard text.utf8.count <= 253 else { return false }
        return text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isNameByte) }
    }
}
