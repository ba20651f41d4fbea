/// One of the three upstream list dialects that the sandbox speaks.
///
/// The raw value is its part of the sandbox's own paths: `/nemo`, `/samples/nemo`, `/_faults/nemo/…`.
package enum Dialect: String, Sendable, Hashable, CaseIterable {
    case nemo
    case dashscope
    case deployList = "deploy-list"
}

/// The spellings of the deploy-list path that are served, without or with a final slash; the other is a 404.
package enum DeployListPaths: Sendable {
    case both, slashless, slashed
}

/// The content of the sandbox and the rules of its platforms.
package struct SandboxConfig: Sendable {
    /// The seed of the fleet; the same seed, sizes and start give the same fleet, to the byte.
    package var seed: UInt64 = 1
    /// The number of NeMo deployments, spread over ``nemoWorkspaces``, each in one to three versions.
    package var nemoRows: Int = 40
    /// Names of workspaces; every fourth deployment's name occurs in all of them.
    ///
    /// `default` and `system` also exist, and are empty.
    package var nemoWorkspaces: [String] = ["ml-prod", "research"]
    /// The number of DashScope deployments.
    package var dashscopeRows: Int = 25
    /// The number of entries of the deploy-list.
    package var deployListRows: Int = 20
    /// True if deployments change with the clock; false: the generated ones stay as they are at the start.
    package var changesOverTime: Bool = true
    /// The bearer token that all three require; nil: open.
    package var token: String?
    /// Tokens of single dialects, which replace ``token`` there.
    package var tokens: [Dialect: String] = [:]
    /// DashScope's largest page size; larger ones are clamped to it without an error.
    package var dashscopePageClamp: Int = 50
    /// The spellings of its path that the deploy-list serves; real platforms differ.
    package var deployListPaths: DeployListPaths = .both

    package init() {}

    /// Gives every dialect this many deployments.
    package mutating func setRows(_ rows: Int) {
        nemoRows = rows
        dashscopeRows = rows
        deployListRows = rows
    }

    /// The token that a dialect requires; nil: it is open.
    package func token(of dialect: Dialect) -> String? { tokens[dialect] ?? token }
}

/// Made-up secrets and personal data that the fleet's records carry, to prove that a gateway drops them.
///
/// None of these may occur in a response, a log line, a metric or a store of a program that reads the
/// sandbox.
package enum Canary {
    static let email = "canary-principal"
    static let account = "CANARY-ACCOUNT"
    static let weightsToken = "hf_CANARY_WEIGHTS_TOKEN"
    static let headerSecret = "CANARY-HEADER-SECRET"

    /// Substrings of the canaries: each canary contains one of them.
    package static let marks = [email, account, weightsToken, headerSecret]
}
