import Deployments
import HTTPTypes
import Hummingbird
import NIOCore
import Wire

/// The body of a request that would change a deployment.
extension FrontResponder {
    /// The JSON of a body, of any form.
    ///
    /// - Throws: `too-large` for a body that is too long or of unknown length, `invalid-body` for one that is no JSON,
    ///   says a thing twice or contains an access token, `request-timeout` if it does not arrive.
    func patch(in request: Request, on channel: any Channel) async throws(Problem) -> JSONValue {
        guard config.allowsBody(of: request) else {
            throw Problem(
                .tooLarge,
                request.headers.contains(.transferEncoding)
                    ? "the body's length is unknown; send it with `Content-Length`"
                    : "the body is longer than \(config.bodyLimitBytes) bytes")
        }
        guard let body = await config.body(of: request, on: channel) else {
            throw Problem(.requestTimeout, "the body did not arrive in time; send it at once")
        }
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONDocument(parsing: body).root
        } catch {
            let place = JSONMistake(in: body).map { "\($0)" } ?? error.description
            throw .invalidBody("the body is no JSON: \(place)")
        }
        if root.isInFaultyDocument, let member = root.repeatedMember() {
            throw .invalidBody(mistakes: [UpdateMistake(member, "is there twice; give it once")])
        }
        guard !root.contains(where: { config.access.hasToken(in: $0, ofAtLeast: 8) }) else {
            throw .invalidBody(
                "the body contains an access token; send it in `Authorization` only, and replace it")
        }
        return root
    }
}

extension JSONValue {
    /// The path of the first member whose name its object has twice, such as `capacity.desired`; nil if there is none.
    fileprivate func repeatedMember(under prefix: String = "") -> String? {
        // By bytes: names that Unicode treats as equal are different.
        var names: Set<[UInt8]> = []
        for (key, value) in members {
            guard names.insert(Array(key.utf8)).inserted else { return prefix + key }
            if let found = value.repeatedMember(under: "\(prefix)\(key).") { return found }
        }
        for (index, element) in elements.enumerated() {
            if let found = element.repeatedMember(under: "\(prefix)\(index).") { return found }
        }
        return nil
    }

    /// True if a condition holds for any name or text in it.
    fileprivate func contains(where condition: (String) -> Bool) -> Bool {
        if let string { return condition(string) }
        return members.contains { condition($0.key) || $0.value.contains(where: condition) }
            || elements.contains { $0.contains(where: condition) }
    }
}
