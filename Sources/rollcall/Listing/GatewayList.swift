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
        // Pages belong together only while the rows stay the same; a refresh between two of them is bad luck
        // once, and a list that is too lively to be read this way the second time.
        for _ in 0..<2 {
            if let answer = try await readOnce(terms) { return answer }
        }
        throw CommandFailure(
            .unreachable,
            "the gateway's list changed twice while its pages were read; try again, or ask for less")
    }

    /// Nil where the rows changed between two pages.
    private func readOnce(_ terms: [ListTerm]) async throws -> ListAnswer? {
        var answer: GatewayPage?
        for number in 1...Self.pageLimit {
            let page = try await page(number, of: terms)
            if let first = answer, first.snapshot != page.snapshot { return nil }
            let isLast = number >= page.totalPages
            guard isLast || !page.rows.isEmpty else { throw notAGateway("a page without rows") }
            if answer == nil { answer = page } else { answer?.rows += page.rows }
            if isLast { break }
        }
        guard let answer, answer.totalPages <= Self.pageLimit else { throw notAGateway("too many pages") }
        guard answer.rows.count == answer.totalResults else {
            throw notAGateway("\(answer.rows.count) rows instead of \(answer.totalResults)")
        }
        return answer.list
    }

    private func page(_ number: Int, of terms: [ListTerm]) async throws -> GatewayPage {
        let paging = [
            ListTerm(name: "page", value: "\(number)"),
            ListTerm(name: "page_size", value: "\(Self.pageSize)"),
        ]
        // The first page has had the lists made fresh enough; the others are to come from the same rows.
        let asked = number == 1 ? terms : terms.filter { $0.name != "max_age" }
        let url = "\(gateway)/v1/deployments?" + ListTerm.query(asked + paging)
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
                "no answer from the gateway at \(gateway): \(chain(of: error).neutralised())\n"
                    + "Start one with `rollcall serve`, name one with --gateway, or read the platforms with --config."
            )
        }
        guard let document = try? JSONDocument(parsing: reply.body) else {
            throw notAGateway("HTTP \(reply.status) without JSON")
        }
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
                parameter: error["parameter"]?.string ?? "?", detail: error["detail"]?.string ?? "is wrong",
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
