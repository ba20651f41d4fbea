/// The options of a source's connections and requests.
///
/// TLS is always verified, from version 1.2 on; no option turns that off.
package struct ConnectionOptions: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The limit for name lookup, proxy, TCP and TLS together; clamped to 1 ms up to 1 day.
    package var connectTimeout: Duration
    /// The limit from `send` to the last byte of the body, a redirect included; clamped to 1 ms up to 1 day.
    package var totalTimeout: Duration
    /// The largest body accepted, counted after decompression.
    package var bodyLimitBytes: Int
    /// A PEM file whose certificates are trusted instead of the system's; nil for the system's.
    ///
    /// It applies to the platform only; an `https` proxy is always verified by the system's certificates.
    package var caFile: String?
    /// The URL of the proxy for every host (`http://`, `https://`, `socks5h://`), whatever `NO_PROXY` says;
    /// empty for none.
    ///
    /// Nil: the standard variables (`http_proxy`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`), never for
    /// loopback. It may hold the proxy's credential, so it is never printed.
    package var proxy: String?
    /// Allows plain `http` beyond loopback.
    package var allowsPlaintext: Bool

    /// Makes options; the defaults are those of a configuration that sets none.
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

    /// The options in one line, without the proxy's URL.
    package var description: String {
        """
        connect \(connectTimeout), total \(totalTimeout), body \(bodyLimitBytes), \
        CA file \(caFile ?? "none"), proxy \(proxy == nil ? "by environment" : "set"), \
        plaintext \(allowsPlaintext)
        """
    }

    /// The same as ``description``.
    package var debugDescription: String { description }
}

extension Duration {
    /// The duration clamped to 1 ms up to 1 day, so that no sum with a clock's instant can overflow.
    package var asTimeout: Duration { min(max(self, .milliseconds(1)), .seconds(86_400)) }

    /// The duration in milliseconds, rounded up; meant for values of ``asTimeout``.
    package var milliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
