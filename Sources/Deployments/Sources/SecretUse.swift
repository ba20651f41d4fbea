/// The characters that a credential may consist of, by the way in which it is used.
package enum SecretUse: Sendable, Equatable {
    /// Sent as it stands, in a header or a query, or compared with such a one: visible ASCII.
    case token
    /// Sent encoded, as the password of basic authorization: any text without control characters.
    case password

    /// Reads a credential as a file, a variable or a person has it.
    ///
    /// Blanks and line ends around it are cut, and a byte order mark before it.
    /// - Throws: ``SecretFault`` where nothing is left, or where a character does not fit.
    package func secret(from text: String) throws(SecretFault) -> Secret {
        let scalars = Array(text.unicodeScalars)
        var value = scalars[...]
        if value.first == "\u{FEFF}" { value.removeFirst() }
        while value.first?.isCutFromSecrets == true { value.removeFirst() }
        while value.last?.isCutFromSecrets == true { value.removeLast() }
        guard !value.isEmpty else { throw SecretFault(reason: "is empty") }
        if self == .token, Self.namesItsScheme(value) {
            throw SecretFault(reason: "begins with `Bearer `: it must be the token alone, without that word")
        }
        if let index = value.firstIndex(where: { !allows($0) }) {
            throw SecretFault(
                reason: "has \(value[index].name) at position \(index + 1); it must be \(requirement)")
        }
        var secret = String.UnicodeScalarView()
        secret.append(contentsOf: value)
        return Secret(String(secret))
    }

    private func allows(_ scalar: Unicode.Scalar) -> Bool {
        switch self {
        case .token: (0x21...0x7E).contains(scalar.value)
        case .password: scalar.value >= 0x20 && !(0x7F..<0xA0).contains(scalar.value)
        }
    }

    private var requirement: String {
        switch self {
        case .token: "visible ASCII characters only"
        case .password: "text without control characters"
        }
    }

    /// True for a value with the word that belongs before it, copied from an `Authorization` header.
    private static func namesItsScheme(_ value: ArraySlice<Unicode.Scalar>) -> Bool {
        let scheme = "bearer".unicodeScalars
        guard value.count > scheme.count, value[value.startIndex + scheme.count].isCutFromSecrets else {
            return false
        }
        return zip(value, scheme).allSatisfy { $0.properties.lowercaseMapping == String($1) }
    }
}

/// The reason why a text is no credential, worded to follow its reference; it shows nothing of the text.
package struct SecretFault: Error, Equatable, CustomStringConvertible {
    /// The reason, with a position that counts the characters of the text from 1.
    package var reason: String

    package var description: String { reason }
}

extension Unicode.Scalar {
    fileprivate var isCutFromSecrets: Bool { self == " " || self == "\t" || self == "\r" || self == "\n" }

    /// The kind of a character that does not fit; never a letter or a digit itself, which may be secret.
    fileprivate var name: String {
        switch value {
        case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: "a line break"
        case 0x20: "a blank"
        case 0x09: "a tab"
        case 0x00..<0x20, 0x7F..<0xA0: "a control character"
        case 0xA0, 0x2007, 0x202F: "a no-break space"
        case 0xFEFF: "a byte order mark"
        case 0xAD, 0x200B...0x200F, 0x2060...0x2064: "an invisible character"
        default: "a character beyond ASCII"
        }
    }
}
