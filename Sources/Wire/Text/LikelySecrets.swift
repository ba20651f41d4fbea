extension String {
    /// The text with each part that looks like a secret cut to its first four characters: 32 or more letters, digits,
    /// `-`, `_`, `+` and `=` in a row, with 16 or more letters and digits in a row, both of them.
    ///
    /// A client may have sent the token of a platform, which the gateway does not know, in place of a name. Names, paths
    /// and UUIDs have shorter words.
    package var withoutLikelySecrets: String {
        guard utf8.count >= 32 else { return self }
        var shown: [UInt8] = []
        for part in utf8.split(omittingEmptySubsequences: false, whereSeparator: { !$0.isOfSecret }) {
            shown += part.looksLikeASecret ? Array(part.prefix(4)) + Array("…".utf8) : Array(part)
            if part.endIndex < utf8.endIndex { shown.append(utf8[part.endIndex]) }
        }
        return String(decoding: shown, as: UTF8.self)
    }
}

extension Substring.UTF8View {
    fileprivate var looksLikeASecret: Bool {
        guard count >= 32 else { return false }
        return split { !$0.isASCIIAlphanumeric }.contains { word in
            word.count >= 16 && word.contains(where: \.isASCIIDigit) && word.contains(where: \.isASCIILetter)
        }
    }
}

extension UInt8 {
    fileprivate var isOfSecret: Bool { isASCIIAlphanumeric || "-_+=".utf8.contains(self) }
}
