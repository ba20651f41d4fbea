import Deployments
import HTTPFront
import Snapshots

/// A kind of record that a gateway lists and a command shows.
protocol ListedRecord: Record {
    /// The path of its list at a gateway.
    static var path: String { get }
    /// The word for one record.
    static var noun: String { get }
    /// The columns of its table, in order.
    static var columns: [ListColumn<Self>] { get }
    /// The color of its cell in the column STATUS or OUTCOME.
    var color: ANSIColor { get }
    /// True for a version that is not the newest one.
    var isEarlierVersion: Bool { get }
}

extension ListedRecord {
    /// True if platforms list such records; false if only gateways do.
    static var isOfPlatforms: Bool { Self.self is any PlatformRecord.Type }
}

/// A kind of record that platforms list, so that it can be read without a gateway, too.
protocol PlatformRecord: ListedRecord {
    /// The kind as routes know it.
    static var kind: RecordKind { get }

    /// The records of a list, in the order of its rows.
    static func records(of list: SourceRows) -> [Self]
}

extension PlatformRecord {
    static var path: String { kind.path }
    static var noun: String { kind.noun }
}

extension ModelDeployment: PlatformRecord {
    static var kind: RecordKind { .deployments }
    var color: ANSIColor { ANSIColor(self.status) }
    var isEarlierVersion: Bool { !latest }

    static func records(of list: SourceRows) -> [ModelDeployment] { list.deployments }
}

extension ModelProvider: PlatformRecord {
    static var kind: RecordKind { .providers }
    var color: ANSIColor { ANSIColor(self.status) }
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
