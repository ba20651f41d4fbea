import Deployments
import Upstream
import Wire

/// The requests about one deployment that an update consists of.
struct UpdateGateway: Sendable {
    let connection: GatewayConnection
    /// The deployment's uid, which is its path, too.
    let uid: String

    /// The source that the uid names.
    var source: String { String(uid.prefix { $0 != "/" }) }

    private var hasToken: Bool { connection.token != nil }

    /// The members that can be changed.
    ///
    /// - Throws: ``CommandFailure`` where nothing can be, or where the gateway does not say.
    func schema() async throws -> UpdateSchema {
        var path = Array("/v1/sources/".utf8)
        path.appendPercentEncoded(source)
        let (status, root) = try await connection.document(at: String(decoding: path, as: UTF8.self))
        guard status == 200, let data = root["data"] else {
            let problem = GatewayProblem(status: status, root)
            throw problem.failure(problem.codeOfUpdate, hasToken: hasToken)
        }
        guard let writes = data["writes"] else {
            throw CommandFailure(.no, "the gateway at \(connection.gateway) is of a release without updates")
        }
        guard let schema = UpdateSchema(writes) else {
            let adapter = data["adapter"]?.string.map { " `\($0.neutralized(limit: 80))`" } ?? ""
            throw CommandFailure(
                .no,
                "nothing of the deployments of `\(source)` can be changed: updates are off, or its adapter file"
                    + "\(adapter) describes none.\n"
                    + "To allow them, set `writes: true` on the source in the gateway's configuration, and give a token "
                    + "the right: `may: [read, write, audit]`.")
        }
        return schema
    }

    /// What an update would do: nothing is sent to the platform.
    func preview(of patch: UpdatePatch, ifMatch condition: String?) async throws -> UpdatePreview {
        let response: UpstreamResponse
        do {
            response = try await send(patch, query: "?dry_run=true", ifMatch: condition)
        } catch let error as UpstreamError {
            throw CommandFailure.noResponse(from: connection.gateway, error)
        }
        let root = (try? JSONDocument(parsing: response.body))?.root
        guard response.status == 200 else {
            var problem = GatewayProblem(status: response.status, root)
            problem.lines += problem.hintsOfUpdate
            throw problem.failure(problem.codeOfUpdate, hasToken: hasToken)
        }
        guard let preview = UpdatePreview(root) else {
            throw CommandFailure.notAGateway(connection.gateway, "a dry run in an unknown form")
        }
        return preview
    }

    /// Sends an update once, and reads what the answer says of it.
    ///
    /// `isReplayed` is true if it is the outcome of an earlier request with this key.
    func send(
        _ patch: UpdatePatch, ifMatch condition: String, key: String
    ) async throws -> (reply: UpdateReply, audit: String?, isReplayed: Bool) {
        do {
            let response = try await send(
                patch, ifMatch: condition, more: [UpstreamRequest.Header("Idempotency-Key", key)])
            return (
                UpdateReply(response), UpdateReply.audit(in: response),
                response.header("idempotency-replayed") == "true"
            )
        } catch let error as UpstreamError {
            return (.noAnswer("\(error)".neutralized(), isUnsent: error.isUnsent), nil, false)
        }
    }

    private func send(
        _ patch: UpdatePatch, query: String = "", ifMatch condition: String?,
        more: [UpstreamRequest.Header] = []
    ) async throws -> UpstreamResponse {
        var headers = [UpstreamRequest.Header("Content-Type", "application/merge-patch+json")] + more
        if let condition { headers.append(UpstreamRequest.Header("If-Match", condition)) }
        // A gateway fetches the list, sends, and fetches again before it answers.
        return try await connection.send(
            .patch, to: connection.url("/v1/deployments/\(uid)\(query)"), headers: headers, body: patch.json,
            within: .seconds(60)
        )
    }

    /// The state of an audit record; nil if the gateway did not answer, or has no such record.
    ///
    /// - Throws: ``AuditIsForbidden`` if the token may not read it.
    func record(_ id: String) async throws -> JSONValue? {
        guard let (status, root) = try? await connection.document(at: "/v1/audit/\(id)") else { return nil }
        if status == 401 || status == 403 { throw AuditIsForbidden() }
        return status == 200 ? root["data"] : nil
    }

    /// The deployment as it is listed now; nil if the gateway did not answer, or does not list it.
    func row() async -> JSONValue? {
        guard let (status, root) = try? await connection.document(at: "/v1/deployments/\(uid)") else {
            return nil
        }
        return status == 200 ? root["data"] : nil
    }

    /// The token lacks the right `audit`.
    struct AuditIsForbidden: Error {}
}

extension GatewayProblem {
    /// What to do about an update that ends with this problem, beyond what the gateway says; a line each.
    var hintsOfUpdate: [String] {
        kind == "precondition-failed"
            ? ["Look again with --dry-run; with --if-match '*' it is sent whatever the revision is."] : []
    }

    /// The exit code of an update that ends with this problem.
    var codeOfUpdate: CommandFailure.Code {
        switch (status, kind) {
        case (400, _), (414, _), (421, _), (431, _): .usage
        case (503, "no-data"), (503, "overloaded"), (503, ""), (502, ""), (504, ""): .unreachable
        default: .no
        }
    }
}
