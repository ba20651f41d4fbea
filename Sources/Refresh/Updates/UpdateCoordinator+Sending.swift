import Deployments
import Logging
import Snapshots
import Wire

/// The times of following an update.
enum UpdateTiming {
    /// The time for which an answer waits until the list shows an update that was applied.
    static let answer = Duration.seconds(8)
    /// The time for which a fresh list is waited for, on which a condition depends.
    static let condition = Duration.seconds(8)
    /// The time after which an update that the list does not show is not expected to be shown any more.
    static let effect = Duration.seconds(600)
    /// The time for which the effect of an update without a known outcome is looked for.
    static let search = Duration.seconds(86_400)
}

extension UpdateCoordinator {
    /// Plans, records, sends and follows an update; the caller has claimed the deployment.
    func apply(_ target: UpdateTarget) async -> UpdateAnswer {
        let planned: PlannedUpdate
        var record: AuditRecord
        do throws(UpdateProblem) {
            planned = try target.plan(try await row(for: target))
            record = self.record(of: target, planned)
            // Another request with this key may have been recorded since the first look.
            if let earlier = try await begin(record) { return try earlier.answer(for: target) }
        } catch {
            return await refused(target.order, error)
        }
        log(record)
        let sentAt = now()
        switch await target.runner.source.send(planned) {
        case .notSent(let error):
            record.outcome = .notApplied
            record.problem = UpdateProblem(notSent: error)
        case .refused(let error, _) where error.errorClass == .rateLimited:
            record.outcome = .notApplied
            record.problem = UpdateProblem(postponed: error)
        case .refused(let error, let members):
            record.outcome = .refused
            record.problem = UpdateProblem(refused: error, members: members)
        case .applied(let stated):
            record.outcome = .applied
            if let stated { record.after = stated.forAudit }
            return await follow(record, planned, target, sentAt: sentAt, stated: stated)
        case .unknown(let error):
            record.outcome = .unknown
            record.problem = UpdateProblem(unknown: error)
            return await follow(record, planned, target, sentAt: sentAt, stated: nil)
        }
        _ = await note(record)
        return record.problem.map { UpdateAnswer(.problem($0), auditID: record.id) }
            ?? UpdateAnswer(.shown, auditID: record.id)
    }

    private func begin(_ record: AuditRecord) async throws(UpdateProblem) -> AuditRecord? {
        do throws(AuditLogError) { return try await trail.begin(record) } catch {
            throw UpdateProblem(unrecordable: error)
        }
    }

    /// The record of an update that is about to be sent.
    func record(of target: UpdateTarget, _ planned: PlannedUpdate) -> AuditRecord {
        let order = target.order
        var record = AuditRecord(
            id: ids.next(at: now()), at: now(), actor: order.actor,
            action: order.isDryRun ? .dryRun : .update, deployment: order.uid,
            origin: planned.before.origin, outcome: .pending, requestID: order.requestID)
        record.before = planned.before.forAudit
        record.after = planned.after.forAudit
        record.idempotencyKey = order.idempotencyKey
        record.requestDigest = target.digest
        record.patch = target.patch
        return record
    }

    /// Records what the platform said, and asks for the list until that shows the effect or the time is over.
    private func follow(
        _ record: AuditRecord, _ planned: PlannedUpdate, _ target: UpdateTarget, sentAt: Timestamp,
        stated: ModelDeployment?
    ) async -> UpdateAnswer {
        var record = record
        _ = await note(record)
        if let row = await shownRow(planned, target, sentAt: sentAt) {
            record.show(row, at: now())
            _ = await note(record)
            return UpdateAnswer(.shown, auditID: record.id)
        }
        if record.outcome == .applied { return UpdateAnswer(.accepted(stated), auditID: record.id) }
        return UpdateAnswer(
            .problem(record.problem ?? UpdateProblem(.outcomeUnknown, "nothing says what became of it")),
            auditID: record.id)
    }

    /// The row once a list that was fetched after `sentAt` shows the effect; nil if none does in time.
    private func shownRow(
        _ planned: PlannedUpdate, _ target: UpdateTarget, sentAt: Timestamp
    ) async -> ModelDeployment? {
        let end = clock.now.advanced(by: UpdateTiming.answer)
        var pause = Duration.milliseconds(500)
        while clock.now < end {
            let outcome = await target.runner.refresh(on: clock)
            if let row = shownRow(planned, target.runner, sentAt: sentAt) { return row }
            switch outcome {
            case .refused(.minInterval, let retryAfter): pause = max(retryAfter, .milliseconds(1))
            case .refused: return nil
            case .done, .inProgress: pause = pause * 2
            }
            guard clock.now.advanced(by: pause) < end, (try? await clock.sleep(for: pause)) != nil else {
                return nil
            }
        }
        return nil
    }

