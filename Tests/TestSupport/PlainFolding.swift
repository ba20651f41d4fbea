import Foundation

/// The definition of how `like` and `q` compare texts, in plain code over Foundation's normalization; tests compare
/// the tables with it.
extension String {
    /// The text under NFKC case folding: "compatibility caseless match" of the Unicode Standard, definition D146.
    package var plainlyFolded: String {
        if utf8.allSatisfy({ $0 < 0x80 }) { return lowercased() }
        let once = decomposedStringWithCanonicalMapping.plainlyCased.decomposedStringWithCompatibilityMapping
        return once.plainlyCased.precomposedStringWithCompatibilityMapping
    }

    /// The folded text without combining marks.
    package var plainlyFoldedWithoutMarks: String {
        if utf8.allSatisfy({ $0 < 0x80 }) { return lowercased() }
        let isMark: (Unicode.Scalar) -> Bool = { scalar in
            [.nonspacingMark, .spacingMark, .enclosingMark].contains(scalar.properties.generalCategory)
        }
        let decomposed = plainlyFolded.decomposedStringWithCanonicalMapping.unicodeScalars
        return String(String.UnicodeScalarView(decomposed.filter { !isMark($0) }))
            .precomposedStringWithCanonicalMapping
    }

    /// The lower case of the upper case, which makes one text of all cases; without what is not displayed.
    private var plainlyCased: String {
        unicodeScalars.filter { !$0.properties.isDefaultIgnorableCodePoint }.map { scalar in
            // `ı` is no other case of `i`, though both have the capital `I`.
            scalar == "ı" ? "ı" : scalar.properties.uppercaseMapping.lowercased()
        }.joined()
    }
}
