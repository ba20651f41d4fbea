package import Deployments
import Synchronization
import Upstream
import Wire

extension AdapterSource {
    package var lookups: [Lookup] { manifest.lookups.map(\.lookup) }

    package func values(of provider: ModelProvider, for lookup: String) -> ModelDeployment? {
        guard let bound = boundLookups[lookup], let document = try? JSONDocument(parsing: provider.encoded())
        else { return nil }
        var scope = ExpressionScope(
            root: document.root, variables: variableValues, maps: bound.plan.record.maps, zone: zone)
        return bound.row(in: &scope)?.row
    }

    /// Looks up keys, with at most half of the source's concurrency but at least one at a time, and only while no list
    /// is fetched or, where the source sends one request at a time, about to be.
    ///
    /// An error that is about one key is that key's outcome. One that is about all, such as a refused credential or a
    /// used up budget, ends the round, as do several requests in a row without an answer.
    @concurrent
    package func lookUp(_ keys: [LookupKey]) async -> LookupFetch {
        let run = FetchRun(deadline: binding.fetchDeadline, clock: retryPolicy.clock, for: .lookup)
        let secrets: [String: Secret]
        let reading = SecretReading(of: binding.secrets)
        do {
            secrets = try reading.secrets()
        } catch {
            return LookupFetch(refusal: error)
        }
        // With a daily limit one at a time: so the share of lookups is exact.
        let width = budget.limits.daily == nil ? max(1, binding.concurrency / 2) : 1
        let round = LookupRound(
            source: self, secrets: secrets, run: run,
            semaphore: AsyncSemaphore(width: width))
        let outcomes = await run.all(keys) { await round.outcome(of: $0) }
        var fetch = LookupFetch(
            entries: outcomes.compactMap(\.self), refusal: round.refusal, calls: run.calls.count)
        fetch.credentialDigest = { [keepsAccount = manifest.keepsAccount] key in
            keepsAccount ? nil : reading.digest(keyedBy: key)
        }
        return fetch
    }
}

extension AdapterSource {
    /// Notes how long a lookup took, for the mean of the last ones.
    fileprivate func noteLookup(taking time: Duration) {
        lookupTime.withLock { $0 = $0 == .zero ? time : ($0 * 3 + time) / 4 }
    }
}

/// One round of lookups.
private final class LookupRound: Sendable {
    let source: AdapterSource
    let secrets: [String: Secret]
    let run: FetchRun
    let semaphore: AsyncSemaphore
    private let origin: SharedSource
    private let state = Mutex((refusal: SourceError?.none, brokenInARow: 0))

    /// Requests in a row without an answer after which the platform counts as away.
    private static let brokenLimit = 3

    /// The error that ended the round before every key was requested; nil if none did.
    var refusal: SourceError? { state.withLock { $0.refusal } }

    init(source: AdapterSource, secrets: [String: Secret], run: FetchRun, semaphore: AsyncSemaphore) {
        self.source = source
        self.secrets = secrets
        self.run = run
        self.semaphore = semaphore
        origin = SharedSource(source.description)
    }

    /// The outcome of one key; nil if it was not requested, or if the round has ended.
    func outcome(of key: LookupKey) async -> LookupEntry? {
        guard let bound = source.boundLookups[key.lookup], let request = bound.plan.request else {
            return nil
        }
        let plan = bound.plan
        func entry(_ found: BoundLookup.Reading?, _ error: SourceError?) -> LookupEntry {
            var entry = LookupEntry(
                key: key, plan: plan.lookup.plan, of: origin, values: found?.row, error: error,
                at: source.now())
            for drift in found?.drift ?? [] { entry.unreadValues[drift.field] = drift.value }
            return entry
        }
        // A path would lose them, and lead elsewhere.
        if key.values.contains(where: { $0 == "." || $0 == ".." }) {
            return entry(
                nil, SourceError(.config, "a part of the key is `.` or `..`, which no path can hold"))
        }
        do {
            return try await semaphore.withPermit {
                // A list comes first; the next round has what is left.
                guard refusal == nil, !source.isFetching, !delaysList else { return nil }
                if source.budget.refusesLookup(at: source.now()) {
                    throw SourceError(
                        .rateLimited,
                        "lookups may use half of the requests that lists leave of the daily limit; they go on later"
                    )
                }
                let found = try await values(of: key, request, bound)
                state.withLock { $0.brokenInARow = 0 }
                return entry(found, nil)
            }
        } catch is CancellationError {
            // The time of the round is over; the next one goes on.
            return nil
        } catch {
            let error = run.sourceError(error)
            return note(error) ? entry(nil, error) : nil
        }
    }

