import TestSupport
import Testing

@testable import HTTPFront

@Suite struct PageTokenTests {
    @Test(arguments: [
        PageToken(cursor: CursorID(high: 0, low: 0), offset: 1),
        PageToken(cursor: CursorID(high: .max, low: 1 << 63), offset: .max),
        PageToken(cursor: CursorID(high: 0x0123_4567_89AB_CDEF, low: 42), offset: 1000),
    ])
    func aTokenIsReadAsItWasWritten(_ token: PageToken) {
        #expect(token.text.utf8.count == 36)
        #expect(PageToken(token.text) == token)
        let isURLSafe = token.text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        #expect(isURLSafe)
    }

    @Test func noOffsetFromBeforeTheFirstRowIsRead() {
        #expect(PageToken(PageToken(cursor: CursorID(high: 1, low: 2), offset: 0).text) == nil)
    }

    @Test func everyCutAndEveryChangedCharacterIsFound() {
        let text = PageToken(cursor: CursorID(high: 7, low: 8), offset: 9).text
        for length in 0..<36 { #expect(PageToken(String(text.prefix(length))) == nil) }
        for index in text.indices {
            for other in "A_x0=. \u{e9}" where other != text[index] {
                var changed = text
                changed.replaceSubrange(index...index, with: String(other))
                #expect(PageToken(changed) == nil, "\(changed)")
            }
        }
    }

    @Test(arguments: [31, 32] as [UInt64])
    func randomTextsAreNoTokens(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/%")
        for _ in 0..<2000 {
            let length = Bool.random(using: &random) ? 36 : Int.random(in: 0...80, using: &random)
            let text = String((0..<length).map { _ in alphabet[Int.random(in: 0..<68, using: &random)] })
            #expect(PageToken(text) == nil, "seed \(seed): \(text)")
        }
    }
}
