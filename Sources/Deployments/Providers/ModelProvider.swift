package import Wire

/// One model provider on one platform: an endpoint through which models answer, in the vocabulary that is the same
/// for all platforms.
///
/// A nil field is one that the platform did not state. Headers and bodies that a provider adds to requests, and the
/// names of its secrets, have no field: they may hold keys.
package struct ModelProvider: Sendable, Hashable {
    /// `source/key…`, each part percent-encoded.
    package var uid: String
    /// The record's source; all records of a source refer to the same object.
    package var origin: SharedSource
    /// The platform's own id.
    package var nativeID: String?
    /// The name on the platform.
    package var name: String?
    /// The workspace it is in.
    package var workspace: String?
    /// The project it belongs to.
    package var project: String?
    /// The platform's description of it.
    package var description: String?
    /// The URL at which it answers, without user information, query and fragment.
    package var hostURL: String?
    /// The phase, as the adapter file's rules read it from ``nativeStatus``.
    package var status = DeploymentStatus.unknown
    /// The ability to answer now, as the adapter file's rules read it.
    package var serving = Serving.unknown
    /// The platform's own term for the status, unchanged; nil if it stated none.
    package var nativeStatus: String?
    /// The platform's message about the status.
    package var statusMessage: String?
    /// The names by which clients ask for its models.
    package var servedModels: [String] = []
    /// The models that it is restricted to; empty if it is not.
    package var enabledModels: [String] = []
    /// The ``ModelDeployment/uid`` of the deployment that it was made for; nil without one.
    package var deployment: String?
    /// The creation.
    package var createdAt: Timestamp?
    /// The last change, as the platform states it.
    package var updatedAt: Timestamp?
    /// Names of the fields that the platform did not state as such, in field order.
    package var inferred: [String] = []
    /// Names of the fields that the platform stated and that could not be read, in field order.
    package var unread: [String] = []

    /// An empty record of a source.
    package init(uid: String, of source: SharedSource) {
        self.uid = uid
        origin = source
    }
}

extension ModelProvider: Record {
    /// Providers have no versions.
    package var version: Int? { nil }

    /// True for a status that is on its way to another.
    package var isInTransition: Bool { status.isTransition }

    /// The operator's labels of its source.
    package var labels: [String: String] {
        get { origin.description.labels }
        set { change { $0.labels = newValue } }
    }

    /// The uid alone is the key.
    package func withKey(_ body: (_ uid: String, _ version: Int?) -> Void) { body(uid, nil) }

    /// Providers have neither history nor native members.
    package func included(_ member: Include) -> [UInt8]? { nil }

    fileprivate mutating func change(_ body: (inout SourceDescription) -> Void) {
        var description = origin.description
        body(&description)
        origin = SharedSource(description)
    }

    /// Providers have no facts that need the whole list.
    package struct Settlement: ListSettlement {
        /// The number of providers, since all are current.
        package let currentCount: Int

        /// Finds nothing but the number of providers.
        package init(of rows: [ModelProvider], order: [Int], beginsUID: [Bool]) { currentCount = order.count }

        /// The piece, unchanged.
        package func settle(_ piece: ArraySlice<ModelProvider>) -> [ModelProvider] { Array(piece) }
    }
}

/// The source's facts as members of the record. Setting one gives this record a ``SharedSource`` of its own.
extension ModelProvider {
    /// The name that the operator gave the source.
    package var source: String {
        get { origin.description.name }
        set { change { $0.name = newValue } }
    }

    /// The platform's name, by the adapter file or the operator.
    package var platform: String {
        get { origin.description.platform }
        set { change { $0.platform = newValue } }
    }

    /// The name of the adapter file that read the record.
    package var adapter: String {
        get { origin.description.adapter }
        set { change { $0.adapter = newValue } }
    }

    /// The region that the operator stated; nil without one.
    package var region: String? {
        get { origin.description.region }
        set { change { $0.region = newValue } }
    }
}
