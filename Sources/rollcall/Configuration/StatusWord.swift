import Deployments

/// What the operator says that a native status word means: `[DEPLOYING, none]`.
struct StatusWord: Sendable, Equatable {
    var status: DeploymentStatus
    var serving: Serving
}
