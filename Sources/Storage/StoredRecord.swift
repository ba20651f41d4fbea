import Deployments

/// A kind of record that the store keeps: its tables, and what of a row is stored beside its JSON form.
protocol StoredRecord: Record {
    /// The tables of the kind; the columns are the same for all kinds.
    static var tables: StoredTables { get }

    /// The record's complete JSON form; ``init(encoded:)`` reads it back.
    func encoded() -> [UInt8]

    /// Reads what ``encoded()`` wrote; nil if it is something else.
    init?(encoded: [UInt8])

    /// Takes what is stored beside the JSON form; the columns are exact, numbers in JSON may be rounded.
    mutating func complete(from text: RowText)
}

/// The names of the tables for one kind of record.
struct StoredTables: Sendable {
    /// One row for each partition's list.
    let partitions: String
    /// One row for each record.
    let rows: String
}

extension ModelDeployment: StoredRecord {
    static let tables = StoredTables(partitions: "partitions", rows: "deployments")

    mutating func complete(from text: RowText) {
        uid = text.uid
        version = text.version
        self = replacing(
            history: text.history.map { Array($0.utf8) }, native: text.native.map { Array($0.utf8) })
    }
}

extension ModelProvider: StoredRecord {
    static let tables = StoredTables(partitions: "provider_partitions", rows: "providers")

    mutating func complete(from text: RowText) { uid = text.uid }
}

/// The file's content for one source, as far as the next save needs it: the partitions by their keys.
struct StoredSource: Sendable {
    var deployments: [String: StoredPartition<ModelDeployment>] = [:]
    var providers: [String: StoredPartition<ModelProvider>] = [:]
}

extension StoredTables {
    /// The tables of every kind.
    static let all = [ModelDeployment.tables, ModelProvider.tables]
    /// The tables with a column `source`; what refers to them goes with their rows.
    static let ofSources = all.map(\.partitions) + ["requests", "accounts"]
}
