import Deployments
import HTTPTypes
import Snapshots
import Wire

extension ReadContext {
    /// The request, and the sources of its answer, where the records are the gateway's own: it reaches no source and
    /// waits for nothing.
    ///
    /// - Throws: `store-unavailable` while the records cannot be read.
    func own(_ request: ReadRequest) throws(Problem) -> (ReadContext, SourceScope) {
        var scope = try ownScope()
        scope.listed = request.listedSources
        scope.notices += Notice.all(on: request.query, of: [], in: published.snapshot)
        var context = self
        if !request.isRelative { context.validity = Validity(of: scope, from: publication) }
        return (context, scope)
    }

    /// The sources, which are none, of an answer with the gateway's own records.
    ///
    /// - Throws: `store-unavailable` while the records cannot be read.
    func ownScope() throws(Problem) -> SourceScope {
        let log: AuditView
        do throws(AuditLogError) {
            log = try (audit ?? state.auditLog).get()
        } catch {
            var problem = Problem(.storeUnavailable, "the audit log cannot be read: \(error.message)")
            problem.headers[.retryAfter] = "5"
            throw problem
        }
        var scope = SourceScope([], now: now)
        scope.isOwn = true
        scope.notices = [Notice(droppedFrom: log)].compactMap(\.self)
        return scope
    }
}

extension Notice {
    /// What an audit log lacks; nil if nothing was dropped from it.
    fileprivate init?(droppedFrom audit: AuditView) {
        guard audit.dropped > 0 else { return nil }
        let until = audit.droppedUntil.map { " until \($0)" } ?? ""
        self.init(
            code: Code.auditDropped.rawValue, rows: audit.dropped,
            detail:
                "\(audit.dropped.records)\(until) \(audit.dropped == 1 ? "was" : "were") dropped for age or for "
                + "room")
    }
}

extension Int {
    /// `1 record`, `2 records`.
    fileprivate var records: String { self == 1 ? "1 record" : "\(self) records" }
}
