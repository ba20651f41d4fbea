import Deployments
import Synchronization
import TestSupport
import Wire

/// A platform with one deployment, `alpha/chat`, whose configuration can be changed; it counts what it applies.
final class ChangeableSource: DeploymentSource {
    /// What happens to the next update.
    enum Fate: Sendable {
        /// Applied and answered, with the platform's own record.
        case applied
        /// Applied, and answered without a record that can be read.
        case appliedInSilence
        /// Applied, and the answer is lost.
        case appliedAndLost
        /// Lost before it is applied.
        case lost
        /// Nothing of it is sent.
        case notSent(SourceError)
        case refused(SourceError, members: [String])
    }

    let budget = RequestBudget()
    let description = SourceDescription.example("alpha")
    var partitionKeys: [String]? { nil }
    var storageKey: String { description.name }
    let takesUpdates: Bool
    let updates: UpdateSchema?
    private let now: @Sendable () -> Timestamp

    /// The state of the platform, which outlives the gateway's process.
    final class Platform: Sendable {
        fileprivate let state = Mutex(State())
        func withLock<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
            state.withLock { body(&$0) }
        }
    }

    struct State {
        var version = 1
        var config = "small"
        var fates: [Fate] = []
        /// The configurations that were applied, in order.
        var effects: [String] = []
        /// The number of updates that reached `send`.
        var sent = 0
        /// The lists that still show the state before the last update.
        var lag = 0
        var lagging: (version: Int, config: String)?
        var failure: SourceError?
        var lists = 0
    }

    private let state: Platform
    /// Held before an update is applied.
    let gate = Latch()

    /// Called before an update reaches the platform, and after.
    private let step: @Sendable () async -> Void

    init(
        takesUpdates: Bool = true, isUpdatable: Bool = true, at platform: Platform = Platform(),
        step: @escaping @Sendable () async -> Void = {}, now: @escaping @Sendable () -> Timestamp
    ) {
        self.step = step
        state = platform
        self.takesUpdates = takesUpdates
        self.now = now
        var config = UpdateMember(field: "config", kind: .text)
        config.isRequired = true
        var version = UpdateMember(field: "config_version", kind: .integer)
        version.least = 1
        updates = isUpdatable ? UpdateSchema(members: [config, version]) : nil
        gate.set(isOpen: true)
    }

    var effects: [String] { state.withLock { $0.effects } }
    var sent: Int { state.withLock { $0.sent } }
    var lists: Int { state.withLock { $0.lists } }

    /// Decides what happens to the updates that follow; further ones are applied.
    func meet(_ fates: Fate...) { meet(fates) }

    /// Decides what happens to the updates that follow; further ones are applied.
    func meet(_ fates: [Fate]) { state.withLock { $0.fates = fates } }

    /// Lets this many lists show what was before the next update.
    func lag(by lists: Int) { state.withLock { $0.lag = lists } }

    /// Makes the lists that follow fail; nil ends that.
    func failLists(with error: SourceError?) { state.withLock { $0.failure = error } }

    /// Changes the deployment behind the gateway's back.
    func change(to config: String) {
        state.withLock { state in
            state.version += 1
            state.config = config
        }
    }

    func fetch() async -> SourceFetch {
        let sentAt = now()
        return state.withLock { state in
            state.lists += 1
            if let failure = state.failure { return .failure(failure, at: sentAt.microseconds) }
            var shown = (version: state.version, config: state.config)
            if let lagging = state.lagging, state.lag > 0 {
                state.lag -= 1
                shown = lagging
            }
            return .listing([row(shown.version, shown.config)], at: sentAt.microseconds)
        }
    }

    private func row(_ version: Int, _ config: String) -> ModelDeployment {
        var row = description.record(uid: "alpha/chat")
        (row.name, row.version, row.config, row.owner) = ("chat", version, config, "canary-owner")
        (row.status, row.serving, row.nativeStatus) = (.ready, .full, "READY")
        return row
    }

    func plan(_ patch: UpdatePatch, of row: ModelDeployment) throws(UpdateRefusal) -> PlannedUpdate {
        guard patch["config"] != .text("forbidden") else {
            throw UpdateRefusal([UpdateMistake("config", "must be another one")])
        }
        return PlannedUpdate(
            before: row, patch: patch,
            request: ShownRequest(
                method: "POST", url: "https://nimbus.example/chat",
                body: Array(#"{"config":"\#(patch["config"]?.text ?? "")"}"#.utf8)))
    }

    func send(_ update: PlannedUpdate) async -> UpdateResult {
        await step()
        let result = await transmit(update)
        await step()
        return result
    }

    private func transmit(_ update: PlannedUpdate) async -> UpdateResult {
        let fate = state.withLock { state in
            state.sent += 1
            return state.fates.isEmpty ? Fate.applied : state.fates.removeFirst()
        }
        await gate.pass()
        let config = update.patch["config"]?.text ?? ""
        func apply() -> ModelDeployment {
            state.withLock { state in
                state.lagging = (state.version, state.config)
                state.version += 1
                state.config = config
                state.effects.append(config)
                return row(state.version, config)
            }
        }
        switch fate {
        case .applied: return .applied(apply())
        case .appliedInSilence:
            _ = apply()
            return .applied(nil)
        case .appliedAndLost:
            _ = apply()
            return .unknown(SourceError(.timeout, "no answer within 10 s"))
        case .lost: return .unknown(SourceError(.unreachable, "the connection was reset"))
        case .notSent(let error): return .notSent(error)
        case .refused(let error, let members): return .refused(error, members: members)
        }
    }

    func shows(_ patch: UpdatePatch, on row: ModelDeployment, since before: ModelDeployment) -> Bool {
        (row.version ?? 0) > (before.version ?? 0) && row.config == patch["config"]?.text
    }
}
