import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import HTTPFront

/// Who a request is from: the holder of a share of the pools.
@Suite struct CallerTests {
    private func holder(
        of peer: String?, forwarded: [String] = [], token: String? = nil, behind proxies: [String] = []
    ) throws -> Holder? {
        let name = try #require(HTTPField.Name("X-Forwarded-For"))
        let request = Request(
            head: HTTPRequest(
                method: .get, scheme: "http", authority: "localhost", path: "/",
                headerFields: HTTPFields(forwarded.map { HTTPField(name: name, value: $0) })),
            body: RequestBody(buffer: ByteBuffer()))
        let peer = try peer.map { try SocketAddress(ipAddress: $0, port: 1) }
        return Caller(
            of: request, token: token, from: peer, behind: proxies.compactMap { AddressRange($0) }
        ).holder
    }

    private func address(_ text: String) throws -> Holder {
        .address(try #require(ClientAddress(text)).network)
    }

    @Test func aTokenIsAHolderAndWithoutOneAnAddress() throws {
        #expect(try holder(of: "192.0.2.1", token: "grafana") == .token("grafana"))
        #expect(try holder(of: "192.0.2.1") == (try address("192.0.2.1")))
        #expect(try holder(of: "127.0.0.2") == (try address("127.0.0.2")))
        #expect(try holder(of: "192.0.2.1") != holder(of: "192.0.2.2"))
        #expect(try holder(of: nil) == nil)
    }

    @Test func oneNetworkOfIPv6IsOneClient() throws {
        #expect(try holder(of: "2001:db8:1:2::1") == holder(of: "2001:db8:1:2:ffff::9"))
        #expect(try holder(of: "2001:db8:1:2::1") != holder(of: "2001:db8:1:3::1"))
        #expect(try holder(of: "::ffff:192.0.2.1") == holder(of: "192.0.2.1"))
    }

    @Test func onlyAProxyOfTheConfigurationIsBelieved() throws {
        #expect(try holder(of: "10.0.0.1", forwarded: ["192.0.2.9"]) == (try address("10.0.0.1")))
        #expect(
            try holder(of: "10.0.0.1", forwarded: ["192.0.2.9"], behind: ["10.0.0.0/8"])
                == (try address("192.0.2.9")))
        #expect(
            try holder(of: "11.0.0.1", forwarded: ["192.0.2.9"], behind: ["10.0.0.0/8"])
                == (try address("11.0.0.1")))
    }

    @Test(arguments: [
        ["192.0.2.66, 192.0.2.9"], ["192.0.2.66", "192.0.2.9"], ["x, 192.0.2.9 ,10.0.0.2"],
        ["192.0.2.9,10.9.9.9,10.0.0.2"], ["192.0.2.9:4711"], ["\t192.0.2.9\t, [::ffff:10.0.0.2]:80"],
        ["[::ffff:192.0.2.9]:80"], ["::ffff:192.0.2.9, "],
    ])
    func theLastAddressThatIsNoProxysIsTheClients(_ forwarded: [String]) throws {
        #expect(
            try holder(of: "10.0.0.1", forwarded: forwarded, behind: ["10.0.0.0/8"])
                == (try address("192.0.2.9")))
    }

    @Test(arguments: ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443"])
    func anIPv6AddressIsReadWithBracketsAndPortToo(_ forwarded: String) throws {
        #expect(
            try holder(of: "10.0.0.1", forwarded: [forwarded], behind: ["10.0.0.0/8"])
                == (try address("2001:db8::1")))
    }

    @Test(arguments: [["unknown"], ["192.0.2.9, unknown"], ["192.0.2.9:x"], ["_hidden"]])
    func clientsWhoseAddressCannotBeReadAreOneHolderForEachProxy(_ forwarded: [String]) throws {
        for proxy in ["10.0.0.1", "10.0.0.2"] {
            #expect(
                try holder(of: proxy, forwarded: forwarded, behind: ["10.0.0.0/8"]) == (try address(proxy)))
        }
    }

    @Test(arguments: [[], [""], [" , "], ["10.0.0.2"]])
    func aProxyItselfHoldsNothing(_ forwarded: [String]) throws {
        #expect(try holder(of: "10.0.0.1", forwarded: forwarded, behind: ["10.0.0.0/8"]) == nil)
    }
}
