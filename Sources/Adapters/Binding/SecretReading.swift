import Crypto
package import Deployments
import FoundationEssentials

/// Every secret of a source, as read at one time.
struct SecretReading {
    private let read: [(name: String, bound: BoundSecret, value: Result<Secret, any Error>)]

    /// Reads each secret again, so that a rotated file takes effect.
    init(of secrets: [String: BoundSecret]) {
        read = secrets.sorted { $0.key < $1.key }.map { name, bound in
            (name, bound, Result { try bound.read() })
        }
    }

    /// The values by the manifest's names.
    ///
    /// - Throws: ``SourceError`` of class `config` for the first secret that cannot be read, or the error with which its
    ///   reader says that another class is to blame.
    func secrets() throws(SourceError) -> [String: Secret] {
        var secrets: [String: Secret] = [:]
        for (name, bound, value) in read {
            switch value {
            case .success(let secret): secrets[name] = secret
            case .failure(let error as SourceError): throw error
            case .failure(let error):
                throw SourceError(.config, "`\(name)` from \(bound.reference): \(error)")
            }
        }
        return secrets
    }

    /// A hash of these values; nil if none of them can change.
    ///
    /// `Hasher` is seeded anew in each process, so the hash reveals nothing of a value. All secrets that
    /// cannot be read count as equal.
    var fingerprint: Int? {
        guard read.contains(where: \.bound.canRotate) else { return nil }
        var hasher = Hasher()
        for (name, _, value) in read {
            hasher.combine(name)
            hasher.combine((try? value.get())?.revealed())
        }
        return hasher.finalize()
    }
}

extension SecretReading {
    /// The digest of these values, an HMAC-SHA-256; nil if one cannot be read.
    ///
    /// The same values have the same digest, whatever they are read from.
    func digest(keyedBy key: CredentialDigest.Key) -> CredentialDigest? {
        var hmac = HMAC<SHA256>(key: SymmetricKey(data: key.bytes))
        for (name, _, value) in read {
            guard let secret = try? value.get() else { return nil }
            for text in [name, secret.revealed()] {
                hmac.update(data: Array("\(text.utf8.count):".utf8))
                hmac.update(data: Array(text.utf8))
            }
        }
        return CredentialDigest(key: key, bytes: Array(hmac.finalize()))
    }
}

extension AdapterSource {
    package func credentialDigest(keyedBy key: CredentialDigest.Key) -> CredentialDigest? {
        guard !manifest.keepsAccount else { return nil }
        return SecretReading(of: binding.secrets).digest(keyedBy: key)
    }

    package var canRotate: Bool { binding.secrets.values.contains(where: \.canRotate) }

    package func credentialFingerprint() -> Int? {
        // No file is read if none can change.
        guard binding.secrets.values.contains(where: \.canRotate) else { return nil }
        return SecretReading(of: binding.secrets).fingerprint
    }

    package func isQueried(like other: any DeploymentSource) -> Bool {
        guard let other = other as? AdapterSource else { return false }
        var own = binding
        (own.description, own.formerName) = (other.binding.description, other.binding.formerName)
        return own == other.binding && manifest.fingerprint == other.manifest.fingerprint
    }
}
