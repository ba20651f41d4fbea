import Wire

/// One listed version, from the simulated fleet or from a recorded sample.
///
/// The listing's rules use only this protocol, so that samples and fleet are paged, filtered and collapsed in
/// the same way.
protocol NeMoRow: Sendable {
    var name: String { get }
    var workspace: String { get }
    /// The record's `entity_version`.
    var number: Int { get }

    /// A string field of the record; nil where it has none.
    func field(_ name: String) -> String?

    /// Appends the record; lists leave null fields out, single reads write them.
    func write(to writer: inout JSONWriter, explicitNulls: Bool)
}

/// The eight statuses that NeMo documents.
enum NeMoStatus: String, Sendable {
    case created = "CREATED"
    case pending = "PENDING"
    case ready = "READY"
    case error = "ERROR"
    case lost = "LOST"
    case deleting = "DELETING"
    case deleted = "DELETED"
    case unknown = "UNKNOWN"

    var message: String {
        switch self {
        case .created: "Deployment created"
        case .pending: "Waiting for NIM pod"
        case .ready: "Deployment is ready"
        case .error: "Image pull failed"
        case .lost: "Serving deployment no longer exists"
        case .deleting: "Deployment deletion requested"
        case .deleted: "Deployment deleted"
        case .unknown: "Backend returned an unrecognised state"
        }
    }
}

/// One entry of a version's history.
struct NeMoChange: Sendable {
    var status: NeMoStatus
    var at: Timestamp
}

/// One version of one deployment of the fleet at some instant.
struct NeMoVersion: NeMoRow {
    var deployment: NeMoDeployment
    var number: Int
    var createdAt: Timestamp
    /// The controller's changes since creation, oldest first; empty: the version is as it was created.
    var changes: [NeMoChange]
    /// The status without changes: CREATED for a new deployment, PENDING for an update.
    var initial: NeMoStatus
    /// The number of times the deployment was created before: each incarnation has ids of its own.
    var incarnation: Int64
    var config: String
    var configVersion: Int
    /// A status set by hand, in place of the computed one.
    var statusOverride: String?

    var name: String { deployment.name }
    var workspace: String { deployment.workspace }

    var status: String { statusOverride ?? (changes.last?.status ?? initial).rawValue }

    private var message: String {
        if statusOverride != nil { return "Set by hand" }
        if let last = changes.last { return last.status.message }
        return initial == .pending ? "Deployment update pending" : initial.message
    }

    private var updatedAt: Timestamp {
        changes.last?.at.adding(microseconds: 5_341) ?? createdAt.adding(microseconds: 9)
    }

    private var provider: String? {
        changes.contains { $0.status == .ready } ? "\(workspace)/\(name)" : nil
    }

    /// The id, different for every version and every incarnation.
    private var id: String {
        var random = SeededRandom(
            deployment.seed, .nemo, row: deployment.row, salt: incarnation &* 4096 &+ Int64(number))
        return "model-deployment-" + random.text(22, from: .base58)
    }

    func field(_ name: String) -> String? {
        switch name {
        case "id": id
        case "name": self.name
        case "workspace": workspace
        case "project": deployment.project
        case "created_at": createdAt.naiveMicroseconds
        case "updated_at": updatedAt.naiveMicroseconds
        case "config": config
        case "status": status
        case "status_message": message
        case "model_provider_id": provider
        case "entity_type": "model_deployment"
        default: nil
        }
    }

    func write(to writer: inout JSONWriter, explicitNulls: Bool) {
        func text(_ key: String, _ value: String?, _ writer: inout JSONWriter) {
            guard value != nil || explicitNulls else { return }
            writer.key(key)
            writer.stringOrNull(value)
        }
        writer.object { writer in
            text("id", id, &writer)
            text("name", name, &writer)
            text("workspace", workspace, &writer)
            text("project", deployment.project, &writer)
            text("created_at", createdAt.naiveMicroseconds, &writer)
            text("updated_at", updatedAt.naiveMicroseconds, &writer)
            writer.key("entity_version")
            writer.int(number)
            text("config", config, &writer)
            writer.key("config_version")
            writer.int(configVersion)
            text("status", status, &writer)
            text("status_message", message, &writer)
            writeHistory(to: &writer)
            text("model_provider_id", provider, &writer)
            writeAuthContext(to: &writer, explicitNulls: explicitNulls)
        }
    }

    /// Writes the history, which is empty at first.
    ///
    /// Its first entry has the time of the second, as observed on a live server.
    private func writeHistory(to writer: inout JSONWriter) {
        writer.key("status_history")
        writer.array { writer in
            guard let first = changes.first else { return }
            let creation = NeMoChange(status: .created, at: first.at)
            for change in [creation] + changes {
                writer.object {
                    $0.key("timestamp")
                    $0.string(change.at.description)
                    $0.key("status")
                    $0.string(change.status.rawValue)
                    $0.key("status_message")
                    $0.string(change.status.message)
                }
            }
        }
    }

    private func writeAuthContext(to writer: inout JSONWriter, explicitNulls: Bool) {
        writer.key("auth_context")
        writer.object {
            $0.key("principal_id")
            $0.string("u-\(deployment.row % 97)")
            $0.key("principal_email")
            $0.string("\(Canary.email)-\(deployment.row % 97)@example.invalid")
            $0.key("principal_groups")
            $0.array { _ in }
            guard explicitNulls else { return }
            for key in ["", "_groups", "_email"] {
                $0.key("principal_on_behalf_of\(key)")
                $0.null()
            }
        }
    }
}
