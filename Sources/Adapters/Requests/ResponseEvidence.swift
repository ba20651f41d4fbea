import Upstream
import Wire

/// The facts that an answer states about its list outside of the body: in its status line and its headers.
///
/// They never make a list longer or shorter. A list that they contradict is not proven complete.
package struct ResponseEvidence: Sendable, Hashable {
    /// A number that a header states, such as `X-Total-Count: 57`.
    struct Stated: Sendable, Hashable {
        /// The header's name in lower case.
        var header: String
        /// Not negative.
        var count: Int
    }

    /// The HTTP status.
    var status = 200
    /// The numbers of records of the complete list.
    var totals: [Stated] = []
    /// The numbers of pages of the complete list.
    var pageCounts: [Stated] = []
    /// The number of records that `Content-Range` spans; nil without one, or if it counts bytes.
    var range: Stated?
    /// The first header that announces another page, in lower case; nil if none does.
    var nextHeader: String?
    /// The time since the platform itself made the answer, in seconds (`Age`, RFC 9111 §5.1); 0 without a
    /// cache on the way.
    var ageSeconds = 0

    /// An answer of status 200 without headers.
    package init() {}

    /// Reads an answer's headers.
    ///
    /// Headers in `ignored`, in lower case, mean something else on this platform. A value that cannot be read
    /// states nothing.
    init(of response: UpstreamResponse, ignoring ignored: Set<String>) {
        status = response.status
        for (name, value) in response.headers where !ignored.contains(name) {
            if Self.totalHeaders.contains(name) {
                if let count = Self.count(value) { totals.append(Stated(header: name, count: count)) }
            } else if Self.pageCountHeaders.contains(name) {
                if let count = Self.count(value) { pageCounts.append(Stated(header: name, count: count)) }
            } else if Self.nextHeaders.contains(name) {
                if !value.isEmpty, value != "0", value != "null" { nextHeader = nextHeader ?? name }
            } else if name == "content-range" {
                readRange(value)
            } else if name == "link" {
                if LinkHeader.target(of: "next", in: value) != nil { nextHeader = nextHeader ?? name }
            } else if name == "age" {
                ageSeconds = max(ageSeconds, min(Self.count(value) ?? 0, Self.longestAge))
            }
        }
    }

    /// The names, in lower case, of all headers that are read as evidence.
    static let headers = totalHeaders.union(pageCountHeaders).union(nextHeaders).union([
        "content-range", "link", "age",
    ])

    // In use by public APIs: GitLab (X-Total, X-Total-Pages, X-Next-Page), WordPress (X-WP-Total), json-server
    // and many others (X-Total-Count).
    private static let totalHeaders: Set = [
        "x-total-count", "x-total", "x-total-items", "x-total-results", "x-wp-total", "total-count",
        "x-pagination-total-count",
    ]
    private static let pageCountHeaders: Set = [
        "x-total-pages", "x-wp-totalpages", "total-pages", "x-pagination-page-count",
    ]
    private static let nextHeaders: Set = ["x-next-page", "x-next-cursor", "x-next-token"]

    /// Ten years, beyond which an `Age` is taken for this.
    private static let longestAge = 315_360_000

    private static func count(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy(\.isASCIIDigit) else { return nil }
        return Int(text)
    }

    /// Reads `items 0-99/250`, also without the unit; a range of bytes says nothing about records.
    private mutating func readRange(_ value: String) {
        var text = value[...]
        if let blank = text.firstIndex(of: " ") {
            guard text[..<blank].lowercased() != "bytes" else { return }
            text = text[text.index(after: blank)...]
        }
        let halves = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard halves.count == 2 else { return }
        if let total = Self.count(halves[1]) {
            totals.append(Stated(header: "content-range", count: total))
        }
        let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard ends.count == 2, let first = Self.count(ends[0]), let last = Self.count(ends[1]), last >= first,
            last < .max
        else { return }
        range = Stated(header: "content-range", count: last - first + 1)
    }
}

/// The `Link` header (RFC 8288).
enum LinkHeader {
    /// The target of the first link with this relation type; nil if there is none.
    ///
    /// Commas, semicolons and quotes inside a target or a quoted parameter do not end it. A header of more
    /// than 32 KiB has no links.
    static func target(of relation: String, in value: String) -> String? {
        guard value.utf8.count <= 32 << 10 else { return nil }
        var rest = Substring(value)
        while let open = rest.firstIndex(of: "<") {
            guard let close = rest[open...].firstIndex(of: ">") else { return nil }
            let target = String(rest[rest.index(after: open)..<close])
            rest = rest[rest.index(after: close)...]
            let parameters = takeParameters(&rest)
            let isWanted = parameters.contains { name, value in
                name == "rel"
                    && value.split(whereSeparator: { $0 == " " || $0 == "\t" })
                        .contains { $0.lowercased() == relation }
            }
            if isWanted { return target }
        }
        return nil
    }

    /// Takes the parameters of one link, up to the comma that ends it.
    private static func takeParameters(_ rest: inout Substring) -> [(name: String, value: String)] {
        var parameters: [(name: String, value: String)] = []
        var (text, isQuoted, isEscaped) = ("", false, false)
        func finish() {
            let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { $0.trimmingBlanks }
            if sides.count == 2 { parameters.append((sides[0].lowercased(), sides[1])) }
            text = ""
        }
        while let next = rest.popFirst() {
            if isEscaped {
                text.append(next)
                isEscaped = false
            } else if isQuoted, next == "\\" {
                isEscaped = true
            } else if next == "\"" {
                isQuoted.toggle()
            } else if next == ";", !isQuoted {
                finish()
            } else if next == ",", !isQuoted {
                break
            } else {
                text.append(next)
            }
        }
        finish()
        return parameters
    }
}

extension Substring {
    fileprivate var trimmingBlanks: String {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
