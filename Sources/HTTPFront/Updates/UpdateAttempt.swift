import Deployments
import HTTPTypes
import Hummingbird
import Metrics
import NIOCore
import Wire

/// A request to change a deployment, as far as it is known before anything of it is checked.
struct UpdateAttempt: Sendable {
    /// The deployment's uid, in today's spelling.
    let uid: String
    /// True if the request says `dry_run=true`.
    let isDryRun: Bool
    /// The client's key, or a new one if it sent none; the refusal of one that cannot be read.
    let key: Result<String, Problem>
    /// The one who asks; nil if a token is needed and the request has none that is known.
    let actor: AuditRecord.Actor?
    /// The request's id.
    let requestID: String

    /// The name of the source that the uid names.
    var source: String { String(uid.prefix { $0 != "/" }) }

    /// Adds what every answer says about the attempt.
    func addHeaders(to headers: inout HTTPFields, audit: String?) {
        if case .success(let key) = key { headers.set("Idempotency-Key", key) }
        if let audit { headers.set("Rollcall-Audit", audit) }
    }
}

extension FrontResponder {
    /// The attempt that a request is; nil if it would not change a deployment.
    func attempt(_ request: Request, id: String, on channel: any Channel) -> UpdateAttempt? {
        guard request.method == .patch else { return nil }
        let target = RequestTarget(request.head.path ?? "/")
        guard case .record(.deployments, let uid) = Route(path: target.path) else { return nil }
        let dryRun = (try? target.parameters())?.first { $0.name == QueryParser.Name.dryRun.rawValue }
        return UpdateAttempt(
            uid: config.access.hasToken(in: uid, ofAtLeast: 8)
                ? "<redacted>" : ModelDeployment.respelled(uid: uid),
            isDryRun: dryRun?.value == "true",
            key: key(of: request), actor: actor(of: request, on: channel), requestID: id)
    }

    private func key(of request: Request) -> Result<String, Problem> {
        do throws(Problem) {
            return .success(try idempotencyKey(of: request) ?? newIdempotencyKey())
        } catch {
            return .failure(error)
        }
    }

    private func actor(of request: Request, on channel: any Channel) -> AuditRecord.Actor? {
        do {
            let token = try config.access.identify(request.headers[.authorization])
            let caller = Caller(
                of: request, token: token?.name, from: channel.remoteAddress, behind: config.proxies)
            return AuditRecord.Actor(token: caller.token, address: caller.address?.text)
        } catch {
            return nil
        }
    }

    /// The refusal of an attempt, once it is recorded: the one place from which refused attempts are.
    ///
    /// Those of unknown callers are counted and not recorded; those that have a record already are not recorded again.
    func recorded(_ problem: Problem, of attempt: UpdateAttempt?) async -> Problem {
        guard let attempt else { return problem }
        if attempt.actor == nil {
            Counter(label: "rollcall_updates_unauthenticated_total", factory: config.metrics).increment()
        }
        var problem = problem
        var audit = problem.update?.audit
        if problem.update == nil, let actor = attempt.actor, let refusal = UpdateProblem(problem) {
            audit = await state.updates?.recordRefusal(
                of: attempt.uid, by: actor, isDryRun: attempt.isDryRun, requestID: attempt.requestID, refusal)
        }
        attempt.addHeaders(to: &problem.headers, audit: audit)
        return problem
    }

    private func newIdempotencyKey() -> String {
        let halves = [UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)]
        return halves.map(\.hexadecimalDigits).joined()
    }
}
