/// Texts in the forms in which they are compared without case: NFKC case folding, and combining marks dropped too.
///
/// Folding is `toNFKC_Casefold` of the Unicode Standard (chapter 3.13), but for Cherokee, which is folded to small
/// letters: texts fold to the same if they differ only in case, in composed and decomposed characters, in width and
/// other compatibility forms, and in characters that are not displayed. Lower case, normalization and properties are
/// those of the standard library, the rest is in ``FoldingTable``.
package enum UnicodeFolding {
    private static let foldings = table(FoldingTable.foldings)
    private static let bases = table(FoldingTable.bases)

    /// The text under NFKC case folding.
    package static func fold(_ text: String) -> String {
        // Needs no table, which is made at its first use.
        guard !text.utf8Span.isKnownASCII else { return text.lowercased() }
        // The only mark that folds to a letter: marks after it are ordered before it is folded.
        let isOrdered = !text.unicodeScalars.contains("\u{345}")
        var scalars = String.UnicodeScalarView()
        for scalar in (isOrdered ? text : composed(text)).unicodeScalars {
            if let folding = foldings[scalar] {
                scalars.append(contentsOf: folding.unicodeScalars)
            } else if !scalar.properties.isDefaultIgnorableCodePoint {
                scalars.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return composed(String(scalars))
    }

    /// A folded text without its combining marks (general category M); nil if it has none.
    package static func withoutMarks(_ folded: String) -> String? {
        var scalars = String.UnicodeScalarView()
        var isChanged = false
        for scalar in folded.unicodeScalars {
            if let base = bases[scalar] {
                scalars.append(contentsOf: base.unicodeScalars)
                isChanged = true
            } else if scalar.isCombiningMark {
                isChanged = true
            } else {
                scalars.append(scalar)
            }
        }
        return isChanged ? composed(String(scalars)) : nil
    }

    /// The text in Unicode Normalization Form C.
    private static func composed(_ text: String) -> String {
        // The standard library has it under this name only; Foundation's is not in FoundationEssentials.
        String(decoding: text._nfcCodeUnits, as: UTF8.self)
    }

    /// Reads a table's entries, see `deploy/make-folding-table`.
    private static func table(_ text: String) -> [Unicode.Scalar: String] {
        func number(_ text: Substring) -> UInt32 { UInt32(text, radix: 16) ?? 0 }
        var table: [Unicode.Scalar: String] = [:]
        var next: UInt32 = 0
        for entry in text.split(whereSeparator: \.isWhitespace) {
            let sides = entry.split(separator: "=", omittingEmptySubsequences: false)
            let run = sides[0].split(separator: "*", omittingEmptySubsequences: false)
            let start = run[0].split(separator: "+", omittingEmptySubsequences: false)
            let step = run.count > 1 ? number(run[1]) : 0
            let targets = sides[1].split(separator: ".").map(number)
            next += number(start[0])
            for index in 0..<(start.count > 1 ? number(start[1]) : 1) {
                let target = targets.compactMap { Unicode.Scalar($0 + index * step) }
                if let scalar = Unicode.Scalar(next) {
                    table[scalar] = String(String.UnicodeScalarView(target))
                }
                next += 1
            }
        }
        return table
    }
}

extension Unicode.Scalar {
    fileprivate var isCombiningMark: Bool {
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }
}
