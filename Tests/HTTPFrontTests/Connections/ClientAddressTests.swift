import Testing

@testable import HTTPFront

@Suite struct ClientAddressTests {
    @Test(arguments: [
        ("127.0.0.1", true), ("127.255.255.254", true), ("::1", true), ("::ffff:127.0.0.1", true),
        ("128.0.0.1", false), ("10.0.0.1", false), ("::2", false), ("1::1", false),
        ("::ffff:10.0.0.1", false),
    ])
    func loopbackIsLoopback(_ text: String, _ isLoopback: Bool) {
        #expect(ClientAddress(text)?.isLoopback == isLoopback)
    }

    @Test(arguments: ["", "localhost", "10.0.0", "10.0.0.256", "[::1]", "10.0.0.1:80", "::g"])
    func otherTextsAreNoAddresses(_ text: String) { #expect(ClientAddress(text) == nil) }

    @Test(arguments: [
        ("10.0.0.1", "10.0.0.1", true), ("10.0.0.1", "10.0.0.2", false),
        ("10.0.0.1", "::ffff:10.0.0.1", true),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::", true), ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
    ])
    func anIPv6NetworkOf64BitsIsOneClient(_ one: String, _ other: String, _ isSame: Bool) {
        #expect((ClientAddress(one)?.network == ClientAddress(other)?.network) == isSame)
    }

    @Test(arguments: [
        ("10.0.0.7", "10.0.0.7", true), ("10.0.0.7", "10.0.0.8", false), ("10.0.0.0/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.0/8", "::ffff:10.1.1.1", true),
        ("0.0.0.0/0", "8.8.8.8", true),
        ("0.0.0.0/0", "2001:db8::1", false), ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe00::1", false),
        ("2001:db8::/96", "2001:db8::1:1", true), ("::/0", "2001:db8::1", true), ("::1", "::1", true),
    ])
    func aRangeHasTheAddressesOfItsNetwork(_ range: String, _ address: String, _ isIn: Bool) throws {
        let client = try #require(ClientAddress(address))
        #expect(AddressRange(range)?.contains(client) == isIn)
    }

    @Test(arguments: [
        "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "0.0.0.0/-0", "10.0.0.0/8/8",
        "10.0.0.1/8",
        "fd00::1/8",
        "fd00::/129", "proxy.example.com",
    ])
    func otherTextsAreNoRanges(_ text: String) { #expect(AddressRange(text) == nil) }
}
