import Deployments
import Settings
import Wire

/// A reference to a secret; the configuration never holds its value.
enum SecretReference: Sendable, Hashable, CustomStringConvertible {
    /// A variable's name.
    case environment(String)
    /// An absolute path.
    case file(String)

    /// The reference for messages: `env PLATFORM_TOKEN` or `file /run/secrets/token`.
    ///
    /// A name that looks like a token is not shown: it may be one, entered by mistake.
    var description: String {
        switch self {
        case .environment(let name):
            Self.looksLikeToken(name) ? "env (a long name, not shown)" : "env \(name)"
        case .file(let path): "file \(path)"
        }
    }

    var isFile: Bool {
        if case .file = self { true } else { false }
    }

    /// True for a long name that mixes digits with small letters; variables have capitals or short names.
    private static func looksLikeToken(_ name: String) -> Bool {
        name.utf8.count >= 20 && name.contains(where: \.isLowercase) && name.contains(where: \.isNumber)
    }

    /// The size limit of a secret, in bytes.
    static let sizeLimit = 64 << 10

    /// Reads the secret now; `environment` is that of the program's start.
    ///
    /// Blanks around the value are cut; one that cannot be used in this way is refused.
    /// - Throws: ``SecretError``, which names the reference and never the value.
    func resolve(environment: [String: String], as use: SecretUse) throws(SecretError) -> Secret {
        switch self {
        case .environment(let name):
            guard let value = environment[name] else {
                throw SecretError(reference: self, reason: "is not set")
            }
            return try checked(value, as: use)
        case .file(let path):
            let bytes: [UInt8]
            do {
                bytes = try readFile(path, limit: Self.sizeLimit, onlyRegular: true)
            } catch {
                throw SecretError(
                    reference: self, reason: error.reason, lacksDescriptors: error.lacksDescriptors)
            }
            guard let value = String(validating: bytes, as: UTF8.self) else {
                throw SecretError(reference: self, reason: "is not UTF-8")
            }
            return try checked(value, as: use)
        }
    }

    private func checked(_ value: String, as use: SecretUse) throws(SecretError) -> Secret {
        guard value.utf8.count <= Self.sizeLimit else {
            throw SecretError(reference: self, reason: "is larger than \(Self.sizeLimit) bytes")
        }
        do throws(SecretFault) { return try use.secret(from: value) } catch {
            throw SecretError(reference: self, reason: error.reason)
        }
    }
}

/// A secret could not be read; the error names the reference and the reason, never the value.
struct SecretError: Error, Equatable, CustomStringConvertible {
    var reference: SecretReference
    var reason: String
    /// True if there was no file descriptor left to read it with.
    var lacksDescriptors = false

    var description: String { "\(reference) \(reason)" }
}

extension SecretReference {
    /// Reads `{env: NAME}` or `{file: PATH}`; nil after a problem, which never repeats the value.
    init?(_ node: SettingsNode, folder: String) {
        guard node.isMapping, let keys = node.mapping() else {
            node.problem(
                node.isScalar
                    ? "a secret must not be in this file: use {env: NAME} or {file: PATH} instead of its value"
                    : "must be {env: NAME} or {file: PATH}")
            return nil
        }
        let (env, file) = (keys.optional("env"), keys.optional("file"))
        keys.refuseOthers()
        switch (env, file) {
        case (let env?, nil):
            guard let name = env.text, Self.isVariableName(name) else {
                env.problem(
                    "must be a variable's name: letters, digits and _ (never the secret itself)"
                )
                return nil
            }
            self = .environment(name)
        case (nil, let file?):
            guard let path = file.text, !path.isEmpty, !path.utf8.contains(0) else {
                file.problem("must be a file's path")
                return nil
            }
            self = .file(absolutePath(path, in: folder))
        default:
            node.problem("must have either env or file")
            return nil
        }
    }

    private static func isVariableName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !first.isASCIIDigit else { return false }
        return text.utf8.count <= 128
            && text.utf8.allSatisfy { $0.isNameByte && $0 != UInt8(ascii: "-") }
    }
}
