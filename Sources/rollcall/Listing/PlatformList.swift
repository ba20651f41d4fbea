import Deployments
import HTTPFront
import Logging
import Refresh
import Snapshots
import Wire

/// Reads the list from the platforms: every source is fetched once, and the result is the same as a
/// gateway's.
struct PlatformList: ListReading {
    let sources: [(any DeploymentSource, CacheWindows)]
    let now: @Sendable () -> Timestamp
    var rules: [OperatorRule] = []

    func read<Row: PlatformRecord>(_: Row.Type, _ terms: [ListTerm]) async throws -> RecordAnswer<Row> {
        let request = try parsed(terms, of: Row.kind.schema)
        let query = request.query
        let empty = Snapshot(id: "none", publishedAt: now(), lists: [])
        let published = Latest(Published(snapshot: empty, sources: []))
        guard !sources.isEmpty else { throw CommandFailure(.unreachable, "no source is configured") }
        let described = sources.map { rules.described($0.0.description) }
        let mistakes = FilterMistakes(among: described, of: Row.kind.schema) { _ in false }
        if request.isStrict { try refuse(mistakes.notices(on: query).map { ParameterError($0) }) }
        let reached = sources.filter { query.reaches(rules.described($0.0.description)) }
        let refresher = Refresher(
            sources: reached, rules: rules, publishingTo: published, restoring: [], store: nil,
            clock: ContinuousClock(), now: now,
            logger: Logger(label: "rollcall") { _ in SwiftLogNoOpLogHandler() })
        await refresher.refreshAllOnce()
        let view = Row.kind.view(of: published.value)
        let answer: RecordAnswer<Row> = answer(to: request, from: view, finding: mistakes)
        guard view.sources.isEmpty || answer.sources.contains(where: { $0.observedAt != nil }) else {
            let lines = ["no requested source has a list"] + answer.sources.map(\.line)
            throw CommandFailure(.unreachable, lines.map { $0.neutralized() }.joined(separator: "\n"))
        }
        guard answer.isComplete || !request.isStrict else {
            let lines =
                ["the list is incomplete, and `strict=true` refuses that"] + answer.sources.map(\.line)
            throw CommandFailure(.no, lines.map { $0.neutralized() }.joined(separator: "\n"))
        }
        if request.isStrict, let notice = answer.notices.first(where: \.isRefusedByStrict) {
            throw CommandFailure(.no, "\(notice.detail), and `strict=true` refuses that".neutralized())
        }
        return answer
    }

    /// The query of the terms, as the gateway parses it, with all pages at once.
    ///
    /// Any `max_age` is met, as every source is fetched now.
    private func parsed(_ terms: [ListTerm], of schema: RecordSchema) throws -> ReadRequest {
        do throws(Problem) {
            var request = try QueryParser.parse(
                terms.map { Parameter(name: $0.name, value: $0.value) }, grammar: .list(of: schema),
                now: now(),
                words: sources.map { PlatformWords(of: $0.0) })
            request.query.pageSize = .max
            return request
        } catch {
            try refuse(error.errors)
            throw CommandFailure(.usage, error.detail.neutralized())
        }
    }

    /// Refuses terms with these errors, if there are any.
    private func refuse(_ errors: [ParameterError]) throws {
        guard !errors.isEmpty else { return }
        let lines = errors.map {
            CommandFailure.line(
                parameter: $0.parameter, pointer: $0.pointer, detail: $0.detail, didYouMean: $0.didYouMean)
        }
        throw CommandFailure(.usage, lines.map { $0.neutralized() }.joined(separator: "\n"))
    }

    private func answer<Row: PlatformRecord>(
        to request: ReadRequest, from published: Published, finding mistakes: FilterMistakes
    ) -> RecordAnswer<Row> {
        let records = published.snapshot.lists.map(Row.records)
        let rows = published.snapshot.rows(matching: request.query).page
        let now = now()
        return RecordAnswer(
            rows: rows.map { records[Int($0.list)][Int($0.row)] },
            sources: published.sources.map { status in
                SourceSummary(
                    name: status.source.name, platform: status.source.platform,
                    state: status.state(at: now).rawValue, observedAt: status.observedAt, count: status.count,
                    failure: status.failure.map {
                        SourceSummary.Failure(
                            errorClass: $0.error.errorClass.rawValue, message: $0.error.message)
                    })
            },
            isComplete: published.sources.allSatisfy(\.isComplete),
            isFresh: published.sources.allSatisfy { $0.state(at: now) == .fresh },
            oldestObservedAt: published.sources.compactMap(\.observedAt).min(),
            notices: request.notices(of: published.sources, in: published.snapshot, finding: mistakes))
    }
}
