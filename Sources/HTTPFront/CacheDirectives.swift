import Deployments

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
            var scanner = DirectiveScanner(line)
            while let (name, argument) = scanner.next() { note(name, argument) }
        }
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
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isPlain ? .seconds(min(Int(text) ?? greatestSeconds, greatestSeconds)) : nil
    }
}

/// Walks the directives of one header line: `token`, `token=token` or `token="quoted"`, between commas.
private struct DirectiveScanner {
    private var rest: Substring.UTF8View

    init(_ line: String) { rest = line[...].utf8 }

    /// The next well-formed directive, its name in lower case; nil at the end of the line.
    mutating func next() -> (name: String, argument: String?)? {
        while !rest.isEmpty {
            let directive = directive()
            skipSpace()
            if rest.isEmpty || rest.first == UInt8(ascii: ",") {
                rest = rest.dropFirst()
                if let directive { return directive }
            } else {
                skipToComma()
            }
        }
        return nil
    }

    private mutating func directive() -> (name: String, argument: String?)? {
        skipSpace()
        guard let name = token() else { return nil }
        guard rest.first == UInt8(ascii: "=") else { return (name.lowercased(), nil) }
        rest = rest.dropFirst()
        guard let argument = rest.first == UInt8(ascii: "\"") ? quoted() : token() else { return nil }
        return (name.lowercased(), argument)
    }

    /// nil where no character of a token (RFC 9110 §5.6.2) stands here.
    private mutating func token() -> String? {
        let token = rest.prefix(while: Self.isTokenCharacter)
        guard !token.isEmpty else { return nil }
        rest = rest[token.endIndex...]
        return String(Substring(token))
    }

    /// A text in quotes, without them and without its backslashes; nil where it does not end.
    private mutating func quoted() -> String? {
        var text: [UInt8] = []
        rest = rest.dropFirst()
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): if let escaped = rest.popFirst() { text.append(escaped) }
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func skipSpace() {
        rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    /// Leaves a malformed directive behind; a comma between quotes is not its end.
    private mutating func skipToComma() {
        while let byte = rest.first {
            if byte == UInt8(ascii: "\"") {
                _ = quoted()
            } else {
                rest = rest.dropFirst()
                if byte == UInt8(ascii: ",") { return }
            }
        }
    }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
