package import Wire

/// One attempt of a client to change a deployment, and what became of it.
package struct AuditRecord: Sendable, Hashable {
    /// The attempts that there are.
    package enum Action: String, Sendable, CaseIterable {
        case update
        /// An update that was to be checked and shown, and not sent.
        case dryRun = "dry_run"
    }

    /// What became of the attempt.
    package enum Outcome: String, Sendable, CaseIterable {
        /// It is about to be sent, or was sent and has no answer yet.
        case pending
        /// The platform said that it was applied, or its list shows the effect.
        case applied
        /// Nothing was done: the platform could not be connected to or was too busy, or it was a dry run.
        case notApplied = "not_applied"
        /// The gateway or the platform refused it.
        case refused
        /// It was sent, and nothing says yet whether it was applied.
        case unknown
    }

    /// The one who attempted it.
    package struct Actor: Sendable, Hashable {
        /// The name of the access token; nil without one.
        package var token: String?
        /// The address of the client, without a port; nil if it is not known.
        package var address: String?

        package init(token: String? = nil, address: String? = nil) {
            self.token = token
            self.address = address
        }
    }

    /// 32 hexadecimal digits, which begin with the time: the order of ids is the order of attempts.
    package var id: String
    /// The arrival of the request.
    package var at: Timestamp
    /// The one who attempted it.
    package var actor: Actor
    /// The kind of attempt.
    package var action: Action
    /// The ``ModelDeployment/uid`` that the request named, at most ``uidLimit`` bytes of it.
    package var deployment: String
    /// The source that the uid names, `-` if there was none of this name; a record states the name alone.
    package var origin: SharedSource {
        didSet { origin = origin.nameAlone }
    }
    /// What became of it.
    package var outcome: Outcome
    /// The reason that it was not simply applied; nil if it was.
    package var problem: UpdateProblem?
    /// The row before, as JSON of mapped fields without the owner; nil if none was found.
    package var before: [UInt8]?
    /// The row afterwards, as the list or the platform states it, and until then as the patch would make it; nil if
    /// there is none.
    ///
    /// Its form is that of ``before``.
    package var after: [UInt8]?
    /// The client's or the gateway's own key; nil for an attempt that does not use one up.
    package var idempotencyKey: String?
    /// The digest of what was asked for, by which a repeated key is compared; nil where the key is nil.
    ///
    /// It is not shown.
    package var requestDigest: String?
    /// The patch, so that a list can be searched for its effect after a restart.
    ///
    /// It is not shown.
    package var patch: UpdatePatch?
    /// The `X-Request-Id` of the request.
    package var requestID: String
    /// The time at which a list first showed the effect; nil before that.
    package var shownAt: Timestamp?

    /// The greatest number of bytes of a uid that is kept.
    package static let uidLimit = 1024

    package init(
        id: String, at: Timestamp, actor: Actor, action: Action, deployment: String, origin: SharedSource,
        outcome: Outcome, requestID: String
    ) {
        self.id = id
        self.at = at
        self.actor = actor
        self.action = action
        self.deployment = deployment
        self.origin = origin.nameAlone
        self.outcome = outcome
        self.requestID = requestID
    }
}

/// The reason that an update was not applied, or not known to be.
package struct UpdateProblem: Error, Sendable, Hashable {
    /// One kind for each decision of a client.
    package enum Kind: String, Sendable, CaseIterable {
        /// The body is no JSON object of members that can be changed.
        case invalidBody = "invalid-body"
        case tooLarge = "too-large"
        case unsupportedMediaType = "unsupported-media-type"
        case invalidParameter = "invalid-parameter"
        /// The caller lacks the right.
        case forbidden
        /// The source is not configured with `writes: true`.
        case writesOff = "writes-off"
        case notFound = "not-found"
        /// Nothing of the platform's deployments can be changed.
        case methodNotAllowed = "method-not-allowed"
        /// The source has no list, so nobody knows whether the deployment exists.
        case noData = "no-data"
        /// The idempotency key was used for another request.
        case keyReused = "key-reused"
        /// An update of the deployment, or one with this key, is in flight.
        case conflict
        /// The row is not the one that the client knows, or nobody can tell.
        case preconditionFailed = "precondition-failed"
        /// The list could not be fetched, and a condition has to be judged by a fresh one.
        case notFreshEnough = "not-fresh-enough"
        /// The source's budget is used up, or its platform requested a pause.
        case tooManyRequests = "too-many-requests"
        case storeUnavailable = "store-unavailable"
        /// The platform refused it, or could not be reached; ``UpdateProblem/errorClass`` tells which.
        case upstreamRefused = "upstream-refused"
        case outcomeUnknown = "outcome-unknown"
        /// A fault of the gateway.
        case `internal`
    }

    /// The kind, by which clients decide.
    package var kind: Kind
    /// What is wrong and what to do: the gateway's own words.
    package var detail: String
    /// The mistakes in single members; empty if it is not about members.
    package var mistakes: [UpdateMistake] = []
    /// The class of the platform's error; nil if it is not about the platform.
    package var errorClass: SourceError.Class?
    /// The pause after which the same request may succeed; nil if none is known.
    package var retryAfter: Duration?
    /// The revision of the row as it is listed now; nil but for ``Kind/preconditionFailed``.
    package var revision: String?

    package init(
        _ kind: Kind, _ detail: String, mistakes: [UpdateMistake] = [],
        errorClass: SourceError.Class? = nil, retryAfter: Duration? = nil, revision: String? = nil
    ) {
        self.kind = kind
        self.detail = detail
        self.mistakes = mistakes
        self.errorClass = errorClass
        self.retryAfter = retryAfter
        self.revision = revision
    }
}
