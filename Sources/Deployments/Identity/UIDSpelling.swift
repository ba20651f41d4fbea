import Wire

extension [UInt8] {
    /// Appends a part of a platform's own key as it stands in a uid: percent-encoded, all but `A-Za-z0-9-._~`.
    ///
    /// Clients take the segments `.` and `..` out of a path, browsers also `%2E`, before they send it. So these parts
    /// are written as `%252E` and `%252E%252E`, and a part that is written so itself with one more `25`: no two parts
    /// are written alike.
    package mutating func appendUIDPart(_ part: String) {
        guard part.isOfDots else { return appendPercentEncoded(part) }
        let dots = part.utf8.allSatisfy { $0 == UInt8(ascii: ".") }
        appendPercentEncoded(
            dots ? part.replacing(".", with: "%2E") : part.replacing("%", with: "%25"))
    }
}

extension ModelDeployment {
    /// A uid in today's spelling, if its parts that are dots are spelled otherwise: as in release 0.1.0, or decoded on
    /// the way; any other uid as it is.
    package static func respelled(uid: String) -> String {
        guard uid.utf8.mayHavePartOfDots else { return uid }
        let parts = uid.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.map { part in
            let part = Substring(part)
            guard part.utf8.count <= 6, let decoded = percentDecoded(part, plusIsSpace: false),
                decoded == "." || decoded == ".."
            else { return String(part) }
            return decoded.replacing(".", with: "%252E")
        }.joined(separator: "/")
    }
}

extension String.UTF8View {
    /// True if a part after the first begins as `.` does in any spelling, as hardly any does.
    fileprivate var mayHavePartOfDots: Bool {
        var isAfterSlash = false
        for byte in self {
            if isAfterSlash, byte == UInt8(ascii: ".") || byte == UInt8(ascii: "%") { return true }
            isAfterSlash = byte == UInt8(ascii: "/")
        }
        return false
    }
}

extension String {
    /// True for `.` and `..`, and for what percent-encoding makes of them, however often it is applied.
    fileprivate var isOfDots: Bool {
        guard let first = utf8.first, first == UInt8(ascii: ".") || first == UInt8(ascii: "%") else {
            return false
        }
        var text = self
        while true {
            if [".", "..", "%2E", "%2E%2E"].contains(text) { return true }
            let shorter = text.replacing("%25", with: "%")
            guard shorter.utf8.count < text.utf8.count else { return false }
            text = shorter
        }
    }
}
