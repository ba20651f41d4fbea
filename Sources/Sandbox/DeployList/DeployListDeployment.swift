import Wire

/// A phase of a deploy-list deployment, in more detail than its status.
enum DeployListPhase: String, Sendable {
    case initializing, downloading, deploying, running, updating, stopping, stopped, failed, deleted
    /// Serving, by a status that is in none of the vendor's lists.
    case deployed
    /// Running with no instance: scaled to zero.
    case idle
    /// Running with no instance though one is desired.
    case starved

    var nativeStatus: String {
        switch self {
        case .idle, .starved: DeployListPhase.running.rawValue
        default: rawValue
        }
    }

    /// Running and pending instances, where `desired` are configured.
    func instances(desired: Int) -> (running: Int, pending: Int) {
        switch self {
        case .running, .deployed, .stopping: (desired, 0)
        case .updating: (desired, 1)
        case .initializing, .downloading, .deploying, .starved: (0, desired)
        case .idle, .stopped, .failed, .deleted: (0, 0)
        }
    }
}

/// The part of the schema that a record has; real records have less than the schema lists.
enum DeployListForm: Sendable {
    /// Everything, `config.weights.token` included.
    case full
    /// Records as of 2023: no `version`, no `type`, times without a zone.
    case early
    /// A reference to the shared serverless model: five fields, no times.
    case serverless
    /// `instances`, `config` and `settings` null.
    case lora
    /// `instances`, `config` and `settings` missing.
    case tts
    /// `instances`, `config` and `settings` missing too; status `deployed` while it serves.
    case legacy
}

/// The constant part of one deployment, and its lifecycle.
struct DeployListDeployment: SimulatedRow {
    /// The record's `deploy_id`.
    var id: String
    /// The model's name with its owner's prefix.
    var model: String
    var version: String
    var form: DeployListForm
    var gpu: String
    var gpuCount: Int
    var desired: Int
    var minimum: Int
    /// The weights' token, a canary; written where the record has weights.
    var secret: String
    /// Microseconds before the fleet's start.
    var age: Int64
    var lifecycle: Lifecycle<DeployListPhase>
}

extension DeployListDeployment {
    static let keys = RecordKeys(identity: ["deploy_id"], times: ["created_at", "updated_at"])
}

extension RowSnapshot<DeployListDeployment> {
    var status: String {
        if let statusOverride { return statusOverride }
        return row.form == .legacy && phase == .running
            ? DeployListPhase.deployed.nativeStatus : phase.nativeStatus
    }

    var encoded: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 700)
        write(to: &writer)
        return writer.bytes
    }

    func write(to writer: inout JSONWriter) {
        func text(_ key: String, _ value: String, _ writer: inout JSONWriter) {
            writer.key(key)
            writer.string(value)
        }
        let form = row.form
        writer.object { writer in
            text("deploy_id", row.id, &writer)
            text("model_name", row.model, &writer)
            if form != .early, form != .serverless { text("version", row.version, &writer) }
            text("task", form == .tts ? "text-to-speech" : "text-generation", &writer)
            text("status", status, &writer)
            if form != .serverless {
                text("fail_reason", phase == .failed ? "Initialization failed" : "", &writer)
                text("created_at", time(createdAt), &writer)
                text("updated_at", time(changedAt), &writer)
            }
            if let type { text("type", type, &writer) }
            switch form {
            case .full: writeResources(to: &writer)
            case .lora:
                for key in ["instances", "config", "settings"] {
                    writer.key(key)
                    writer.null()
                }
            case .early, .serverless, .tts, .legacy: break
            }
        }
    }

    private var type: String? {
        switch row.form {
        case .full: "llm"
        case .lora: "lora"
        case .tts: "tts"
        case .legacy, .serverless: "legacy"
        case .early: nil
        }
    }

    private func time(_ time: Timestamp) -> String {
        row.form == .early ? time.naiveSeconds : time.offsetSeconds
    }

    private func writeResources(to writer: inout JSONWriter) {
        let instances = phase.instances(desired: row.desired)
        writer.numbers("instances", [("running", instances.running), ("pending", instances.pending)])
        writer.key("config")
        writer.object {
            $0.key("gpu")
            $0.string(row.gpu)
            $0.key("num_gpus")
            $0.int(row.gpuCount)
            $0.key("max_batch_size")
            $0.int(96)
            $0.key("weights")
            $0.object {
                $0.key("repo")
                $0.string(row.model)
                $0.key("revision")
                $0.string("main")
                // A part of the list's documented schema; a gateway must not pass it on.
                $0.key("token")
                $0.string(row.secret)
            }
        }
        let minimum = phase == .idle ? 0 : row.minimum
        writer.numbers("settings", [("min_instances", minimum), ("max_instances", row.desired + 2)])
    }
}

extension JSONWriter {
    fileprivate mutating func numbers(_ name: String, _ members: [(String, Int)]) {
        key(name)
        object {
            for (key, value) in members {
                $0.key(key)
                $0.int(value)
            }
        }
    }
}
