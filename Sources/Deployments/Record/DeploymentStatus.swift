/// The phase a deployment is in (`Sources/HTTPFront/README.md`, Status and versions).
package enum DeploymentStatus: String, CaseIterable, Sendable {
    case pending = "PENDING"
    case deploying = "DEPLOYING"
    case ready = "READY"
    case degraded = "DEGRADED"
    case updating = "UPDATING"
    case stopping = "STOPPING"
    case stopped = "STOPPED"
    case failed = "FAILED"
    case deleting = "DELETING"
    case deleted = "DELETED"
    case lost = "LOST"
    case unknown = "UNKNOWN"

    /// The phases in the order in which they need somebody's attention, the most urgent first.
    package static let byUrgency: [DeploymentStatus] = [
        .failed, .lost, .degraded, .unknown, .pending, .deploying, .updating, .stopping, .deleting, .stopped,
        .ready, .deleted,
    ]

    /// True for a phase that a deployment is expected to leave by itself.
    package var isTransition: Bool {
        switch self {
        case .pending, .deploying, .updating, .stopping, .deleting: true
        case .ready, .degraded, .stopped, .failed, .deleted, .lost, .unknown: false
        }
    }
}

/// A deployment's ability to answer now; separate from its status, since an updating one often still serves.
package enum Serving: String, CaseIterable, Sendable {
    case full
    case partial
    /// Scaled to zero: wakes on request.
    case idle
    case none
    case unknown

    /// The states in the order in which they need somebody's attention, the most urgent first.
    package static let byUrgency: [Serving] = [.none, .partial, .unknown, .idle, .full]
}
