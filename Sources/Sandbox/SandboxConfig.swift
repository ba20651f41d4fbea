/// One of the three upstream list dialects that the sandbox speaks.
///
/// The raw value is the word in the sandbox's own paths: `/nemo`, `/samples/nemo`, `/_faults/nemo/…`.
package enum Dialect: String, Sendable, Hashable, CaseIterable {
    case nemo
    case dashscope
    case deployList = "deploy-list"
}

/// Which of the two spellings of the deploy-list path answer; the other one is a 404.
package enum DeployListPaths: Sendable {
    case both, slashless, slashed
}

/// What the sandbox serves.
package struct SandboxConfig: Sendable {
    /// The same seed, sizes and start give the same fleet, to the byte.
    package var seed: UInt64 = 1
    /// How many NeMo deployments, spread over ``nemoWorkspaces``; each is listed as one to three versions.
    package var nemoRows: Int = 40
    /// Every fourth name occurs in all of these; `default` and `system` exist besides, and are empty.
    package var nemoWorkspaces: [String] = ["ml-prod", "research"]
    /// How many DashScope deployments.
    package var dashscopeRows: Int = 25
    /// How many entries the deploy-list has.
    package var deployListRows: Int = 20
    /// False: the fleet stands still, whatever the clock says.
    package var lives: Bool = true
    /// The bearer token that all three want; nil: open.
    package var token: String?
    /// Tokens that hold for one dialect instead of ``token``.
    package var tokens: [Dialect: String] = [:]
    /// The page size that DashScope cuts larger ones to, silently (DIALECTS.md 2.1).
    package var dashscopePageClamp: Int = 50
    /// Which spelling of its path a platform answers differs.
    package var deployListPaths: DeployListPaths = .both

    package init() {}

    /// Gives every dialect this many deployments.
    package mutating func setRows(_ rows: Int) {
        nemoRows = rows
        dashscopeRows = rows
        deployListRows = rows
    }

    /// The token that a dialect wants; nil: it is open.
    package func token(of dialect: Dialect) -> String? { tokens[dialect] ?? token }
}

/// Made-up secrets and personal data that the fleet's records carry, to prove that a gateway drops them.
///
/// None of these may be found in an answer, a log line, a metric or a store of whatever reads the sandbox.
package enum Canary {
    static let email = "canary-principal"
    static let account = "CANARY-ACCOUNT"
    static let weightsToken = "hf_CANARY_WEIGHTS_TOKEN"
    static let headerSecret = "CANARY-HEADER-SECRET"

    /// Every canary contains one of these texts.
    package static let marks = [email, account, weightsToken, headerSecret]
}
