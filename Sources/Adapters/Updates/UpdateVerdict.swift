import Deployments
import Upstream
import Wire

/// What the answer to an update says about its outcome.
///
/// It was applied after a success of the file's, and refused after an answer that says so: a 4xx, a redirect, an error
/// in a 2xx. Anything else leaves it open: a 5xx, a 408, which a proxy may write although the platform goes on, a 303,
/// which follows a deed, and every failure of the connection once something was sent.
struct UpdateVerdict {
    private let update: PlannedUpdate
    private let plan: UpdatePlan
    private let source: AdapterSource
    private let secrets: [String]
    private let scope: ExpressionScope

    /// The size limit, in bytes, of a refusal that is searched for names of members.
    private static let refusalLimit = 1 << 20

    /// `secrets` are values that no error may show.
    init(to update: PlannedUpdate, by plan: UpdatePlan, of source: AdapterSource, guarding secrets: [String])
    {
        self.update = update
        self.plan = plan
        self.source = source
        self.secrets = secrets
        scope = source.answerScope(about: update.before.uid)
    }

    /// The outcome after a complete response.
    func result(of response: UpstreamResponse) -> UpdateResult {
        switch response.status {
        case 200..<300: success(response)
        case 303, 408: .unknown(failure(response))
        case 300..<500: refusal(failure(response), response)
        default: .unknown(failure(response))
        }
    }

    /// The outcome after a failure of an exchange of which something may have been sent.
    func result(of error: UpstreamError) -> UpdateResult {
        let told = SourceError(error)
        guard let status = error.status else { return .unknown(told) }
        switch status {
        case 200..<300: return readsBody || !isSuccess(status) ? .unknown(told) : .applied(nil)
        case 300..<500 where ![303, 408].contains(status):
            return error.code == .redirectRefused
                ? .refused(told, members: []) : result(of: UpstreamResponse(status: status))
        default: return .unknown(told)
        }
    }

    /// True if only the body of a 2xx tells whether it is a success.
    private var readsBody: Bool { source.manifest.errors.failedWhen != nil }

    private func isSuccess(_ status: Int) -> Bool {
        plan.success.isEmpty ? (200..<300).contains(status) : plan.success.contains(status)
    }

    private func success(_ response: UpstreamResponse) -> UpdateResult {
        var response = response
        // No body has no error in it.
        if response.body.isEmpty { response.body = Array("null".utf8) }
        let document: JSONDocument
        do throws(SourceError) {
            document = try self.document(of: response)
        } catch {
            switch error.errorClass {
            case .badResponse where !readsBody && isSuccess(response.status): return .applied(nil)
            case .badResponse: return .unknown(error)
            default: return refusal(error, response)
            }
        }
        guard isSuccess(response.status) else {
            return .unknown(
                SourceError(
                    .badResponse,
                    "HTTP \(response.status), which the adapter file does not name under `update.success`"))
        }
        return .applied(row(in: document))
    }

    /// The platform's own record in an answer, as the list would show it; nil if there is none of this deployment.
    private func row(in document: JSONDocument) -> ModelDeployment? {
        guard let record = plan.record?.value(in: document.root), record.kind == .object,
            let row = source.row(of: record, in: scope), row.uid == update.before.uid
        else { return nil }
        // The creation of the deployment is that of its earliest version.
        guard row.version != update.before.version else { return row }
        return VersionSettlement.settled([update.before, row]).first { $0.version == row.version }
    }

    private func refusal(_ error: SourceError, _ response: UpstreamResponse) -> UpdateResult {
        switch error.errorClass {
        // By its own account the platform does not know either.
        case .serverError, .timeout: return .unknown(error)
        default: return .refused(error, members: members(in: response))
        }
    }

    /// The members of the patch that the platform says are wrong.
    private func members(in response: UpstreamResponse) -> [String] {
        guard let refused = plan.refused, response.body.count <= Self.refusalLimit,
            let document = try? JSONDocument(repairing: response.body)
        else { return [] }
        var scope = scope
        scope.enter(document.root)
        let names: [String] =
            switch refused.evaluate(in: scope) {
            case .text(let name): [name]
            case .list(let elements):
                elements.compactMap { if case .text(let name) = $0 { name } else { nil } }
            case .node(let node) where node.kind == .array:
                node.elements.compactMap {
                    if case .text(let name) = ExpressionValue($0) { name } else { nil }
                }
            default: []
            }
        return plan.members(named: names)
    }

    /// The error that a response is by the file's rules.
    private func failure(_ response: UpstreamResponse) -> SourceError {
        do throws(SourceError) {
            _ = try document(of: response)
        } catch {
            return error
        }
        return SourceError(.badResponse, "HTTP \(response.status)")
    }

    private func document(of response: UpstreamResponse) throws(SourceError) -> JSONDocument {
        let partition = source.partition(of: update.before.uid)
        return try source.classifier.document(of: response, scope: scope, guarding: secrets) { hint in
            hint.filled { source.requests.text($0, partition: partition) }
        }
    }
}
