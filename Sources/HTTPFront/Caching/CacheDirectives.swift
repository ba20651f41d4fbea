import Wire

/// The demands of a request's `Cache-Control` header on the age of a list (RFC 9111 §5.2.1).
///
/// Unlike a parameter, a directive that cannot be read is skipped, never refused. `no-store`, `min-fresh`, `max-stale`
/// and unknown directives are ignored.
struct CacheDirectives: Sendable, Equatable {
    /// `max-age` in whole seconds, the smallest if it is repeated; `no-cache` is 0; nil without either.
    private(set) var maxAge: Duration?
    private(set) var onlyIfCached = false

    /// The maximum number of seconds; greater numbers are read as this one (RFC 9111 §1.2.2).
    private static let greatestSeconds = 2_147_483_648

    init() {}

    /// Reads all lines of the header as one list.
    init(lines: some Sequence<String>) {
        for line in lines {
            var scanner = HeaderScanner(line)
            while let (name, argument) = scanner.nextElement(Self.directive) { note(name, argument) }
        }
    }

    /// Reads `token`, `token=token` or `token="quoted"`.
    private static func directive(_ scanner: inout HeaderScanner) -> (name: String, argument: String?)? {
        guard let name = scanner.name() else { return nil }
        guard scanner.take("=") else { return (name, nil) }
        return scanner.value().map { (name, $0) }
    }

    private mutating func note(_ name: String, _ argument: String?) {
        switch name {
        case "no-cache": maxAge = .zero
        case "only-if-cached": onlyIfCached = true
        case "max-age":
            guard let seconds = argument.flatMap(Self.deltaSeconds) else { return }
            maxAge = min(maxAge ?? seconds, seconds)
        default: return
        }
    }

    private static func deltaSeconds(_ text: String) -> Duration? {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy(\.isASCIIDigit)
        return isPlain ? .seconds(min(Int(text) ?? greatestSeconds, greatestSeconds)) : nil
    }
}
