import Wire

/// A keyed digest of the values of a source's credentials, by which a list belongs to them.
///
/// Two digests of one key are equal exactly if the values are. Key and digest together tell nothing of a value but
/// whether a guess is right, as a salted hash of a password does: who can read the store can try weak ones.
package struct CredentialDigest: Sendable, Hashable {
    /// The key of a digest: 32 random bytes, another for each list.
    package struct Key: Sendable, Hashable {
        package let bytes: [UInt8]

        /// Makes a new key.
        package init() {
            var random = SystemRandomNumberGenerator()
            bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        }

        fileprivate init(bytes: [UInt8]) { self.bytes = bytes }
    }

    package let key: Key
    /// The digest's bytes; empty for ``ofNothing``.
    package let bytes: [UInt8]

    package init(key: Key, bytes: [UInt8]) {
        self.key = key
        self.bytes = bytes
    }

    /// A digest that no credentials have: what stands for one that is lost.
    package static var ofNothing: CredentialDigest { CredentialDigest(key: Key(), bytes: []) }
}

/// The stored form: key and digest in base64, with a period between them.
extension CredentialDigest {
    /// The stored form.
    package var text: String { [key.bytes, bytes].map(Base64.standard.encode).joined(separator: ".") }

    /// Reads the stored form; nil for any other text.
    package init?(text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            .map { Base64.standard.decode(String($0)) }
        guard parts.count == 2, let key = parts[0], let bytes = parts[1] else { return nil }
        self.init(key: Key(bytes: key), bytes: bytes)
    }
}
