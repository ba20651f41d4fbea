package import Deployments
import Logging
package import Snapshots
import Wire

/// Changes deployments at their platforms: checks an order, records it, sends it once, and finds out what became of
/// it by the source's list.
///
/// Nothing is sent before the audit log has it on the disk. What was sent is never sent again, unless nothing of it
/// reached the platform.
package struct UpdateCoordinator<C: Clock<Duration>>: DeploymentUpdates {
    let refresher: Refresher<C>
    let trail: AuditTrail
    let published: Latest<Published>
    let claims = UpdateClaims()
    let ids = AuditIDs()

    var now: @Sendable () -> Timestamp { refresher.context.now }
    var clock: C { refresher.context.clock }
    var logger: Logger { refresher.context.logger }

    package init(
        _ refresher: Refresher<C>, publishedAs published: Latest<Published>, recordingIn trail: AuditTrail
    ) {
        self.refresher = refresher
        self.trail = trail
        self.published = published
    }

    package func schema(of source: String) -> UpdateSchema? {
        guard let source = refresher.registry.runner(named: source)?.source, source.takesUpdates else {
            return nil
        }
        return source.updates
    }

    package func isUpdatable(_ source: String) -> Bool {
        refresher.registry.runner(named: source)?.source.updates != nil
    }

    package func update(_ order: UpdateOrder) async -> UpdateAnswer {
        // A task of its own: what was sent is followed to its end, also if the client has gone.
        await Task { await self.carryOut(order) }.value
    }

    package func recordRefusal(
        of uid: String, by actor: AuditRecord.Actor, isDryRun: Bool, requestID: String,
        _ problem: UpdateProblem
    ) async -> String? {
        var record = AuditRecord(
            id: ids.next(at: now()), at: now(), actor: actor, action: isDryRun ? .dryRun : .update,
            deployment: uid.shortened, origin: origin(of: uid), outcome: .refused, requestID: requestID)
        record.problem = problem
        return await note(record) ? record.id : nil
    }

    private func carryOut(_ order: UpdateOrder) async -> UpdateAnswer {
        do throws(UpdateProblem) {
            let target = try target(of: order)
            if let earlier = try await earlier(than: target) { return try earlier.answer(for: target) }
            if order.isDryRun { return await plan(target) }
            guard let answer = await claims.whileClaiming(order.uid, { await apply(target) }) else {
                throw UpdateProblem(
                    .conflict, "another update of this deployment is in flight; try again once it has ended",
                    retryAfter: .seconds(1))
            }
            return answer
        } catch {
            return await refused(order, error)
        }
    }

    /// Records a refusal, and answers with it.
    func refused(_ order: UpdateOrder, _ problem: UpdateProblem) async -> UpdateAnswer {
        let id = await recordRefusal(
            of: order.uid, by: order.actor, isDryRun: order.isDryRun, requestID: order.requestID, problem)
        return UpdateAnswer(.problem(problem), auditID: id)
    }

    /// The source that a uid names; `-` stands for all that do not exist, so that callers cannot make up lists.
    private func origin(of uid: String) -> SharedSource {
        let name = String(uid.prefix { $0 != "/" })
        if let source = refresher.registry.runner(named: name)?.source {
            return SharedSource(source.description)
        }
        return SharedSource(SourceDescription(name: "-", platform: "", adapter: ""))
    }

    /// Records an attempt that nothing depends on; false if it could not be recorded.
    func note(_ record: AuditRecord) async -> Bool {
        log(record)
        do {
            try await trail.record(record)
            return true
        } catch {
            logger.error(
                "an update could not be recorded in the audit log",
                metadata: ["id": "\(record.id)", "error": "\(error)"])
            return false
        }
    }

    /// One line for each outcome, without values of the row.
    func log(_ record: AuditRecord) {
        var metadata: Logger.Metadata = [
            "id": "\(record.id)", "action": "\(record.action.rawValue)",
            "uid": "\(record.deployment)", "outcome": "\(record.outcome.rawValue)",
            "request_id": "\(record.requestID)",
        ]
        if let token = record.actor.token { metadata["token"] = "\(token)" }
        if let address = record.actor.address { metadata["address"] = "\(address)" }
        if let problem = record.problem {
            metadata["problem"] = "\(problem.kind.rawValue)"
            if let errorClass = problem.errorClass { metadata["class"] = "\(errorClass.rawValue)" }
        }
        logger.notice("audit", metadata: metadata)
    }
}

/// An order with the source it is for.
struct UpdateTarget: Sendable {
    var order: UpdateOrder
    var runner: SourceRunner
    var patch: UpdatePatch

    /// What was asked for, in a form that is the same for the same request.
    var digest: String {
        let changes = patch.changes.map { "\($0.field)=\($0.value.canonical)" }
        return ([order.uid, order.revisions.joined(separator: ",")] + changes).joined(separator: "\n")
    }
}

