import Deployments
import HTTPFront
import Wire

/// Reads the list of a running gateway, all its pages.
struct GatewayList: ListReading {
    /// A gateway's response, whatever its status.
    struct Reply: Sendable {
        var status: Int
        var body: [UInt8]
    }

    /// Fetches a URL with a bearer token; throws where there is no response.
    typealias Fetch = @Sendable (_ url: String, _ token: Secret?) async throws -> Reply

    let gateway: BaseURL
    let token: Secret?
    let fetch: Fetch

    static let pageSize = 1000
    /// A limit beyond the size of any gateway's list, so that wrong responses are not followed forever.
    static let pageLimit = 10_000

    init(gateway: BaseURL, token: Secret?, fetch: @escaping Fetch) {
        self.gateway = gateway
        self.token = token
        self.fetch = fetch
    }

    func read<Row: ListedRecord>(_: Row.Type, _ terms: [ListTerm]) async throws -> RecordAnswer<Row> {
        // A cursor may be gone: a gateway limits their age and number, and may be restarted.
        for _ in 0..<2 {
            if let answer = try await readAllPages(terms) as RecordAnswer<Row>? { return answer }
        }
        throw CommandFailure(
            .unreachable,
            "the gateway dropped the list twice while its pages were read; try again, or narrow the query")
    }

    /// Reads all pages; nil where the gateway no longer has the list of the first page.
    private func readAllPages<Row: ListedRecord>(_ terms: [ListTerm]) async throws -> RecordAnswer<Row>? {
        let size = ListTerm(name: "page_size", value: "\(Self.pageSize)")
        guard var answer = try await page(terms + [size]) as GatewayPage<Row>? else { return nil }
        var next = answer.nextPageToken
        for _ in 0..<Self.pageLimit {
            guard let token = next else { break }
            let terms = [ListTerm(name: "page_token", value: token), size]
            guard let page = try await page(terms) as GatewayPage<Row>? else { return nil }
            guard !page.rows.isEmpty, page.nextPageToken != token else {
                throw notAGateway("an empty or repeated page")
            }
            guard page.snapshot == answer.snapshot else { throw notAGateway("pages of different lists") }
            answer.rows += page.rows
            guard answer.rows.count <= answer.totalResults else { break }
            next = page.nextPageToken
        }
        guard answer.rows.count == answer.totalResults else {
            throw notAGateway("\(answer.rows.count) rows instead of \(answer.totalResults)")
        }
        return answer.list
    }

    /// Reads one page; nil where the gateway no longer has the token's list.
    private func page<Row: ListedRecord>(_ terms: [ListTerm]) async throws -> GatewayPage<Row>? {
        let url = "\(gateway)\(Row.path)?" + ListTerm.query(terms)
        let reply: Reply
        do {
            reply = try await fetch(url, token)
        } catch let error as CommandFailure {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw CommandFailure.noResponse(
                from: gateway, error, orElse: Row.isOfPlatforms ? "read the platforms with --config" : nil)
        }
        guard let document = try? JSONDocument(parsing: reply.body) else {
            throw notAGateway("HTTP \(reply.status) without JSON")
        }
        if reply.status == 410 { return nil }
        guard reply.status == 200 else { throw failure(status: reply.status, problem: document.root) }
        guard let page = GatewayPage<Row>(document.root) else {
            throw notAGateway("a list in an unknown form")
        }
        return page
    }

    private func notAGateway(_ what: String) -> CommandFailure { .notAGateway(gateway, what) }

    /// The failure that a gateway's problem document means for the command.
    private func failure(status: Int, problem document: JSONValue) -> CommandFailure {
        let problem = GatewayProblem(status: status, document)
        let code: CommandFailure.Code =
            switch (status, problem.kind) {
            case (400, _), (414, _), (421, _), (431, _): .usage
            case (401, _), (403, _), (503, "incomplete"), (504, "not-fresh-enough"): .no
            case (404, _), (500..., _): .unreachable
            default: .fault
            }
        return problem.failure(code, hasToken: token != nil)
    }
}
