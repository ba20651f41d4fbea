import Deployments
import Synchronization

/// One of a source's lists as its adapter file describes it, and what the source has learned of it.
final class BoundList<Row: AdaptedRecord>: Sendable {
    let plan: ListPlan
    let record: RecordPlan<Row>
    let mapper: RecordMapper<Row>
    let exposure: Exposure<Row>
    /// True once a page named the next one: its key then exists on this platform.
    let hasSeenNext = Mutex(false)
    private let binding: SourceBinding
    /// The index of the last path that was found, among the request's alternatives.
    private let remembered = Mutex(0)
    /// True if no partition was listed last time.
    private let lastFetchFailed = Mutex(false)

    /// Binds a list to an account; `derive` fills in the fields of a row that follow from others.
    init(
        _ plan: ListPlan, of record: RecordPlan<Row>, to binding: SourceBinding,
        derive: @escaping @Sendable (inout Row) -> Void
    ) {
        self.plan = plan
        self.record = record
        self.binding = binding
        exposure = Exposure(plan: record, exposesOwner: binding.exposesOwner)
        mapper = RecordMapper(
            plan: record, source: binding.description, statusTerms: binding.statusTerms,
            exposesOwner: binding.exposesOwner, derive: derive)
    }

    /// The index of the path to try first.
    var path: Int { remembered.withLock { $0 } }

    func remember(path: Int) { remembered.withLock { $0 = path } }

    /// The number of times that a request may be sent again: none in the fetch after one that listed no
    /// partition.
    var retries: Int { lastFetchFailed.withLock { $0 } ? 0 : binding.retries }

    /// Notes the result of a fetch.
    func note(_ fetch: ListFetch<Row>) {
        let listed = fetch.partitions.contains { if case .success = $0.result { true } else { false } }
        lastFetchFailed.withLock { $0 = !listed }
    }
}
