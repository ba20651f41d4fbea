import Deployments
import Upstream
import Wire

/// Distinguishes lists from errors, by HTTP status, body and the manifest's rules.
struct ResponseClassifier: Sendable {
    private let errors: ErrorPlan
    /// The secret that an auth error names, such as `token` and `env PLATFORM_TOKEN`; nil if no secret is sent.
    private let credential: (name: String, reference: String)?
    private let now: @Sendable () -> Timestamp

    /// The size limit, in bytes, of an error body that is searched for a code.
    private static let errorBodyLimit = 1 << 20

    init(
        errors: ErrorPlan, auth: Auth, secrets: [String: BoundSecret],
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.errors = errors
        self.now = now
        credential = auth.secret.flatMap { name in secrets[name].map { (name, $0.reference) } }
    }

    /// The document of an answer that is no error; a platform's code that contains one of `secrets` is not
    /// shown.
    ///
    /// - Throws: ``SourceError`` with our own text, the HTTP status, and the platform's code if it is
    ///   harmless.
    func document(
        of response: UpstreamResponse, scope: ExpressionScope, guarding secrets: [String],
        fill: (Template) -> String?
    ) throws(SourceError) -> JSONDocument {
        let isSuccess = (200..<300).contains(response.status)
        var parsed: JSONDocument?
        var flaw = "the body is too long for an error response"
        if isSuccess || response.body.count <= Self.errorBodyLimit {
            do { parsed = try JSONDocument(repairing: response.body) } catch { flaw = error.description }
        }
        guard let parsed else {
            if isSuccess {
                let found = response.foreignFormat.map { "\($0) where JSON belongs" } ?? "not JSON: \(flaw)"
                throw SourceError(
                    .badResponse,
                    "HTTP \(response.status), but the body is \(response.isCutOff ? "cut off" : found)")
            }
            throw failure(response, code: nil, hiding: secrets, scope: nil, fill: fill)
        }
        var scope = scope
        scope.enter(parsed.root)
        scope.headers = response.headers
        if isSuccess, let fault = errors.failedWhen?.fault(in: scope), fault != .repeated {
            throw SourceError(
                .badResponse, "HTTP \(response.status), but what tells an error from a list cannot be read")
        }
        if isSuccess, !(errors.failedWhen?.holds(in: scope) ?? false) { return parsed }
        throw failure(response, code: code(in: scope), hiding: secrets, scope: scope, fill: fill)
    }

    private func failure(
        _ response: UpstreamResponse, code: String?, hiding secrets: [String], scope: ExpressionScope?,
        fill: (Template) -> String?
    ) -> SourceError {
        let rule = errors.rules.first { rule in
            (rule.http.isEmpty || rule.http.contains(response.status))
                && (rule.codes.isEmpty || code.map { rule.codes.contains($0.lowercased()) } ?? false)
                && (rule.when.map { when in scope.map { when.holds(in: $0) } ?? false } ?? true)
        }
        let errorClass = rule?.errorClass ?? Self.standardClass(of: response.status)
        var message = refusal(response.status, errorClass)
        if let code, Self.isHarmless(code), !secrets.contains(where: { Self.shows(code, secret: $0) }) {
            message += " (\(code))"
        }
        if let pause = response.pauseInWords(now: now()) { message += "; \(pause)" }
        if let hint = rule?.hint.flatMap(fill) { message += "; \(hint)" }
        return SourceError(errorClass, message, retryAfter: response.retryAfter(now: now()))
    }

    /// What refused the request, and its status.
    private func refusal(_ status: Int, _ errorClass: SourceError.Class) -> String {
        if status == 407 { return "the proxy refused the request: HTTP 407" }
        guard errorClass == .auth else { return "HTTP \(status)" }
        guard let credential else {
            return "the platform requires credentials, but none are configured: HTTP \(status)"
        }
        return "`\(credential.name)` from \(credential.reference) was refused: HTTP \(status)"
    }

    /// The platform's code for the error, as the rules compare it.
    private func code(in scope: ExpressionScope) -> String? {
        switch errors.code?.evaluate(in: scope) {
        case .text(let text): text
        case .number(let number): Int64(exactly: number).map { "\($0)" }
        default: nil
        }
    }

    /// True if a code reveals a secret.
    ///
    /// A secret of less than 8 bytes, such as a tester's, may be a part of a code by chance; only an equal
    /// code reveals it.
    private static func shows(_ code: String, secret: String) -> Bool {
        code == secret || (secret.utf8.count >= 8 && code.contains(secret))
    }

    /// True if a text can only be a code: a sentence, a URL or an address cannot.
    private static func isHarmless(_ code: String) -> Bool {
        (1...64).contains(code.utf8.count)
            && code.utf8.allSatisfy { $0.isASCIIAlphanumeric || "._-".utf8.contains($0) }
    }

    /// The class of a status for which the manifest has no rule (RFC 9110 §15).
    private static func standardClass(of status: Int) -> SourceError.Class {
        switch status {
        case 401: .auth
        // The proxy's answer, not the platform's: the platform was not reached.
        case 407: .unreachable
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
}

extension SourceError {
    /// A failed exchange, as clients see it.
    init(_ error: UpstreamError) {
        let errorClass: Class? =
            switch error.code {
            case .unreachable: .unreachable
            case .noDescriptors: nil
            case .timedOut: .timeout
            case .tls: .tls
            case .tooLarge: .tooLarge
            case .badResponse, .redirectRefused: .badResponse
            case .plaintextRefused, .badRequest: .config
            }
        self = errorClass.map { SourceError($0, error.detail) } ?? .noDescriptors
    }
}
