import Deployments
import Wire

/// The list of a running gateway, all its pages.
struct GatewayList: ListReading {
    /// A gateway's answer, whatever its status.
    struct Reply: Sendable {
        var status: Int
        var body: [UInt8]
    }

    /// Fetches a URL with this bearer token; throws where no answer came.
    typealias Fetch = @Sendable (_ url: String, _ token: Secret?) async throws -> Reply

    let gateway: BaseURL
    let token: Secret?
    let fetch: Fetch

    static let pageSize = 1000
    /// More pages than any gateway's list has: a wrong answer must not be followed for ever.
    static let pageLimit = 10_000

    init(gateway: BaseURL, token: Secret?, fetch: @escaping Fetch) {
        self.gateway = gateway
        self.token = token
        self.fetch = fetch
    }

    func read(_ terms: [ListTerm]) async throws -> ListAnswer {
        // A gateway keeps what a walk needs for minutes, but has bounds, and may be restarted.
        for _ in 0..<2 {
            if let answer = try await walk(terms) { return answer }
        }
        throw CommandFailure(
            .unreachable,
            "the gateway let the list go twice while its pages were read; try again, or ask for less")
    }

    /// Nil where the gateway no longer has the list that the first page was cut from.
    private func walk(_ terms: [ListTerm]) async throws -> ListAnswer? {
        let size = ListTerm(name: "page_size", value: "\(Self.pageSize)")
        guard var answer = try await page(terms + [size]) else { return nil }
        var next = answer.nextPageToken
        for _ in 0..<Self.pageLimit {
            guard let token = next else { break }
            let asked = [ListTerm(name: "page_token", value: token), size]
            guard let page = try await page(asked) else { return nil }
            guard !page.rows.isEmpty, page.nextPageToken != token else {
                throw notAGateway("a page that leads nowhere")
            }
            guard page.snapshot == answer.snapshot else { throw notAGateway("pages of two lists") }
            answer.rows += page.rows
            guard answer.rows.count <= answer.totalResults else { break }
            next = page.nextPageToken
        }
        guard answer.rows.count == answer.totalResults else {
            throw notAGateway("\(answer.rows.count) rows instead of \(answer.totalResults)")
        }
        return answer.list
    }

    /// Nil for a token whose list is gone.
    private func page(_ asked: [ListTerm]) async throws -> GatewayPage? {
        let url = "\(gateway)/v1/deployments?" + ListTerm.query(asked)
        let reply: Reply
        do {
            reply = try await fetch(url, token)
        } catch let error as CommandFailure {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw CommandFailure(
                .unreachable,
                "no answer from the gateway at \(gateway): \(String(describing: error).neutralised())\n"
                    + "Start one with `rollcall serve`, name one with --gateway, or read the platforms with --config."
            )
        }
        guard let document = try? JSONDocument(parsing: reply.body) else {
            throw notAGateway("HTTP \(reply.status) without JSON")
        }
        if reply.status == 410 { return nil }
        guard reply.status == 200 else { throw failure(status: reply.status, problem: document.root) }
        guard let page = GatewayPage(document.root) else { throw notAGateway("a list in another form") }
        return page
    }

    private func notAGateway(_ what: String) -> CommandFailure {
        CommandFailure(.unreachable, "\(gateway) does not answer as a Rollcall gateway does: \(what)")
    }

    /// What a gateway's problem document means for the command.
    private func failure(status: Int, problem: JSONValue) -> CommandFailure {
        let type = problem["type"]?.string?.split(separator: ":").last ?? ""
        var lines = (problem["errors"]?.elements ?? []).map { error in
            CommandFailure.line(
                parameter: error["parameter"]?.string ?? "?", pointer: error["pointer"]?.string,
                detail: error["detail"]?.string ?? "is wrong",
                didYouMean: error["did_you_mean"]?.string)
        }
        if lines.isEmpty {
            lines = [problem["detail"]?.string ?? problem["title"]?.string ?? "HTTP \(status)"]
        }
        for source in problem["sources"]?.elements ?? [] {
            if let summary = SourceSummary(source) { lines.append(summary.line) }
        }
        let code: CommandFailure.Code =
            switch (status, type) {
            case (400, _), (414, _), (431, _): .usage
            case (401, _), (403, _), (503, "incomplete"), (504, "not-fresh-enough"): .no
            case (404, _), (500..., _): .unreachable
            default: .fault
            }
        let hint =
            status == 401 ? [token == nil ? "Set $ROLLCALL_TOKEN." : "$ROLLCALL_TOKEN is refused."] : []
        return CommandFailure(code, (lines.map { $0.neutralised() } + hint).joined(separator: "\n"))
    }
}
