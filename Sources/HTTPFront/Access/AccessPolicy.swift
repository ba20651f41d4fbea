package import Deployments

/// A permission that a token may have (`Sources/HTTPFront/README.md`, Access).
package enum Permission: String, Sendable, CaseIterable {
    case read, refresh, write, audit
}

/// One configured access token.
package struct AccessToken: Sendable {
    /// The operator's name for it, which logs show instead of the secret.
    package var name: String
    /// The secret; an empty one, as of a missing variable or file, matches no request.
    package var secret: Secret
    /// The permissions; with none of them, the token is known but every request with it is forbidden.
    package var permissions: Set<Permission>

    /// A token of this name with these permissions.
    package init(name: String, secret: Secret, permissions: Set<Permission>) {
        self.name = name
        self.secret = secret
        self.permissions = permissions
    }
}

/// The access tokens and their permissions; if there are no tokens, every request is allowed.
///
/// Copies share the tokens: replacing them in one copy replaces them in all.
package struct AccessPolicy: Sendable {
    private let current: Latest<[AccessToken]>

    /// A policy with these tokens; without tokens it allows every request.
    package init(tokens: [AccessToken] = []) { current = Latest(tokens) }

    /// Replaces the tokens for every request from now on.
    package func replace(with tokens: [AccessToken]) { current.replace(with: tokens) }

    /// Finds the token that a request carries, and checks that it has a permission.
    ///
    /// - Returns: The token's name; nil if there are no tokens, so that none is needed.
    /// - Throws: `unauthenticated` without a known token, `forbidden` if the token lacks the permission.
    func authorize(_ authorization: String?, for permission: Permission) throws(Problem) -> String? {
        guard let token = try identify(authorization) else { return nil }
        guard token.permissions.contains(permission) else {
            let right = permission.rawValue
            throw Problem(
                .forbidden,
                "this access token lacks the right `\(right)`; add it to the token's `may`"
            )
        }
        return token.name
    }

    /// Finds the token that a request carries, whatever its permissions.
    ///
    /// - Returns: nil if there are no tokens, so that none is needed.
    /// - Throws: `unauthenticated` without a known token.
    func identify(_ authorization: String?) throws(Problem) -> AccessToken? {
        let tokens = current.value
        guard !tokens.isEmpty else { return nil }
        guard let authorization else {
            throw .unauthenticated("no access token; send `Authorization: Bearer TOKEN`", sent: false)
        }
        guard let presented = bearerToken(of: authorization),
            let token = token(among: tokens, matching: presented)
        else {
            throw .unauthenticated("unknown access token", sent: true)
        }
        return token
    }

    /// Refuses parameters that contain an access token: a URL is stored and shown in many places, and answers repeat
    /// parts of it.
    ///
    /// A token of a few characters may be a word, and is not looked for.
    func refuseTokens(in parameters: [Parameter]) throws(Problem) {
        let wrong = parameters.filter { parameter in
            [parameter.name, parameter.value].contains { hasToken(in: $0, ofAtLeast: 8) }
        }
        guard !wrong.isEmpty else { return }
        throw .invalid(
            wrong.map {
                $0.wrong("contains an access token; send it in `Authorization` only, and replace it")
            })
    }

    /// True if a text contains one of the tokens, so that it must not be echoed; tokens of fewer than `least` bytes are
    /// not looked for.
    func hasToken(in text: String, ofAtLeast least: Int = 1) -> Bool {
        let tokens = current.value
        guard !tokens.isEmpty else { return false }
        let utf8 = Array(text.utf8)
        return tokens.contains { token in
            let secret = Array(token.secret.revealed().utf8)
            guard secret.count >= least, secret.count <= utf8.count else { return false }
            return (0...(utf8.count - secret.count)).contains { utf8[$0...].starts(with: secret) }
        }
    }

    private func bearerToken(of authorization: String) -> Substring? {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].drop { $0 == " " }
    }

    /// The token with this secret; nil if there is none.
    ///
    /// Every token is compared to its end, so that the time reveals nothing about a guess.
    private func token(among tokens: [AccessToken], matching presented: Substring) -> AccessToken? {
        let presented = Array(presented.utf8)
        var found: AccessToken?
        for token in tokens where isEqual(presented, Array(token.secret.revealed().utf8)) {
            found = found ?? token
        }
        return found
    }

    /// Compares in a time that depends only on the length of the presented secret.
    private func isEqual(_ presented: [UInt8], _ secret: [UInt8]) -> Bool {
        guard !secret.isEmpty else { return false }
        var difference = presented.count ^ secret.count
        for (index, byte) in presented.enumerated() {
            difference |= Int(byte ^ secret[index % secret.count])
        }
        return difference == 0
    }
}
