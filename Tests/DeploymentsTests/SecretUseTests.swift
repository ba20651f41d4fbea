import Deployments
import Testing

@Suite struct SecretUseTests {
    /// The value of a text that fits, or the reason why it does not.
    private func read(_ text: String, as use: SecretUse) -> String {
        do throws(SecretFault) { return try use.secret(from: text).revealed() } catch {
            return error.description
        }
    }

    @Test(arguments: ["sk-1", " sk-1", "sk-1 ", "\t sk-1\r\n\r\n", "\u{FEFF}sk-1", "\u{FEFF} sk-1\n"])
    func blanksAndAByteOrderMarkAreCut(_ text: String) {
        #expect(read(text, as: .token) == "sk-1")
        #expect(read(text, as: .password) == "sk-1")
    }

    @Test(arguments: ["", " ", "\n", "\u{FEFF}", "\u{FEFF}\r\n"])
    func whatHoldsNothingElseIsEmpty(_ text: String) {
        #expect(read(text, as: .token) == "is empty")
        #expect(read(text, as: .password) == "is empty")
    }

    @Test(arguments: [
        ("sk\u{A0}1", "a no-break space", 3), ("sk-1\u{A0}", "a no-break space", 5),
        ("sk-1\u{202F}\n", "a no-break space", 5), ("sk\u{200B}1", "an invisible character", 3),
        ("\u{200D}sk", "an invisible character", 1), ("sk\u{FEFF}1", "a byte order mark", 3),
        ("\u{FEFF} s k", "a blank", 4), ("s\tk", "a tab", 2), ("sk\r\nHost: b", "a line break", 3),
        ("sk\u{2028}", "a line break", 3), ("s\u{0}k", "a control character", 2),
        ("s\u{7F}k", "a control character", 2), ("clé", "a character beyond ASCII", 3),
        ("“sk”", "a character beyond ASCII", 1),
    ])
    func aTokenIsVisibleASCIIElseThePositionIsTold(_ text: String, _ what: String, _ position: Int) {
        #expect(
            read(text, as: .token)
                == "has \(what) at position \(position); it must be visible ASCII characters only")
    }

    @Test(arguments: ["Bearer sk-1", "bearer sk-1", "BEARER\tsk-1", " Bearer  sk-1\n"])
    func aTokenWithItsSchemeIsNamedAsThat(_ text: String) {
        #expect(
            read(text, as: .token)
                == "begins with `Bearer `: it must be the token alone, without that word")
    }

    @Test(arguments: ["Bearer", "bearer-1", "Bearersk", "xBearer"])
    func aTokenThatOnlyBeginsLikeItsSchemeIsOne(_ text: String) {
        #expect(read(text, as: .token) == text)
    }

    @Test(arguments: ["pass word", "pässwörd", "密码", "a\u{A0}b", "Bearer x"])
    func aPasswordMayHoldBlanksAndAnyCharacters(_ text: String) {
        #expect(read(text, as: .password) == text)
    }

    @Test(arguments: [("a\nb", "a line break"), ("a\tb", "a tab"), ("a\u{1B}b", "a control character")])
    func aPasswordHasNoControlCharacters(_ text: String, _ what: String) {
        #expect(
            read(text, as: .password)
                == "has \(what) at position 2; it must be text without control characters")
    }
}
