import Deployments
import HTTPTypes
import Wire

/// What only a refused update has to say.
struct UpdateFacts: Sendable {
    /// The class of the platform's error; nil if it is not about the platform.
    var errorClass: SourceError.Class?
    /// The row's revision as it is listed now; nil if it is not about that.
    var revision: String?
    /// The id of the attempt's record; nil if it could not be recorded.
    var audit: String?

    /// Appends the members that are not null.
    func write(to json: inout JSONWriter) {
        for (key, text) in [("class", errorClass?.rawValue), ("revision", revision), ("audit", audit)] {
            guard let text else { continue }
            json.key(key)
            json.string(text)
        }
    }
}

extension Problem {
    /// The refusal, or the unknown outcome, of an order that was judged.
    init(_ refusal: UpdateProblem, audit: String?, _ scope: SourceScope) {
        let kind = Kind(rawValue: refusal.kind.rawValue) ?? .internal
        self.init(kind, status: kind == .invalidBody ? .unprocessableContent : nil, refusal.detail)
        mistakes = refusal.mistakes
        update = UpdateFacts(errorClass: refusal.errorClass, revision: refusal.revision, audit: audit)
        switch refusal.kind {
        case .noData, .notFreshEnough, .tooManyRequests, .conflict:
            self.scope = scope
            headers = scope.headers
        case .methodNotAllowed: headers.allow([.get, .head])
        case .outcomeUnknown: headers[.location] = audit.map(Self.auditPath)
        case .unsupportedMediaType: headers.set("Accept-Patch", FrontResponder.patchType)
        default: break
        }
        if kind.tellsWhenToRetry {
            let pause = refusal.retryAfter?.microseconds.dividedRoundingUp(by: 1_000_000)
            headers[.retryAfter] = "\(max(1, pause ?? 1))"
        }
    }

    /// The path of an audit record: from the root, also behind a path prefix.
    static func auditPath(_ id: String) -> String { "/v1/audit/\(id)" }

    static func unsupportedMediaType(_ detail: String) -> Problem {
        var problem = Problem(.unsupportedMediaType, detail)
        problem.headers.set("Accept-Patch", FrontResponder.patchType)
        return problem
    }

    /// A body that is no JSON, or whose JSON says a thing twice.
    static func invalidBody(_ detail: String? = nil, mistakes: [UpdateMistake] = []) -> Problem {
        var problem = Problem(.invalidBody, detail ?? mistakes.first?.sentence ?? "")
        problem.mistakes = mistakes
        return problem
    }

    /// A deployment of a platform whose adapter file describes no update.
    static func notUpdatable(_ source: String) -> Problem {
        var problem = Problem(
            .methodNotAllowed,
            "nothing of the deployments of `\(source)` can be changed here: its adapter file describes no update; "
                + "allowed: GET, HEAD. `writes` in /v1/sources says what can be changed elsewhere")
        problem.headers.allow([.get, .head])
        return problem
    }
}

extension UpdateProblem {
    /// A refusal before an order was made, for its record; nil if attempts that end so are not recorded.
    init?(_ problem: Problem) {
        guard let kind = Kind(rawValue: problem.kind.rawValue) else { return nil }
        self.init(kind, problem.detail, mistakes: problem.mistakes)
    }
}

extension UpdateMistake {
    /// The member with its mistake, as the `detail` of a problem has it.
    var sentence: String { member.isEmpty ? "the body \(detail)" : "`\(member)` \(detail)" }

    /// Appends the mistake as a JSON object.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.key("member")
            json.string(String(member.prefix(200)))
            json.key("detail")
            json.string(String(detail.prefix(ParameterError.detailLimit)))
            json.key("did_you_mean")
            json.stringOrNull(didYouMean)
        }
    }

    /// The mistake with each text that holds a secret replaced, and parts that look like one cut.
    func redacted(where isSecret: (String) -> Bool) -> UpdateMistake {
        func shown(_ text: String) -> String { isSecret(text) ? "<redacted>" : text.withoutLikelySecrets }
        return UpdateMistake(
            shown(member), shown(detail), didYouMean: didYouMean.flatMap { isSecret($0) ? nil : $0 })
    }
}

extension Problem.Kind {
    /// True for the kinds whose answers always say when to try again.
    fileprivate var tellsWhenToRetry: Bool {
        [.noData, .tooManyRequests, .conflict, .storeUnavailable].contains(self)
    }
}
