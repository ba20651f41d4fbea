/// The phase a deployment is in (DESIGN.md §3).
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

    /// Whether a deployment does not stay in this phase: it is on its way to another.
    package var isTransition: Bool {
        switch self {
        case .pending, .deploying, .updating, .stopping, .deleting: true
        case .ready, .degraded, .stopped, .failed, .deleted, .lost, .unknown: false
        }
    }
}

/// Whether a deployment can answer now: an axis of its own, since an updating one often still serves.
package enum Serving: String, CaseIterable, Sendable {
    case full
    case partial
    /// Scaled to zero: wakes on request.
    case idle
    case none
    case unknown
}
