import Deployments

/// A kind of record that adapter files list: what the mapper sets that is no scalar field of the kind's table.
protocol AdaptedRecord: Record {
    /// A noun with its article, for messages: `a deployment`.
    static var noun: String { get }
    /// True if a record may have versions.
    static var hasVersions: Bool { get }
    /// The names of the lists of texts that a file may fill.
    static var statedLists: [String] { get }
    /// The names of the fields whose value is the uid of a deployment of the same source.
    static var references: Set<String> { get }

    /// Names of the fields that the platform did not state as such, in field order.
    var inferred: [String] { get set }
    /// Names of the fields that the platform stated and that could not be read, in field order.
    var unread: [String] { get set }

    /// Adds a field to ``unread`` at its position in the order of fields; a field that is there stays.
    mutating func markUnread(_ field: String)

    /// Sets the number of the version; does nothing for a kind without versions.
    mutating func setVersion(_ version: Int?)

    /// Sets what the status rules say of a record, and the platform's own term; nil: it stated none.
    mutating func setStatus(_ verdict: StatusVocabulary.Verdict, term: String?)

    /// Sets the JSON of a member that `include=` adds; does nothing for a kind without them.
    mutating func setIncluded(_ member: Include, _ json: [UInt8]?)
}

extension AdaptedRecord {
    /// The fields that a file may fill, in the order of the table.
    static var statedFields: [RecordField<Self>] {
        table.fields.filter { !$0.isStamped && $0.name != "version" }
    }
}

extension ModelDeployment: AdaptedRecord {
    static var noun: String { "a deployment" }
    static var hasVersions: Bool { true }
    static var statedLists: [String] { ["endpoint.models"] }
    static var references: Set<String> { [] }

    mutating func setVersion(_ version: Int?) { self.version = version }

    mutating func setStatus(_ verdict: StatusVocabulary.Verdict, term: String?) {
        self.status = verdict.status
        self.serving = verdict.serving
        self.nativeStatus = term
    }

    mutating func setIncluded(_ member: Include, _ json: [UInt8]?) {
        switch member {
        case .history: history = json
        case .native: native = json
        }
    }
}

extension ModelProvider: AdaptedRecord {
    static var noun: String { "a provider" }
    static var hasVersions: Bool { false }
    static var statedLists: [String] { ["served_models", "enabled_models"] }
    static let references: Set<String> = ["deployment"]

    mutating func setVersion(_ version: Int?) {}

    mutating func setStatus(_ verdict: StatusVocabulary.Verdict, term: String?) {
        status = verdict.status
        serving = verdict.serving
        nativeStatus = term
    }

    mutating func setIncluded(_ member: Include, _ json: [UInt8]?) {}
}