extension UpdateCoordinator {
    /// Checks what does not depend on the row: the source, its configuration, and the members of the body.
    private func target(of order: UpdateOrder) throws(UpdateProblem) -> UpdateTarget {
        let name = order.uid.prefix { $0 != "/" }
        guard let runner = refresher.registry.runner(named: String(name)) else {
            throw UpdateProblem(.notFound, "no deployment has this uid: there is no source of this name")
        }
        let source = runner.source
        guard let schema = source.updates else {
            throw UpdateProblem(
                .methodNotAllowed,
                "the adapter file `\(source.description.adapter)` describes no update: these deployments can be read only"
            )
        }
        guard source.takesUpdates else {
            throw UpdateProblem(
                .writesOff,
                "updates are off for the source `\(name)`; set `writes: true` in its configuration")
        }
        do throws(UpdateRefusal) {
            let patch = try UpdatePatch(reading: order.body, by: schema)
            return UpdateTarget(order: order, runner: runner, patch: patch)
        } catch {
            throw UpdateProblem(error)
        }
    }

    /// The record of an earlier request with the same key; nil if there is none, or if nothing of it was sent.
    private func earlier(than target: UpdateTarget) async throws(UpdateProblem) -> AuditRecord? {
        guard !target.order.isDryRun else { return nil }
        if refresher.isFollowing {
            throw UpdateProblem(
                .storeUnavailable,
                "another process uses this gateway's store, and only that one may change anything",
                retryAfter: .seconds(5))
        }
        do throws(AuditLogError) {
            return try await trail.earlier(
                withKey: target.order.idempotencyKey, of: target.order.actor.token, at: now())
        } catch {
            throw UpdateProblem(unrecordable: error)
        }
    }

    /// Answers a dry run: all checks of an update, and nothing sent.
    private func plan(_ target: UpdateTarget) async -> UpdateAnswer {
        let order = target.order
        do throws(UpdateProblem) {
            let planned = try target.plan(try await row(for: target))
            var record = record(of: target, planned)
            (record.outcome, record.idempotencyKey, record.requestDigest) = (.notApplied, nil, nil)
            let isRecorded = await note(record)
            return UpdateAnswer(.planned(planned), auditID: isRecorded ? record.id : nil)
        } catch {
            return await refused(order, error)
        }
    }

    /// The row that the update is for: as it is listed, or if the client knows a revision, as a fresh list has it.
    ///
    /// - Throws: `not-found`, `no-data`, `precondition-failed`, `not-fresh-enough`.
    func row(for target: UpdateTarget) async throws(UpdateProblem) -> ModelDeployment {
        let order = target.order
        guard !order.revisions.isEmpty else { return try listed(order.uid, in: target.runner) }
        if let open = trail.open(of: order.uid, after: now().advanced(by: .zero - UpdateTiming.effect)) {
            throw UpdateProblem(
                .preconditionFailed,
                "the list does not show yet what became of update \(open.id) of this deployment, so its revision "
                    + "cannot be judged; see /v1/audit/\(open.id)")
        }
        try await fetch(target.runner)
        let row = try listed(order.uid, in: target.runner)
        let current = ModelDeployment.forms.revision(of: row)
        guard order.revisions.contains(current) else {
            throw UpdateProblem(
                .preconditionFailed,
                "the deployment has changed: its revision is now \"\(current)\"; read it again and decide anew",
                revision: current)
        }
        return row
    }

    private func listed(_ uid: String, in runner: SourceRunner) throws(UpdateProblem) -> ModelDeployment {
        let snapshot = published.value.snapshot
        if let row = snapshot.row(ofUID: uid).flatMap({ snapshot.deployment($0) }) { return row }
        let status = runner.lists.status
        guard status.hasList, status.isComplete else {
            throw UpdateProblem(
                .noData, "the source has no complete list yet, so this deployment may or may not exist",
                retryAfter: .seconds(5))
        }
        throw UpdateProblem(.notFound, "no deployment has this uid")
    }
}

extension UpdateTarget {
    /// Checks the patch against a row.
    func plan(_ row: ModelDeployment) throws(UpdateProblem) -> PlannedUpdate {
        do throws(UpdateRefusal) { return try runner.source.plan(patch, of: row) } catch {
            throw UpdateProblem(error)
        }
    }
}

extension UpdateProblem {
    init(_ refusal: UpdateRefusal) {
        let mistakes = refusal.mistakes
        let first = mistakes.first
        let detail =
            mistakes.count == 1 && first != nil
            ? (first?.member.isEmpty == true ? "the body" : "`\(first?.member ?? "")`")
                + " \(first?.detail ?? "")"
            : "\(mistakes.count) mistakes in the body; see `errors`"
        self.init(.invalidBody, detail, mistakes: mistakes)
    }

    init(unrecordable error: AuditLogError) {
        self.init(
            .storeUnavailable, "the update cannot be recorded, so nothing was sent: \(error.message)",
            retryAfter: .seconds(5))
    }
}

extension FieldValue {
    /// A text that differs for different values.
    fileprivate var canonical: String {
        switch self {
        case .null: "null"
        case .text(let text): "text:\(text)"
        case .number(let number): "number:\(number)"
        case .time(let time): "time:\(time)"
        case .bool(let bool): "bool:\(bool)"
        }
    }
}

extension String {
    /// The text as far as an audit record keeps it.
    fileprivate var shortened: String {
        utf8.count <= AuditRecord.uidLimit
            ? self : String(decoding: utf8.prefix(AuditRecord.uidLimit), as: UTF8.self)
    }
}
