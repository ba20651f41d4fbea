import Testing
import Wire

/// The hashes that stored keys, page tokens and entity tags depend on: their values never change.
@Suite struct HashTests {
    /// The FNV authors' test vectors (http://www.isthe.com/chongo/tech/comp/fnv/).
    @Test(
        arguments: [
            ("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8),
        ] as [(String, UInt64)])
    func fnv1aIsItsAuthorsOwn(_ text: String, _ hash: UInt64) {
        var fnv = FNV1a()
        fnv.add(text.utf8)
        #expect(fnv.hash == hash)
    }

    private func fingerprint(_ fill: (inout Fingerprint) -> Void) -> UInt64 {
        var fingerprint = Fingerprint()
        fill(&fingerprint)
        return fingerprint.hash
    }

    @Test func aFingerprintIsTheSameInEveryRelease() {
        #expect(fingerprint { $0.add("ab") } == 0xe720_2e19_0542_452f)
        #expect(fingerprint { $0.add(-1) } == 0x8cf5_1a8b_fca3_883d)
        #expect(fingerprint { $0.add(UInt64(0x0123_4567_89AB_CDEF)) } == 0x5c66_813d_6224_eb80)
        #expect(fingerprint { $0.add(Array(UInt8(0)..<20)[...]) } == 0xf330_12f4_2f70_ad9d)
    }

    @Test func aFingerprintTellsSequencesApart() {
        let joined = fingerprint { $0.add("ab") }
        let parted = fingerprint {
            $0.add("a")
            $0.add("b")
        }
        #expect(joined != parted)
    }
}
