import Testing

@testable import Upstream

@Suite struct ContentEncodingTests {
    @Test(
        arguments: [
            ([], []), ([""], []), (["UTF-8"], []), (["utf8", "identity"], []), ([" gzip "], ["gzip"]),
            (["UTF-8, GZIP"], ["gzip"]), (["gzip", "br"], ["gzip", "br"]), (["text/html; charset=utf-8"], []),
            (["windows-1252"], []), (["latin1,none"], []),
        ] as [([String], [String])])
    func wordsThatEncodeNothingAreLeftOut(_ values: [String], _ names: [String]) {
        let encoding = ContentEncoding(values)
        #expect(encoding.isNone == names.isEmpty)
        #expect(encoding.unreadable(by: Set(names)) == nil)
        #expect((encoding.unreadable(by: []) == nil) == names.isEmpty)
    }

    @Test(
        arguments: [
            (["br"], "the encoding `br`"), (["gzip, br"], "the encoding `br`"), (["x-gzip"], nil),
            (["a secret"], "an unknown encoding"),
        ] as [([String], String?)])
    func anEncodingThatIsNotDecompressedHereIsNamedIfItIsRegistered(_ values: [String], _ name: String?) {
        #expect(ContentEncoding(values).unreadable(by: ["gzip", "x-gzip"]) == name)
    }
}
