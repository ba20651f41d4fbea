extension String {
    /// The number of terminal columns of a text; meant for text from ``neutralized(limit:)``.
    var displayWidth: Int {
        utf8.allSatisfy { $0 < 0x80 } ? utf8.count : reduce(0) { $0 + $1.displayWidth }
    }

    /// The text in at most `width` columns, its end replaced by `…` where it was longer.
    func cut(toWidth width: Int) -> String {
        guard displayWidth > width else { return self }
        var head = ""
        var used = 0
        for character in self {
            guard used + character.displayWidth < width else { break }
            head.append(character)
            used += character.displayWidth
        }
        return head + "…"
    }
}

extension Character {
    /// The columns of one user-perceived character: 0 for a lone mark, 1, or 2 for wide ones.
    fileprivate var displayWidth: Int {
        var width = 0
        for (index, scalar) in unicodeScalars.enumerated()
        where index == 0 || !scalar.properties.isEmojiModifier {
            width += scalar.displayWidth
        }
        return width
    }
}

extension Unicode.Scalar {
    fileprivate var displayWidth: Int {
        if value < 0x300 { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        // The vowels and finals of a decomposed Hangul syllable share the initial's two columns.
        if (0x1160...0x11FF).contains(value) { return 0 }
        // Two regional indicators make one flag of two columns.
        if (0x1F1E6...0x1F1FF).contains(value) { return 1 }
        return properties.isEmojiPresentation || isEastAsianWide ? 2 : 1
    }

    /// East Asian Width W and F (UAX #11), emoji aside, in blocks.
    private var isEastAsianWide: Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
            0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
            0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
