import Deployments

/// The colors of statuses, as SGR parameters (ECMA-48 §8.3.117).
enum ANSIColor: String, Sendable {
    case red = "31"
    case green = "32"
    case yellow = "33"
    case cyan = "36"
    case dim = "2"
    case bold = "1"

    func paint(_ text: String) -> String { "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" }

    init(_ status: DeploymentStatus) {
        self =
            switch status {
            case .ready: .green
            case .failed, .lost: .red
            case .degraded, .unknown: .yellow
            case .pending, .deploying, .updating, .stopping, .deleting: .cyan
            case .stopped, .deleted: .dim
            }
    }
}
