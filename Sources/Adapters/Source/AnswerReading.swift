import Deployments
import Upstream
import Wire

/// Tells a list from an error: by HTTP status, by body, by the manifest's rules.
struct AnswerReading: Sendable {
    let errors: ErrorPlan
    /// `token` → `env NEMO_TOKEN`: what an auth error names.
    let secretReferences: [String: String]

    /// An error body beyond this is not looked into for a code.
    private static let errorBodyLimit = 1 << 20

    /// The document of an answer that is no error.
    ///
    /// - Throws: ``SourceError`` with our words, the HTTP status, and the platform's code where it is harmless.
    func document(
        of response: UpstreamResponse, scope variables: [String: ExpressionValue], fill: (Template) -> String?
    ) throws(SourceError) -> JSONDocument {
        let isSuccess = (200..<300).contains(response.status)
        var parsed: JSONDocument?
        var flaw = "the body is too long for an error"
        if isSuccess || response.body.count <= Self.errorBodyLimit {
            do { parsed = try JSONDocument(parsing: response.body) } catch { flaw = error.description }
        }
        guard let parsed else {
            if isSuccess {
                throw SourceError(.badResponse, "HTTP \(response.status), but no JSON document: \(flaw)")
            }
            throw failure(response, code: nil, scope: nil, fill: fill)
        }
        let scope = ExpressionScope(root: parsed.root, variables: variables)
        if isSuccess, !(errors.failedWhen?.holds(in: scope) ?? false) { return parsed }
        throw failure(response, code: code(in: scope), scope: scope, fill: fill)
    }

    private func failure(
        _ response: UpstreamResponse, code: String?, scope: ExpressionScope?, fill: (Template) -> String?
    ) -> SourceError {
        let rule = errors.rules.first { rule in
            (rule.http.isEmpty || rule.http.contains(response.status))
                && (rule.codes.isEmpty || code.map { rule.codes.contains($0.lowercased()) } ?? false)
                && (rule.when.map { when in scope.map { when.holds(in: $0) } ?? false } ?? true)
        }
        let errorClass = rule?.errorClass ?? Self.standardClass(of: response.status)
        var message = "HTTP \(response.status)" + (code.map { " (\($0))" } ?? "")
        if errorClass == .auth {
            message = refusal(status: response.status) + (code.map { " (\($0))" } ?? "")
        }
        if let hint = rule?.hint.flatMap(fill) { message += "; \(hint)" }
        return SourceError(errorClass, message, retryAfter: Self.retryAfter(response))
    }

    private func refusal(status: Int) -> String {
        guard let (name, reference) = secretReferences.sorted(by: { $0.key < $1.key }).first else {
            return "credentials are asked for, and none is configured: HTTP \(status)"
        }
        return "`\(name)` from \(reference) refused: HTTP \(status)"
    }

    /// The platform's code, where it cannot carry anything but a code.
    private func code(in scope: ExpressionScope) -> String? {
        let text: String? =
            switch errors.code?.evaluate(in: scope) {
            case .text(let text): text
            case .number(let number): Int64(exactly: number).map { "\($0)" }
            default: nil
            }
        guard let text, (1...64).contains(text.utf8.count) else { return nil }
        let harmless = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return harmless ? text : nil
    }

    /// What a status means where the manifest does not say (RFC 9110 §15).
    private static func standardClass(of status: Int) -> SourceError.Class {
        switch status {
        case 401, 407: .auth
        case 402: .billing
        case 403: .permission
        case 404, 410: .notFound
        case 408: .timeout
        case 429: .rateLimited
        case 400..<500: .rejected
        case 500..<600: .serverError
        default: .badResponse
        }
    }

    /// `Retry-After` in seconds, at most a day; a date is not read.
    private static func retryAfter(_ response: UpstreamResponse) -> Duration? {
        guard let text = response.header("retry-after"), let seconds = Int(text), seconds >= 0 else {
            return nil
        }
        return .seconds(min(seconds, 86_400))
    }
}

extension SourceError {
    /// A failed exchange, in the words that clients see.
    init(_ error: UpstreamError) {
        let errorClass: Class =
            switch error.code {
            case .unreachable: .unreachable
            case .timedOut: .timeout
            case .tls: .tls
            case .tooLarge: .tooLarge
            case .badResponse, .redirectRefused: .badResponse
            case .plaintextRefused, .badRequest: .config
            }
        self.init(errorClass, error.detail)
    }
}
