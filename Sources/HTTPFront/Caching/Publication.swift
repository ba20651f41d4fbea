import Deployments
import Snapshots

/// The state of what an answer is made from: the same request gets the same answer while it is the same.
///
/// An answer depends on what sources list or on the audit log, never on both, so that neither ends the other's.
enum Publication: Sendable, Hashable {
    /// See ``Published/number``.
    case lists(Int)
    /// See ``Snapshot/id``; nil while the log cannot be read.
    case audit(String?)

    /// The state of what is published, or of the audit log if an answer is made from that.
    init(_ published: Published, _ log: Result<AuditView, AuditLogError>?) {
        self = log.map { .audit((try? $0.get())?.list.snapshot.id) } ?? .lists(published.number)
    }

    /// True if both are states of the same thing.
    func isComparable(with other: Publication) -> Bool {
        switch (self, other) {
        case (.lists, .lists), (.audit, .audit): true
        case (.lists, .audit), (.audit, .lists): false
        }
    }
}

extension FrontState {
    /// The state from which a route is answered now.
    func publication(of route: Route) -> Publication {
        switch route {
        case .list(.audit), .record(.audit, _): Publication(published(), auditLog)
        default: Publication(published(), nil)
        }
    }

    /// The audit log, or the reason that it cannot be read.
    var auditLog: Result<AuditView, AuditLogError> {
        guard let audit else { return .failure(AuditLogError("this gateway keeps no audit log")) }
        do throws(AuditLogError) {
            return .success(try audit())
        } catch {
            return .failure(error)
        }
    }
}
