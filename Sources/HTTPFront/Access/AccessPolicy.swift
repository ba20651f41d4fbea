package import Deployments

/// What a token's holder may do (DESIGN.md §4).
package enum Permission: String, Sendable, CaseIterable {
    case read, refresh, write
}

/// One configured access token.
package struct AccessToken: Sendable {
    /// The operator's name for it: stands in logs, where the secret must not.
    package var name: String
    /// An empty one, as of a missing secret, opens nothing.
    package var secret: Secret
    /// None: the token is known, and everything is forbidden to it.
    package var rights: Set<Permission>

    package init(name: String, secret: Secret, rights: Set<Permission>) {
        self.name = name
        self.secret = secret
        self.rights = rights
    }
}

/// Who may ask for what; without any token everyone may.
///
/// A copy is the same policy: tokens that are replaced are replaced in all of them.
package struct AccessPolicy: Sendable {
    private let current: Latest<[AccessToken]>

    /// No list of tokens, or an empty one, lets everyone in.
    package init(tokens: [AccessToken] = []) { current = Latest(tokens) }

    /// Replaces the tokens for every request that comes from now on.
    package func replace(with tokens: [AccessToken]) { current.replace(with: tokens) }

    /// Finds the token that a request carries, and what it is good for.
    ///
    /// - Returns: The token's name; nil where nobody needs one.
    /// - Throws: `unauthenticated` without a known token, `forbidden` where it lacks the right.
    func authorize(_ authorization: String?, for permission: Permission) throws(Problem) -> String? {
        let tokens = current.value
        guard !tokens.isEmpty else { return nil }
        guard let authorization else {
            throw .unauthenticated("this gateway wants `Authorization: Bearer <token>`", sent: false)
        }
        guard let presented = bearerToken(of: authorization),
            let token = token(among: tokens, matching: presented)
        else {
            throw .unauthenticated("the access token is not one of this gateway's", sent: true)
        }
        guard token.rights.contains(permission) else {
            throw Problem(.forbidden, "this access token lacks the right `\(permission.rawValue)`")
        }
        return token.name
    }

    /// Whether a text that is about to be echoed has one of the tokens in it.
    func standsIn(_ text: String) -> Bool {
        let utf8 = Array(text.utf8)
        return current.value.contains { token in
            let secret = Array(token.secret.revealed().utf8)
            guard !secret.isEmpty, secret.count <= utf8.count else { return false }
            return (0...(utf8.count - secret.count)).contains { utf8[$0...].starts(with: secret) }
        }
    }

    private func bearerToken(of authorization: String) -> Substring? {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].drop { $0 == " " }
    }

    /// Looks at every token, whole, whatever it finds: the time tells nothing of where a guess went wrong.
    private func token(among tokens: [AccessToken], matching presented: Substring) -> AccessToken? {
        let presented = Array(presented.utf8)
        var found: AccessToken?
        for token in tokens where isEqual(presented, Array(token.secret.revealed().utf8)) {
            found = found ?? token
        }
        return found
    }

    /// Takes a time that depends on the presented text's length only.
    private func isEqual(_ presented: [UInt8], _ secret: [UInt8]) -> Bool {
        guard !secret.isEmpty else { return false }
        var difference = presented.count ^ secret.count
        for (index, byte) in presented.enumerated() {
            difference |= Int(byte ^ secret[index % secret.count])
        }
        return difference == 0
    }
}
