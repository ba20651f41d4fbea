import Deployments
import HTTPFront
import HTTPTypes
import NIOCore
import Synchronization
import Wire

/// ``DeploymentUpdates`` that answer as a test says, and record their calls.
///
/// `research` can be changed now; `ali` could be, and is not configured for it; of `tiny` nothing can be changed.
final class ScriptedUpdates: DeploymentUpdates {
    struct Refusal: Sendable {
        var uid: String
        var actor: AuditRecord.Actor
        var isDryRun: Bool
        var requestID: String
        var problem: UpdateProblem
    }

    private let state = Mutex<(orders: [UpdateOrder], refusals: [Refusal])>(([], []))
    private let onUpdate: @Sendable (UpdateOrder) async -> UpdateAnswer

    init(
        _ onUpdate: @escaping @Sendable (UpdateOrder) async -> UpdateAnswer = { _ in
            UpdateAnswer(.shown, auditID: "a1")
        }
    ) {
        self.onUpdate = onUpdate
    }

    var orders: [UpdateOrder] { state.withLock { $0.orders } }
    var refusals: [Refusal] { state.withLock { $0.refusals } }

    func update(_ order: UpdateOrder) async -> UpdateAnswer {
        state.withLock { $0.orders.append(order) }
        return await onUpdate(order)
    }

    func recordRefusal(
        of uid: String, by actor: AuditRecord.Actor, isDryRun: Bool, requestID: String,
        _ problem: UpdateProblem
    ) async -> String? {
        state.withLock {
            $0.refusals.append(
                Refusal(
                    uid: uid, actor: actor, isDryRun: isDryRun, requestID: requestID, problem: problem))
        }
        return "r1"
    }

    func schema(of source: String) -> UpdateSchema? { source == "research" ? .example : nil }

    func isUpdatable(_ source: String) -> Bool { ["research", "ali"].contains(source) }
}

extension UpdateSchema {
    /// Three members, one of each kind of limit.
    static let example: UpdateSchema = {
        var config = UpdateMember(field: "config", kind: .text)
        config.isRequired = true
        config.about = "the name of a configuration"
        var desired = UpdateMember(field: "capacity.desired", kind: .number)
        (desired.least, desired.greatest) = (0.5, 64)
        desired.multipleOf = "capacity.base"
        return UpdateSchema(members: [config, UpdateMember(field: "latest", kind: .boolean), desired])
    }()
}

/// The path of a deployment that can be changed.
let llamaPath = "/v1/deployments/research/ml-prod/llama"

extension FrontHarness {
    /// A front with updates, and the tokens `writer` (`canary-writer`) and `reader` (`canary-reader`).
    static func updating(_ updates: ScriptedUpdates) -> FrontHarness {
        changed { front in
            front.updates = updates
            front.config.access = AccessPolicy(tokens: [
                AccessToken(name: "writer", secret: Secret("canary-writer"), permissions: [.read, .write]),
                AccessToken(name: "reader", secret: Secret("canary-reader"), permissions: [.read]),
            ])
        }
    }

    /// Sends a `PATCH` as `writer`, with the right media type unless `headers` has another.
    func patch(
        _ target: String = llamaPath, _ body: String = #"{"config":"x"}"#,
        _ headers: [String: String] = [:], lines: [HTTPField] = []
    ) async throws -> Reply {
        let standard = [
            "Authorization": "Bearer canary-writer", "Content-Type": "application/merge-patch+json",
            "X-Request-Id": "req-1",
        ]
        return try await get(
            target, standard.merging(headers) { $1 }.filter { !$0.value.isEmpty }, method: .patch,
            body: ByteBuffer(string: body), lines: lines)
    }
}
