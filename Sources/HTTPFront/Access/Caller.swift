import HTTPTypes
import Hummingbird
import NIOCore

/// The one who takes from pools that all callers share, so that no one takes all of them.
enum Holder: Hashable, Sendable {
    /// The name of an access token.
    case token(String)
    /// The network that counts as one client, see ``ClientAddress/network``.
    case address(ClientAddress)
}

/// The sender of a request.
struct Caller: Sendable {
    /// The name of its access token; nil if none was needed.
    let token: String?
    private let peer: SocketAddress?
    private let forwarded: [String]
    private let proxies: [AddressRange]

    /// `peer` is the other end of its connection.
    init(of request: Request, token: String?, from peer: SocketAddress?, behind proxies: [AddressRange]) {
        self.token = token
        self.proxies = proxies
        self.peer = peer
        forwarded = proxies.isEmpty ? [] : request.headers.forwardedFor
    }

    /// The holder of what the request takes: its token, else its address; nil if neither is known, as behind a proxy
    /// that does not say for whom it asks.
    ///
    /// All for whom a proxy names no address that can be read are one holder.
    ///
    /// Computed at each call.
    var holder: Holder? {
        if let token { return .token(token) }
        return address.map { .address($0.network) }
    }

    /// The address of the client: of the peer, or the last one that the proxies forward and that is none of theirs.
    ///
    /// What stands before that one in `X-Forwarded-For` is the client's own claim.
    var address: ClientAddress? {
        guard let peer = peer.flatMap({ ClientAddress($0) }) else { return nil }
        guard isProxy(peer) else { return peer }
        for text in forwarded.reversed() {
            // Some proxies write a port, or brackets around an IPv6 address.
            guard let address = ClientAddress(text) ?? HostAndPort(text)?.address else { return peer }
            if !isProxy(address) { return address }
        }
        return nil
    }

    private func isProxy(_ address: ClientAddress) -> Bool { proxies.contains { $0.contains(address) } }
}

extension HTTPFields {
    /// The addresses of `X-Forwarded-For`, in the order of the proxies.
    fileprivate var forwardedFor: [String] {
        guard let name = HTTPField.Name("X-Forwarded-For") else { return [] }
        return self[values: name].flatMap { $0.split(separator: ",") }
            .map(\.withoutBlanksAround).filter { !$0.isEmpty }
    }
}

extension Substring {
    /// Without the blanks and tabs at both ends.
    fileprivate var withoutBlanksAround: String {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var bytes = utf8.drop(while: isBlank)
        while let last = bytes.last, isBlank(last) { bytes.removeLast() }
        return String(Substring(bytes))
    }
}
