/// The encodings of a response's body, as its `Content-Encoding` headers name them.
///
/// Some servers write a charset, a media type or another word there that encodes nothing: the body is then
/// taken as it stands. Beside a real encoding such a word stays: libcurl then refuses the body.
struct ContentEncoding {
    /// The names of encodings in the order of the headers, in lower case; empty for a body as it stands.
    private let names: [String]

    /// Reads the values of all `Content-Encoding` headers of a response.
    init(_ values: [String]) {
        names = values.flatMap { $0.lowercased().split(separator: ",") }
            .map { String($0.filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" }) }
            .filter { !Self.encodesNothing($0) }
    }

    /// True if the body is as it stands.
    var isNone: Bool { names.isEmpty }

    /// The first encoding that is not one of `decodable`, as a message may show it; nil if there is none.
    ///
    /// Only registered names are shown: anything else may be any text of the platform's.
    func unreadable(by decodable: Set<String>) -> String? {
        guard let name = names.first(where: { !decodable.contains($0) }) else { return nil }
        return Self.registered.contains(name) ? "the encoding `\(name)`" : "an unknown encoding"
    }

    /// True for a word that names no encoding of a body: nothing at all, a charset, a media type, or an
    /// encoding of mail (RFC 2045 §6) that changes no byte.
    private static func encodesNothing(_ name: String) -> Bool {
        let charsets = ["utf", "iso-8859-", "windows-125", "charset="]
        return ["", "identity", "none", "ascii", "us-ascii", "latin1", "7bit", "8bit", "binary"].contains(
            name)
            || charsets.contains { name.hasPrefix($0) } || name.contains("/")
    }

    /// The registered encodings (RFC 9110 §16.6.1) but `identity`.
    private static let registered: Set<String> = [
        "aes128gcm", "br", "compress", "dcb", "dcz", "deflate", "exi", "gzip", "pack200-gzip", "x-compress",
        "x-gzip", "zstd",
    ]
}
