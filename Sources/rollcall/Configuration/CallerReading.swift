import HTTPFront
import Settings

extension ListenConfig {
    /// Reads the keys that tell where requests may come from: `hosts`, `proxies` and `cors`.
    mutating func readCallers(_ keys: SettingsMapping) {
        hosts =
            keys.optional("hosts")?.list(of: "names or addresses of hosts, without ports") { text in
                let name = HostName(text)
                return name.isIPv6 || name.isNameOrIPv4 ? text : nil
            } ?? []
        proxies =
            keys.optional("proxies")?.list(
                of: "addresses or networks, such as 10.0.0.7 or 10.0.0.0/8"
            ) { AddressRange($0) } ?? []
        guard let cors = keys.optional("cors")?.mapping() else { return }
        readingOrigins =
            cors.optional("origins")?.list(of: "origins such as https://app.example.com") { Origin($0) } ?? []
        cors.refuseOthers()
    }

    /// True if a web page could reach it under a name of the page's own choice.
    ///
    /// Beyond loopback without ``hosts`` every name is answered, since nobody has said which ones lead here.
    var answersEveryHost: Bool { !HostName(host).isLoopback && hosts.isEmpty }

    /// The rule of its hosts: addresses, `localhost`, ``host`` and ``hosts``.
    var hostRule: HostRule { HostRule(listeningOn: host, hosts: hosts, refusesOthers: !answersEveryHost) }
}

extension SettingsNode {
    /// The elements of a list, or a single one; those that `read` refuses are problems.
    fileprivate func list<Element>(of expected: String, _ read: (String) -> Element?) -> [Element] {
        (strings() ?? []).compactMap { text in
            if let element = read(text) { return element }
            problem("must be \(expected)")
            return nil
        }
    }
}