    /// True if a lookup that began now would probably keep the next list waiting, since the source sends one request at
    /// a time.
    private var delaysList: Bool {
        guard source.binding.concurrency == 1 else { return false }
        return source.budget.delaysList(source.lookupTime.withLock { $0 }, at: source.now())
    }

    /// Notes the failure of a key, and ends the round if the failure would meet every other key too.
    ///
    /// - Returns: True if the failure is the outcome of its key.
    private func note(_ error: SourceError) -> Bool {
        state.withLock { state in
            switch error.errorClass {
            case .tls, .auth, .billing, .rateLimited, .internal:
                state.refusal = state.refusal ?? error
                return false
            case .unreachable, .timeout:
                state.brokenInARow += 1
                if state.brokenInARow >= Self.brokenLimit { state.refusal = state.refusal ?? error }
                return true
            case .permission, .notFound, .rejected, .serverError, .badResponse, .tooLarge, .config:
                state.brokenInARow = 0
                return true
            }
        }
    }

    private func values(
        of key: LookupKey, _ request: RequestPlan, _ bound: BoundLookup
    ) async throws -> BoundLookup.Reading? {
        var row: [String: String] = [:]
        for (field, value) in zip(bound.plan.lookup.keyFields, key.values) {
            row[LookupPlan.rowPrefix + field] = value
        }
        let scope = ExpressionScope(
            root: source.nullDocument.root, variables: source.variableValues, maps: bound.plan.record.maps,
            zone: source.zone)
        var search = PathSearch(startingAt: 0, of: request.paths.count)
        while true {
            do {
                let sent = try source.requests.request(
                    request, path: search.path, partition: row, page: [], secrets: secrets)
                let began = run.remaining
                defer { source.noteLookup(taking: began - run.remaining) }
                let document = try await source.response(to: sent, in: run, retries: 0) {
                    received throws(SourceError) in
                    try source.classifier.document(
                        of: received.response, scope: scope,
                        guarding: secrets.values.map { $0.revealed() },
                        fill: { $0.filled { self.source.requests.text($0, partition: row) } })
                }
                return try read(document, scope, bound)
            } catch let error as SourceError where error.errorClass == .notFound && search.advance() {
                continue
            }
        }
    }

    private func read(
        _ document: JSONDocument, _ scope: ExpressionScope, _ bound: BoundLookup
    ) throws(SourceError) -> BoundLookup.Reading? {
        guard document.root.kind == .object else {
            throw SourceError(.badResponse, "the answer to a lookup is not an object")
        }
        var scope = scope
        scope.enter(document.root)
        return bound.row(in: &scope)
    }
}

/// A lookup as its adapter file describes it, with the mapper of what it finds.
struct BoundLookup: Sendable {
    /// What was read of a record.
    struct Reading: Sendable {
        /// A row that has the lookup's fields alone.
        var row: ModelDeployment
        /// The fields that could not be read.
        var drift: [Drift]
    }

    let plan: LookupPlan
    private let mapper: RecordMapper<ModelDeployment>

    init(_ plan: LookupPlan, to binding: SourceBinding) {
        self.plan = plan
        mapper = RecordMapper(
            plan: plan.record, source: binding.description, statusTerms: [],
            exposesOwner: binding.exposesOwner
        ) { _ in }
    }

    /// Reads the record at the root of `scope`.
    func row(in scope: inout ExpressionScope) -> Reading? {
        var drift = DriftCounter()
        var scratch = RecordMapper<ModelDeployment>.Scratch()
        guard let row = mapper.row(from: &scope, drift: &drift, scratch: &scratch)?.row else { return nil }
        return Reading(row: row, drift: drift.drift)
    }
}

extension AdapterSource {
    /// The variables that expressions may read without a partition: inputs and facts about the source.
    var variableValues: [String: ExpressionValue] {
        var variables = binding.variableValues
        for (name, value) in requests.inputs {
            switch value {
            case .text(let text): variables["inputs.\(name)"] = .text(text)
            case .number(let number): variables["inputs.\(name)"] = .number(number)
            case .bool(let bool): variables["inputs.\(name)"] = .bool(bool)
            case .list: break
            }
        }
        return variables
    }
}
