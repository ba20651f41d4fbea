package import Wire

/// A client's request to change one deployment.
package struct UpdateOrder: Sendable {
    /// The deployment's uid, in today's spelling.
    package var uid: String
    /// The body: a JSON document that was parsed, of any form.
    package var body: JSONValue
    /// The one who asks.
    package var actor: AuditRecord.Actor
    /// The key that stands for this request for a day: the client's, or a new one.
    package var idempotencyKey: String
    /// The revisions of which the row must still have one; empty: it may have any.
    package var revisions: [String]
    /// True if nothing is to be sent.
    package var isDryRun: Bool
    /// The `X-Request-Id` of the request.
    package var requestID: String

    package init(
        uid: String, body: JSONValue, actor: AuditRecord.Actor, idempotencyKey: String,
        revisions: [String], isDryRun: Bool, requestID: String
    ) {
        self.uid = uid
        self.body = body
        self.actor = actor
        self.idempotencyKey = idempotencyKey
        self.revisions = revisions
        self.isDryRun = isDryRun
        self.requestID = requestID
    }
}

/// What became of a request to change a deployment.
package struct UpdateAnswer: Sendable {
    /// The forms of an answer.
    package enum Form: Sendable {
        /// It was applied and its source's list shows it: the published row of the uid is the answer.
        case shown
        /// It was applied, and the list does not show it yet; the row is the platform's own record, mapped, nil if the
        /// platform sent none.
        case accepted(ModelDeployment?)
        /// It would be sent: the answer to a dry run.
        case planned(PlannedUpdate)
        /// It was not applied, or is not known to be.
        case problem(UpdateProblem)
    }

    /// The form of the answer.
    package var form: Form
    /// The id of its ``AuditRecord``; nil if it could not be recorded.
    package var auditID: String?
    /// True if the key was used before, and this is the outcome of that request.
    package var isReplayed: Bool

    package init(_ form: Form, auditID: String?, isReplayed: Bool = false) {
        self.form = form
        self.auditID = auditID
        self.isReplayed = isReplayed
    }
}

/// Changes deployments at their platforms; called by the HTTP front.
package protocol DeploymentUpdates: Sendable {
    /// Checks, records, sends and follows an update; ends in its own time even if the caller has gone.
    func update(_ order: UpdateOrder) async -> UpdateAnswer

    /// Records an attempt that was refused before it became an order.
    ///
    /// - Returns: The id of its record; nil if it could not be recorded.
    func recordRefusal(
        of uid: String, by actor: AuditRecord.Actor, isDryRun: Bool, requestID: String,
        _ problem: UpdateProblem
    ) async -> String?

    /// The members of a source's deployments that can be changed now; nil if its platform's file has none, or the source
    /// is not configured for it.
    func schema(of source: String) -> UpdateSchema?

    /// True if the source's adapter file describes an update, whatever the configuration says.
    func isUpdatable(_ source: String) -> Bool
}
