package import NIOCore

/// A client's IP address; an IPv4 address and its IPv6-mapped form are the same.
package struct ClientAddress: Sendable, Hashable {
    private var high: UInt64
    private var low: UInt64

    /// nil for an address that is neither IPv4 nor IPv6, such as a Unix socket's.
    package init?(_ address: SocketAddress) {
        // Where Linux puts the address in `sockaddr_in` and `sockaddr_in6`.
        let (offset, length): (Int, Int)
        switch address.protocol {
        case .inet: (offset, length) = (4, 4)
        case .inet6: (offset, length) = (8, 16)
        default: return nil
        }
        let bytes = address.withSockAddr { pointer, size in
            Array(UnsafeRawBufferPointer(start: pointer, count: size)[offset..<offset + length])
        }
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        if length == 4 {
            (high, low) = (0, Self.mapped | number(bytes[...]))
        } else {
            (high, low) = (number(bytes[..<8]), number(bytes[8...]))
        }
    }

    /// Reads an address as text, without brackets, port or zone; nil for anything else, such as a name.
    package init?(_ text: String) {
        guard let address = try? SocketAddress(ipAddress: text, port: 0) else { return nil }
        self.init(address)
    }

    /// The address in the usual notation, an IPv4-mapped one as IPv4.
    var text: String {
        let bytes = [high, low].flatMap { number in
            stride(from: UInt64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
        }
        let packed = ByteBuffer(bytes: isIPv4 ? bytes.suffix(4) : bytes[...])
        return (try? SocketAddress(packedIPAddress: packed, port: 0))?.ipAddress ?? ""
    }

    private static let mapped: UInt64 = 0xFFFF << 32

    /// True for an IPv4 address, mapped or not.
    var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// True for 127.0.0.0/8 and `::1`.
    var isLoopback: Bool { isIPv4 ? low >> 24 & 0xFF == 127 : high == 0 && low == 1 }

    /// The network that counts as one client: an IPv4 address alone, the /64 of an IPv6 address.
    var network: ClientAddress { isIPv4 ? self : masked(to: 64) }

    /// The address with all bits cleared but the first `length` of 128.
    func masked(to length: Int) -> ClientAddress {
        var address = self
        address.high = length >= 64 ? high : high & ~(UInt64.max >> UInt64(length))
        address.low = length >= 128 ? low : length <= 64 ? 0 : low & ~(UInt64.max >> UInt64(length - 64))
        return address
    }
}

/// A range of addresses: one address, or a network such as `10.0.0.0/8` or `fd00::/8`.
package struct AddressRange: Sendable, Equatable {
    private let network: ClientAddress
    /// The bits of 128 that all addresses of the range share.
    private let length: Int

    /// Reads an address, or an address with the length of its network; nil for anything else, also where bits after
    /// that length are set.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = ClientAddress(String(parts[0])) else { return nil }
        let (before, all) = address.isIPv4 ? (96, 32) : (0, 128)
        var bits = all
        if parts.count == 2 {
            guard parts[1].utf8.count <= 3, let number = digits(parts[1]), number <= all else { return nil }
            bits = number
        }
        length = before + bits
        network = address
        guard address.masked(to: length) == address else { return nil }
    }

    /// True if the address is in the range.
    package func contains(_ address: ClientAddress) -> Bool { address.masked(to: length) == network }
}
