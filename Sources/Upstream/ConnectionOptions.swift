/// How a source's requests are made.
///
/// TLS is always verified, from version 1.2 on; no option turns that off.
package struct ConnectionOptions: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    /// For the name look-up, the proxy, TCP and TLS together; held within 1 ms and 1 day.
    package var connectTimeout: Duration
    /// From `send` to the last byte of the body, a redirect included; held within 1 ms and 1 day.
    package var totalTimeout: Duration
    /// The largest body accepted, counted after decompression.
    package var bodyLimitBytes: Int
    /// A PEM file whose certificates alone are trusted, in the place of the system's; nil for the system's.
    ///
    /// It speaks for the platform; an `https` proxy is verified by the system's certificates either way.
    package var caFile: String?
    /// The proxy's URL (`http://`, `https://`, `socks5h://`), for every host, whatever `NO_PROXY` says; empty for none.
    ///
    /// Nil: the standard variables (`http_proxy`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`), never for loopback.
    /// It may hold the proxy's credential, so it is never printed.
    package var proxy: String?
    /// Lets `http` go beyond loopback.
    package var allowsPlaintext: Bool

    package init(
        connectTimeout: Duration = .seconds(5), totalTimeout: Duration = .seconds(10),
        bodyLimitBytes: Int = 64 << 20, caFile: String? = nil, proxy: String? = nil,
        allowsPlaintext: Bool = false
    ) {
        self.connectTimeout = connectTimeout
        self.totalTimeout = totalTimeout
        self.bodyLimitBytes = bodyLimitBytes
        self.caFile = caFile
        self.proxy = proxy
        self.allowsPlaintext = allowsPlaintext
    }

    package var description: String {
        """
        connect \(connectTimeout), total \(totalTimeout), body \(bodyLimitBytes), \
        CA file \(caFile ?? "none"), proxy \(proxy == nil ? "by environment" : "set"), \
        plaintext \(allowsPlaintext)
        """
    }

    package var debugDescription: String { description }
}

extension Duration {
    /// Held within 1 ms and 1 day, so that no sum with a clock's instant can overflow.
    package var asTimeout: Duration { min(max(self, .milliseconds(1)), .seconds(86_400)) }

    /// Whole milliseconds, rounded up; meant for what ``asTimeout`` gives.
    package var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