    /// The row as it is published, if its list is newer than `sentAt` and shows the effect.
    func shownRow(
        _ planned: PlannedUpdate, _ runner: SourceRunner, sentAt: Timestamp
    ) -> ModelDeployment? {
        let snapshot = published.value.snapshot
        guard let observedAt = runner.lists.status.observedAt, observedAt >= sentAt,
            let row = snapshot.row(ofUID: planned.before.uid).flatMap({ snapshot.deployment($0) }),
            runner.source.shows(planned.patch, on: row, since: planned.before)
        else { return nil }
        return row
    }

    /// Fetches a source's list anew, for a condition that has to be judged by it.
    ///
    /// - Throws: `not-fresh-enough` if that is not possible in time.
    func fetch(_ runner: SourceRunner) async throws(UpdateProblem) {
        let began = now()
        let end = clock.now.advanced(by: UpdateTiming.condition)
        func refusal(_ reason: String, retryAfter: Duration? = nil) -> UpdateProblem {
            UpdateProblem(
                .notFreshEnough,
                "the condition `If-Match` has to be judged by a fresh list, and \(reason); nothing was sent",
                retryAfter: retryAfter)
        }
        while clock.now < end {
            switch await runner.refresh(on: clock) {
            case .refused(.minInterval, let retryAfter):
                guard clock.now.advanced(by: retryAfter) < end,
                    (try? await clock.sleep(for: max(retryAfter, .milliseconds(1)))) != nil
                else { throw refusal("`min_interval` has not passed", retryAfter: retryAfter) }
            case .refused(let reason, let retryAfter):
                throw refusal(
                    "the source may not be fetched now (`\(reason.rawValue)`)", retryAfter: retryAfter)
            case .inProgress: throw refusal("the platform has not answered in time")
            case .done:
                let status = runner.lists.status
                if let failure = status.failure {
                    throw refusal("the fetch failed (\(failure.error.errorClass.rawValue))")
                }
                guard let observedAt = status.observedAt, observedAt >= began else {
                    throw refusal("a cache on the way to the platform answered with an older copy")
                }
                return
            }
        }
        throw refusal("the source could not be fetched in time")
    }
}

extension UpdateProblem {
    /// Nothing reached the platform, so the same request may be sent again, with the same key too.
    init(notSent error: SourceError) {
        let isLimit = error.errorClass == .rateLimited
        self.init(
            isLimit ? .tooManyRequests : .upstreamRefused,
            isLimit ? error.message : "nothing was sent: \(error.message)",
            errorClass: isLimit ? nil : error.errorClass, retryAfter: error.retryAfter)
    }

    /// The platform takes no more requests for now, so the same request may be sent again, with the same key too.
    init(postponed error: SourceError) {
        self.init(
            .tooManyRequests, "the platform takes no more requests now: \(error.message)",
            retryAfter: error.retryAfter)
    }

    init(refused error: SourceError, members: [String]) {
        self.init(
            .upstreamRefused, "the platform refused the update: \(error.message)",
            mistakes: members.map { UpdateMistake($0, "was refused by the platform") },
            errorClass: error.errorClass, retryAfter: error.retryAfter)
    }

    init(unknown error: SourceError) {
        self.init(
            .outcomeUnknown,
            "the update was sent, and nothing says whether it was applied (\(error.message)); it is never sent "
                + "again by itself: the audit record tells once the list shows its effect",
            errorClass: error.errorClass)
    }
}

extension AuditRecord {
    /// Notes that a list shows the effect.
    mutating func show(_ row: ModelDeployment, at now: Timestamp) {
        (outcome, problem, shownAt, after) = (.applied, nil, now, row.forAudit)
    }

    /// The answer to another request with the same key.
    ///
    /// - Throws: `key-reused` if it asks for something else; `conflict` while this one is in flight.
    func answer(for target: UpdateTarget) throws(UpdateProblem) -> UpdateAnswer {
        guard requestDigest == target.digest else {
            throw UpdateProblem(
                .keyReused,
                "this `Idempotency-Key` was used for another request (audit record \(id)); send each new request with a "
                    + "new key")
        }
        func answer(_ form: UpdateAnswer.Form) -> UpdateAnswer {
            UpdateAnswer(form, auditID: id, isReplayed: true)
        }
        switch outcome {
        case .pending:
            throw UpdateProblem(
                .conflict,
                "the request with this `Idempotency-Key` is in flight; try again once it has ended",
                retryAfter: .seconds(1))
        case .applied where shownAt != nil: return answer(.shown)
        case .applied: return answer(.accepted(after.flatMap { ModelDeployment(encoded: $0) }))
        case .refused, .notApplied, .unknown:
            return answer(
                .problem(problem ?? UpdateProblem(.outcomeUnknown, "nothing says what became of it")))
        }
    }
}

extension ModelDeployment {
    /// The row as an audit record keeps it: JSON of mapped fields, without the owner, whom the source may cease to
    /// expose.
    var forAudit: [UInt8] {
        var row = self
        row.owner = nil
        return row.encoded()
    }
}
