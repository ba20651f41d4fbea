import Hummingbird

/// A responder whose requests have another `Host` than the test framework sends.
struct HostResponder<Base: HTTPResponder>: HTTPResponder {
    let base: Base
    /// nil: no `Host`.
    let host: String?

    @concurrent
    func respond(to request: Request, context: Base.Context) async throws -> Response {
        var head = request.head
        head.authority = host
        return try await base.respond(to: Request(head: head, body: request.body), context: context)
    }
}
