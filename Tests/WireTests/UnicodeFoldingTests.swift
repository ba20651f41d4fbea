import TestSupport
import Testing
import Wire

@Suite struct UnicodeFoldingTests {
    @Test(arguments: [
        ("Straße", "STRASSE"), ("STRAẞE", "strasse"), ("ＬＬＡＭＡ－３", "llama-3"), ("cafe\u{301}", "CAFÉ"),
        ("ﬁne-tuned", "FINE-TUNED"), ("x²", "X2"), ("Σίσυφος", "ΣΊΣΥΦΟΣ"), ("ﾓﾃﾞﾙ", "モデル"), ("㍿", "株式会社"),
        ("㎏", "KG"), ("Å", "å"), ("K", "k"), ("İ", "i\u{307}"), ("a\u{200B}b\u{AD}c", "abc"), ("ǅ", "dž"),
        ("ა", "Ა"), ("ꮿ", "Ꮿ"), ("豈", "豈"), ("각", "\u{1100}\u{1161}\u{11A8}"), ("é\u{323}", "ẹ\u{301}"),
        ("α\u{345}\u{301}", "ᾴ"), ("𝕃𝕝𝕒𝕞𝕒", "llama"), ("№ 5", "no 5"), ("\u{A0}", " "), ("", ""),
    ])
    func foldsToTheSame(_ left: String, _ right: String) {
        #expect(Array(UnicodeFolding.fold(left).utf8) == Array(UnicodeFolding.fold(right).utf8))
    }

    @Test(arguments: [
        ("e", "é"), ("i", "İ"), ("i", "ı"), ("か", "が"), ("o", "ø"), ("한", "ᄒ"), ("-", "_"), ("0", "o"),
    ])
    func doesNotFoldToTheSame(_ left: String, _ right: String) {
        #expect(UnicodeFolding.fold(left) != UnicodeFolding.fold(right))
    }

    @Test(arguments: [
        ("É", "e"), ("cafe\u{301}", "cafe"), ("İstanbul", "istanbul"), ("Ǆemal\u{308}", "dzemal"), ("ガ", "カ"),
        ("Đ\u{302}", "đ"), ("Ё", "е"), ("ΐ", "ι"), ("\u{301}", ""), ("नि", "न"), ("𝕰\u{301}", "e"),
    ])
    func marksAreDropped(_ text: String, _ bare: String) {
        #expect(
            UnicodeFolding.withoutMarks(UnicodeFolding.fold(text)).map { Array($0.utf8) } == Array(bare.utf8))
    }

    @Test(arguments: ["llama", "模型", "ß", "한글", "ı", "ø"])
    func aTextWithoutMarksHasNone(_ text: String) {
        #expect(UnicodeFolding.withoutMarks(UnicodeFolding.fold(text)) == nil)
    }

    /// Every character but ideographs and Hangul syllables, which fold to themselves.
    private static let characters = (0x20..<0x2FA20).compactMap { Unicode.Scalar(UInt32($0)) }.filter {
        scalar in
        switch (scalar.value, scalar.properties.generalCategory) {
        case (0x3400..<0xA000, _), (0xAC00..<0xD7A4, _), (0x17000..<0x18D00, _), (0x20000..<0x2F800, _): false
        case (_, .unassigned), (_, .privateUse), (_, .surrogate): false
        default: true
        }
    }

    @Test func everyCharacterIsAsTheDefinitionSays() {
        var wrong: [String] = []
        for scalar in Self.characters {
            let text = String(scalar)
            let folded = UnicodeFolding.fold(text)
            let bare = UnicodeFolding.withoutMarks(folded) ?? folded
            let isRight =
                Array(folded.utf8) == Array(text.plainlyFolded.utf8)
                && Array(bare.utf8) == Array(text.plainlyFoldedWithoutMarks.utf8)
            if !isRight { wrong.append("U+\(String(scalar.value, radix: 16))") }
        }
        #expect(wrong == [])
    }

    @Test func foldingTwiceIsFoldingOnce() {
        let wrong = Self.characters.filter { scalar in
            let once = UnicodeFolding.fold("a" + String(scalar) + "b")
            return Array(UnicodeFolding.fold(once).utf8) != Array(once.utf8)
        }
        #expect(wrong == [])
    }
}
