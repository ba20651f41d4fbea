import Wire

/// What a request's `Cache-Control` header says of how old an answer may be (RFC 9111 §5.2.1).
///
/// A header is no parameter: what cannot be read of it is passed over, never refused. `no-store`, `min-fresh`,
/// `max-stale` and unknown directives say nothing here.
struct CacheDirectives: Sendable, Equatable {
    /// `max-age` in whole seconds, the smallest where it is repeated; `no-cache` is 0.
    private(set) var maxAge: Duration?
    private(set) var onlyIfCached = false

    /// The number that stands for every greater one (RFC 9111 §1.2.2).
    private static let greatestSeconds = 2_147_483_648

    init() {}

    /// Reads every line of the header, as if they were one list.
    init(lines: some Sequence<String>) {
        for line in lines {
            var scanner = HeaderScanner(line)
            while let (name, argument) = scanner.nextElement(Self.directive) { note(name, argument) }
        }
    }

    /// `token`, `token=token` or `token="quoted"`.
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
