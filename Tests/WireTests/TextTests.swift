import Testing
import Wire

/// Percent-encoding, hexadecimal digits and base64, each with its standard's own examples.
@Suite struct TextTests {
    @Test(arguments: [
        ("AZaz09-._~", "AZaz09-._~"), ("a b/c", "a%20b%2Fc"), ("ü", "%C3%BC"), ("%+&=", "%25%2B%26%3D"),
        ("\u{0}\u{7F}", "%00%7F"), ("", ""),
    ])
    func everyByteButUnreservedOnesIsPercentEncoded(_ text: String, _ encoded: String) {
        var bytes: [UInt8] = []
        bytes.appendPercentEncoded(text)
        #expect(String(decoding: bytes, as: UTF8.self) == encoded)
        #expect(percentDecoded(encoded[...], plusIsSpace: true) == text)
    }

    @Test(
        arguments: [
            ("a+b", true, "a b"), ("a+b", false, "a+b"), ("%2b%2B", true, "++"), ("%2525", false, "%25"),
            ("%", false, nil), ("%4", false, nil), ("%4g", false, nil), ("%+1", true, nil),
            ("%ff", false, nil),
            ("%C3", false, nil), ("%c3%bc", false, "ü"),
        ] as [(String, Bool, String?)])
    func percentDecodingIsStrict(_ text: String, _ plusIsSpace: Bool, _ decoded: String?) {
        #expect(percentDecoded(text[...], plusIsSpace: plusIsSpace) == decoded)
    }

    @Test func numbersAreWrittenInHexadecimalDigits() {
        #expect(UInt64(0).hexadecimalDigits == "0000000000000000")
        #expect(UInt64.max.hexadecimalDigits == "ffffffffffffffff")
        #expect(UInt64(0xC0FFEE).hexadecimalDigits == "0000000000c0ffee")
        #expect(UInt64(0x9F).hexadecimal(digits: 4) == "009f")
        #expect(UInt64(0x12345).hexadecimal(digits: 4) == "2345")
    }

    @Test(
        arguments: [
            ("0", 0), ("9", 9), ("a", 10), ("f", 15), ("A", 10), ("F", 15), ("g", nil), ("/", nil),
            (":", nil),
            ("@", nil), ("`", nil),
        ] as [(Unicode.Scalar, UInt8?)])
    func aHexadecimalDigitHasItsValueInEitherCase(_ digit: Unicode.Scalar, _ value: UInt8?) {
        #expect(UInt8(ascii: digit).hexadecimalValue == value)
    }

    /// RFC 4648 §10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64IsTheStandardsOwn(_ text: String, _ encoded: String) {
        #expect(Base64.standard.encode(Array(text.utf8)) == encoded)
        #expect(Base64.standard.decode(encoded) == Array(text.utf8))
        let bare = encoded.replacing("=", with: "")
        #expect(Base64.urlSafe.encode(Array(text.utf8)) == bare)
        #expect(Base64.urlSafe.decode(bare) == Array(text.utf8))
    }

    @Test func theAlphabetsDifferInTwoCharacters() {
        #expect(Base64.standard.encode([0xFB, 0xEF, 0xFF]) == "++//")
        #expect(Base64.urlSafe.encode([0xFB, 0xEF, 0xFF]) == "--__")
        #expect(Base64.urlSafe.decode("++//") == nil)
        #expect(Base64.standard.decode("--__") == nil)
    }

    @Test(arguments: ["Z", "Zg=", "Zg", "Zh==", "Z===", "====", "Zg==Zg==", "Z g=", "Zm9v\n"])
    func whatNoBytesAreWrittenAsIsRefused(_ text: String) {
        #expect(Base64.standard.decode(text) == nil)
    }

    @Test(arguments: ["Z", "Zg==", "Zh", "Zm9", "Zm9vZ", "Zm9ü"])
    func whatNoBytesAreWrittenAsInAURLIsRefused(_ text: String) {
        #expect(Base64.urlSafe.decode(text) == nil)
    }
}
