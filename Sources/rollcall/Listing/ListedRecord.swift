import Deployments
import HTTPFront
import Snapshots

/// A kind of record that `rollcall list` shows.
protocol ListedRecord: Record {
    /// The kind as routes know it.
    static var kind: RecordKind { get }
    /// The columns of its table, in order.
    static var columns: [ListColumn<Self>] { get }
    /// The phase that it is in.
    var phase: DeploymentStatus { get }
    /// True for a version that is not the newest one.
    var isEarlierVersion: Bool { get }

    /// The records of a list, in the order of its rows.
    static func records(of list: SourceRows) -> [Self]
}

extension ModelDeployment: ListedRecord {
    static var kind: RecordKind { .deployments }
    var phase: DeploymentStatus { self.status }
    var isEarlierVersion: Bool { !latest }

    static func records(of list: SourceRows) -> [ModelDeployment] { list.deployments }
}

extension ModelProvider: ListedRecord {
    static var kind: RecordKind { .providers }
    var phase: DeploymentStatus { self.status }
    var isEarlierVersion: Bool { false }

    static func records(of list: SourceRows) -> [ModelProvider] { list.providers }

    static let columns: [ListColumn<ModelProvider>] = [
        ListColumn(title: "NAME", minimum: 16) { row, _ in row.name ?? row.nativeID ?? row.uid },
        ListColumn(title: "SOURCE", minimum: 8, dropRank: 4) { row, _ in row.source },
        ListColumn(title: "WORKSPACE", minimum: 9, dropRank: 2) { row, _ in row.workspace },
        ListColumn(title: "STATUS", minimum: 9) { row, _ in row.status.rawValue },
        ListColumn(title: "HOST", minimum: 16, dropRank: 3) { row, _ in row.hostURL },
        ListColumn(title: "MODELS", minimum: 16, dropRank: 1) { row, _ in
            row.servedModels.isEmpty ? nil : row.servedModels.joined(separator: " ")
        },
    ]
}
