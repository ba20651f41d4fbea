package import Deployments
package import Snapshots
import Wire

/// A kind of record that has routes: a list, and one record by its uid.
package enum RecordKind: Sendable, CaseIterable {
    /// What is deployed.
    case deployments
    /// Endpoints through which models answer.
    case providers
    /// Attempts to change something: the gateway's own records.
    case audit

    /// The kinds that sources list.
    static let ofSources: [RecordKind] = [.deployments, .providers]

    /// True if sources list it; otherwise its records are the gateway's own.
    var isOfSources: Bool { self != .audit }

    /// The table of its fields.
    package var schema: RecordSchema {
        switch self {
        case .deployments: .deployments
        case .providers: .providers
        case .audit: .audit
        }
    }

    /// The path of its list.
    package var path: String {
        switch self {
        case .deployments: "/v1/deployments"
        case .providers: "/v1/providers"
        case .audit: "/v1/audit"
        }
    }

    /// The word for one record, in errors.
    package var noun: String {
        switch self {
        case .deployments: "deployment"
        case .providers: "provider"
        case .audit: "audit record"
        }
    }

    /// The beginning of the names of CSV files.
    var fileName: String { "rollcall-\(schema.profile.name)" }

    /// What is published of this kind: its rows, and the sources that have it; records of the gateway's own are in
    /// `audit`, and have none.
    package func view(of published: Published, _ audit: AuditView? = nil) -> Published {
        var view = published
        switch self {
        case .deployments: break
        case .providers:
            (view.snapshot, view.sources) = (published.providers.snapshot, published.providers.sources)
        case .audit:
            let empty = Snapshot(id: "", publishedAt: published.snapshot.publishedAt, lists: [])
            (view.snapshot, view.sources) = (audit?.list.snapshot ?? empty, [])
        }
        return view
    }

    /// The state of a source's list of this kind; nil if the source has none.
    func status(of source: SourceStatus) -> SourceStatus? {
        switch self {
        case .deployments: source
        case .providers: source.asSeenByProviders
        case .audit: nil
        }
    }

    /// The lists of a source, as a reader of this kind sees it, that an answer is read from which uses these fields.
    func lists(of seen: SourceStatus, using fields: Set<String>) -> ListsRead {
        self == .providers ? .providers : seen.lists(using: fields)
    }

    /// The state of these lists together, of a source as a reader of this kind sees it.
    func status(of seen: SourceStatus, using fields: Set<String>) -> SourceStatus {
        self == .providers ? seen : seen.seen(using: fields)
    }

    /// Appends the line of the names of CSV columns, which is the same whether or not there are rows.
    func writeHeader(paths: [String]?, labels: [String], to csv: inout CSVWriter) {
        switch self {
        case .deployments:
            RecordColumns<ModelDeployment>(paths: paths, labels: labels).writeHeader(to: &csv)
        case .providers: RecordColumns<ModelProvider>(paths: paths, labels: labels).writeHeader(to: &csv)
        case .audit: RecordColumns<AuditRecord>(paths: paths, labels: labels).writeHeader(to: &csv)
        }
    }
}

extension Published {
    /// The rows of every kind that sources list.
    var snapshots: [Snapshot] { RecordKind.ofSources.map { $0.view(of: self).snapshot } }
}
