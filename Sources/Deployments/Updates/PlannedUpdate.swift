/// An update that was checked and can be sent.
package struct PlannedUpdate: Sendable, Hashable {
    /// The row as it is listed.
    package var before: ModelDeployment
    /// The patch.
    package var patch: UpdatePatch
    /// The request that will be sent.
    package var request: ShownRequest

    package init(before: ModelDeployment, patch: UpdatePatch, request: ShownRequest) {
        self.before = before
        self.patch = patch
        self.request = request
    }

    /// The row as it is expected to be listed once the update was applied, as far as the patch says.
    package var after: ModelDeployment { patch.applied(to: before) }
}

/// A request to a platform without its credentials, for people to read.
package struct ShownRequest: Sendable, Hashable {
    /// The method, in capitals.
    package var method: String
    /// The URL, without a credential that it may carry.
    package var url: String
    /// The body: JSON.
    package var body: [UInt8]

    package init(method: String, url: String, body: [UInt8]) {
        self.method = method
        self.url = url
        self.body = body
    }
}

/// The outcome of sending an update once.
package enum UpdateResult: Sendable {
    /// The platform says that it was applied; the row is its own record of the deployment, mapped, nil if it sent none
    /// that can be read.
    case applied(ModelDeployment?)
    /// The platform refused it; `members` are the fields of the patch that it named as wrong.
    case refused(SourceError, members: [String])
    /// The platform was never reached: nothing of the request was sent.
    case notSent(SourceError)
    /// The request was sent, at least in part, and nothing says whether it was applied.
    case unknown(SourceError)
}
