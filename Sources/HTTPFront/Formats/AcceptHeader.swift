import Wire

/// What a client would rather have, with weights: an `Accept` or `Accept-Encoding` header (RFC 9110 §12.4.2).
///
/// A header is no parameter: an element that cannot be read is passed over, never refused, and so is every parameter
/// but `q`.
struct AcceptHeader: Sendable, Equatable {
    struct Preference: Sendable, Equatable {
        /// In lower case; `*` for anything, `type/*` for any of a type.
        var name: String
        /// In thousandths, 0 to 1000; 0 is "not this".
        var weight: Int
    }

    private(set) var preferences: [Preference] = []

    /// Reads every line of the header, as if they were one list.
    init(lines: some Sequence<String>) {
        for line in lines {
            var scanner = HeaderScanner(line)
            while let preference = scanner.nextElement(Self.preference) { preferences.append(preference) }
        }
    }

    /// What is said of exactly this name, the greatest weight where it is said more than once; nil: nothing.
    func weight(of name: String) -> Int? {
        preferences.filter { $0.name == name }.map(\.weight).max()
    }

    private static func preference(_ scanner: inout HeaderScanner) -> Preference? {
        guard var name = scanner.name() else { return nil }
        if scanner.take("/") {
            guard let subtype = scanner.name() else { return nil }
            name += "/" + subtype
        }
        var weight = 1000
        while true {
            scanner.skipSpace()
            guard scanner.take(";") else { return Preference(name: name, weight: weight) }
            scanner.skipSpace()
            guard let parameter = scanner.name(), scanner.take("="), let value = scanner.value() else {
                return nil
            }
            guard parameter == "q" else { continue }
            guard let stated = Self.weight(value) else { return nil }
            weight = stated
        }
    }

    /// 0 to 1 with at most three digits after the point; nil for anything else.
    private static func weight(_ text: String) -> Int? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? parts[1] : ""
        guard parts[0] == "0" || parts[0] == "1", fraction.utf8.count <= 3,
            fraction.utf8.allSatisfy(\.isASCIIDigit)
        else { return nil }
        let thousandths = Int(fraction + String(repeating: "0", count: 3 - fraction.utf8.count)) ?? 0
        let weight = (parts[0] == "1" ? 1000 : 0) + thousandths
        return weight <= 1000 ? weight : nil
    }
}

extension AcceptHeader {
    /// As `Accept-Encoding`: whether a compressed answer is at least as welcome as a plain one.
    ///
    /// Without the header nothing is compressed: it is the one way that every client reads.
    var acceptsGzip: Bool {
        let stated = [weight(of: "gzip"), weight(of: "x-gzip")].compactMap { $0 }.max()
        let gzip = stated ?? weight(of: "*") ?? 0
        return gzip > 0 && gzip >= weight(of: "identity") ?? 0
    }
}
