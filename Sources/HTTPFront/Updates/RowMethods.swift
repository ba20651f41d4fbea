import Deployments
import HTTPTypes
import Snapshots

extension FrontState {
    /// The methods that a route answers now.
    func methods(of route: Route) -> [HTTPRequest.Method] {
        guard case .record(.deployments, let uid) = route else { return route.methods }
        return methods(ofDeployment: uid)
    }

    /// The methods of one deployment: `PATCH` too where its source's deployments can be changed now.
    func methods(ofDeployment uid: String) -> [HTTPRequest.Method] {
        let source = String(uid.prefix { $0 != "/" })
        return updates?.schema(of: source) == nil ? [.get, .head] : [.get, .head, .patch]
    }

    /// Refuses a method that a route does not have, or has not for this deployment.
    ///
    /// A `PATCH` is let through where the updates themselves say why it cannot be done: for a source that the
    /// configuration does not allow to change, and for one that does not exist.
    /// - Throws: `method-not-allowed`.
    func check(_ method: HTTPRequest.Method, of route: Route) throws(Problem) {
        let methods = methods(of: route)
        guard !methods.contains(method) else { return }
        guard method == .patch, case .record(.deployments, let uid) = route, let updates else {
            throw .methodNotAllowed(methods)
        }
        let source = String(uid.prefix { $0 != "/" })
        let isConfigured = published().sources.contains { $0.source.name == source }
        guard updates.isUpdatable(source) || !isConfigured else { throw .notUpdatable(source) }
    }
}

extension HTTPFields {
    /// Names the methods of a route, and the media type of a `PATCH` if it has one.
    mutating func allow(_ methods: [HTTPRequest.Method]) {
        self[.allow] = methods.map(\.rawValue).joined(separator: ", ")
        if methods.contains(.patch) { set("Accept-Patch", FrontResponder.patchType) }
    }
}
