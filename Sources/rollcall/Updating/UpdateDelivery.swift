import Deployments
import Wire

/// Brings one update to its end: sends it, and finds out what became of it.
///
/// It is sent again with the same key alone, so that a gateway never applies it twice.
struct UpdateDelivery<C: Clock<Duration>>: Sendable {
    let gateway: UpdateGateway
    let patch: UpdatePatch
    /// The deployment as it was listed before.
    let before: JSONValue
    /// The value of `If-Match`.
    let condition: String
    let key: String
    /// The time for which an outcome is waited for, at each step.
    let wait: Duration
    let clock: C
    /// Shows a line of progress.
    let tell: @Sendable (String) -> Void

    /// The most times that the update is sent without an answer.
    static var attempts: Int { 5 }
    /// The pause after the first time without an answer; it doubles each time.
    static var backoff: Duration { .milliseconds(500) }
    /// The pause between two looks at an outcome.
    static var interval: Duration { .seconds(1) }

    /// Sends the update, and waits for its outcome.
    func end() async throws -> UpdateEnd {
        let (reply, audit) = try await answer()
        switch reply {
        case .shown(let row): return UpdateEnd(.applied(isShown: true), row: row, audit: audit)
        case .refused(let problem): return UpdateEnd(.refused(problem), audit: audit)
        case .accepted(let row):
            tell("The platform has applied it; waiting until its list shows that.")
            return try await follow(UpdateEnd(.applied(isShown: false), row: row, audit: audit))
        case .unknown(let problem):
            tell("It was sent, and the outcome is unknown; waiting until the list tells.")
            return try await follow(UpdateEnd(.unknown(problem.lines), audit: audit))
        // The audit record of a conflict is not the one of the update that is in flight.
        case .inFlight(let problem, _): return UpdateEnd(.unknown(problem.lines), audit: nil)
        case .noAnswer(let reason, let isUnsent):
            return UpdateEnd(isUnsent ? .unsent(reason) : .unknown(["no answer: \(reason)"]), audit: nil)
        }
    }

    /// The first answer that says what became of it, or the last one before patience ends.
    private func answer() async throws -> (reply: UpdateReply, audit: String?) {
        let deadline = clock.now.advanced(by: wait)
        var backoff = Self.backoff
        var unanswered = 0
        var isUnsent = true
        var isFirst = true
        while true {
            let (reply, audit, isReplayed) = try await gateway.send(patch, ifMatch: condition, key: key)
            if isReplayed, isFirst {
                tell(
                    "An earlier request had this key; nothing was sent again, and this is what became of it:")
            }
            isFirst = false
            let reason: String
            switch reply {
            case .noAnswer(let text, let thisIsUnsent):
                reason = text
                isUnsent = isUnsent && thisIsUnsent
            // An earlier sending may have been applied all the same.
            case .refused(let problem) where !isUnsent && !problem.isJudgedByKey:
                reason = problem.lines.joined(separator: "; ")
            case .inFlight(_, let pause):
                isUnsent = false
                guard clock.now.advanced(by: pause) < deadline else { return (reply, audit) }
                try await clock.sleep(for: pause)
                continue
            default: return (reply, audit)
            }
            unanswered += 1
            guard unanswered < Self.attempts else { return (.noAnswer(reason, isUnsent: isUnsent), audit) }
            tell("No answer (\(reason)); sending it again with the same key.")
            try await clock.sleep(for: backoff)
            backoff *= 2
        }
    }

    /// Waits until the audit record says what became of it, or the list shows it.
    private func follow(_ end: UpdateEnd) async throws -> UpdateEnd {
        let deadline = clock.now.advanced(by: wait)
        var record = end.audit
        while clock.now.advanced(by: Self.interval) <= deadline {
            try await clock.sleep(for: Self.interval)
            if let id = record {
                do {
                    if let found = try await gateway.record(id), let known = UpdateEnd(found, audit: id) {
                        return known
                    }
                    continue
                } catch is UpdateGateway.AuditIsForbidden {
                    tell("This token lacks the right `audit`; reading the deployment itself.")
                    record = nil
                }
            }
            if let row = await gateway.row(), isShown(by: row) {
                return UpdateEnd(.applied(isShown: true), row: row, audit: end.audit)
            }
        }
        return end
    }

    /// True if a row has all new values, of which it did not have at least one before.
    private func isShown(by row: JSONValue) -> Bool {
        guard let row = ModelDeployment(json: row), let before = ModelDeployment(json: before) else {
            return false
        }
        return patch.applied(to: row) == row && patch.applied(to: before) != before
    }
}

extension GatewayProblem {
    /// True for a refusal that a gateway decides on only once it knows that the key was not used before.
    fileprivate var isJudgedByKey: Bool {
        [
            "upstream-refused", "precondition-failed", "not-fresh-enough", "no-data", "not-found",
            "invalid-body",
            "too-many-requests", "key-reused",
        ].contains(kind)
    }
}

/// What became of an update.
struct UpdateEnd: Sendable {
    enum Outcome: Sendable {
        case applied(isShown: Bool)
        /// It was not applied.
        case refused(GatewayProblem)
        /// No gateway got it, for this reason.
        case unsent(String)
        /// Nothing says whether it was applied, for these reasons.
        case unknown([String])
    }

    var outcome: Outcome
    /// The deployment before it, as its audit record has it; nil without one.
    var before: JSONValue?
    /// The deployment afterwards, as the list or the platform states it; nil if that is not known.
    var row: JSONValue?
    /// The id of its audit record; nil if that is not known.
    var audit: String?

    init(_ outcome: Outcome, row: JSONValue? = nil, audit: String?) {
        self.outcome = outcome
        self.row = row
        self.audit = audit
    }

    /// Reads an audit record; nil as long as it does not say what became of it, or its effect is not listed yet.
    init?(_ record: JSONValue, audit: String) {
        switch record["outcome"]?.string {
        case "applied" where record["shown_at"]?.isNull == false:
            self.init(.applied(isShown: true), row: record["after"], audit: audit)
            before = record["before"].flatMap { $0.isNull ? nil : $0 }
        case "refused", "not_applied":
            self.init(.refused(GatewayProblem(status: 0, record["problem"])), audit: audit)
        default: return nil
        }
    }
}
