package import Wire

/// One deployed model on one platform, in the vocabulary that is the same for all platforms.
///
/// A nil field is one that the platform did not state; no value is made up. ``table`` defines the JSON form
/// and its order.
///
/// A record is copied often and has some two dozen strings. Copies therefore share the strings in one object
/// until one of the copies is changed. The few fields that are filled in only when a list is complete are
/// stored outside that object, so setting them copies no string.
@dynamicMemberLookup
@usableFromInline
package struct ModelDeployment: Sendable, Hashable {
    @usableFromInline var shared: Shared

    /// The time at which this status began; nil only until the rows of a ``SourceFetch`` are merged, which
    /// sets the time at which the status was first seen if the platform states none.
    package var statusSince: Timestamp?
    /// The creation of the deployment: that of its earliest listed version.
    package var createdAt: Timestamp?
    /// True for the highest ``Stated/version`` of its ``Stated/uid``; filled in when the list is complete.
    package var latest = true
    /// Names of the fields that the platform did not state as such, in field order.
    package var inferred: [String] = []

    /// An empty record of a source.
    package init(uid: String, of source: SharedSource) {
        shared = Shared(Stated(uid: uid, origin: source))
    }

    /// An empty record of a source that has no region and no labels.
    package init(uid: String, source: String, platform: String, adapter: String) {
        let source = SourceDescription(name: source, platform: platform, adapter: adapter)
        self.init(uid: uid, of: SharedSource(source))
    }

    /// Access to the ``Stated`` fields as members of the record.
    ///
    /// Inlined everywhere, since only then does the compiler resolve the key path at compile time. The
    /// declarations that this needs are `@usableFromInline`.
    @inlinable
    package subscript<Value>(dynamicMember path: WritableKeyPath<Stated, Value>) -> Value {
        @inline(__always) _read { yield shared.stated[keyPath: path] }
        @inline(__always) set {
            if !isKnownUniquelyReferenced(&shared) { shared = Shared(shared) }
            shared.stated[keyPath: path] = newValue
        }
    }

    /// The fields that are known as soon as a record is read.
    @usableFromInline
    package struct Stated: Sendable, Hashable {
        /// `source/key…`, each part percent-encoded.
        ///
        /// It names the deployment's location, not one of its versions: all versions share it (see
        /// ``ModelDeployment/uid(source:key:)``).
        @usableFromInline package var uid: String
        /// The record's source; all records of a source refer to the same object.
        package var origin: SharedSource

        /// The platform's own id; not stable across versions on every platform, so never a join key.
        package var nativeID: String?
        /// The name on the platform.
        package var name: String?
        /// The workspace it is in.
        package var workspace: String?
        /// The project it belongs to.
        package var project: String?
        /// The model it serves.
        package var model: String?
        /// The version of ``model``.
        package var modelVersion: String?
        /// The model that ``model`` was derived from.
        package var baseModel: String?
        /// The purpose, in the platform's own term.
        package var task: String?
        /// The type of deployment, in the platform's own term.
        package var kind: String?

        /// The phase, as the adapter file's rules read it from ``nativeStatus``.
        package var status = DeploymentStatus.unknown
        /// The ability to answer now, as the adapter file's rules read it.
        package var serving = Serving.unknown
        /// The platform's own term for the status, unchanged; nil if it stated none.
        package var nativeStatus: String?
        /// The platform's message about the status.
        package var statusMessage: String?

        /// The last change, as the platform states it.
        package var updatedAt: Timestamp?
        /// The creation of this version.
        package var versionCreatedAt: Timestamp?
        /// The number of this version; nil on platforms without versions.
        @usableFromInline package var version: Int?
        /// The configuration it runs with.
        package var config: String?
        /// The version of ``config``.
        package var configVersion: Int?

        /// At most one element.
        ///
        /// Empty if the platform states no field of any group, as many do: then the groups take no memory.
        @usableFromInline var groups: [Groups] = []
        /// The inference engine, such as `vllm`, as the platform names it.
        package var engine: String?
        /// The container image, as the platform names it.
        package var image: String?
        /// At most one element; empty if nothing is known of the endpoint.
        @usableFromInline var endpoints: [Endpoint] = []
        /// The address of the platform's page about it, without user information, query or fragment.
        package var consoleLink: String?
        /// The model's family, the same on every platform; nil if no alias matches (see ``ModelFamilies``).
        package var modelFamily: String?
        /// The way it is paid for, in the platform's own term.
        package var billingMode: String?
        /// A person or principal; nil unless the operator exposes it.
        package var owner: String?
        /// The model provider it belongs to.
        package var provider: String?

        /// See ``ModelDeployment/unread``.
        package var unread: [String] = []
        /// Names of the fields that the operator's rules set, in field order.
        package var statedByOperator: [String] = []
        /// The states of the secondary requests that fields of this record depend on, in the file's order.
        package var lookups: [LookupState] = []
    }

    /// The nested objects of the JSON form: replicas, capacity, accelerator.
    @usableFromInline
    package struct Groups: Sendable, Hashable {
        @usableFromInline var replicas = Replicas()
        @usableFromInline var capacity = Capacity()
        @usableFromInline var accelerator = Accelerator()

        @usableFromInline init() {}
    }

    /// The shared storage of a record's copies.
    ///
    /// It is written to only while a single record refers to it, so tasks that read it never see a change.
    @usableFromInline
    final class Shared: @unchecked Sendable, Hashable {
        // A writer holds the only reference, so no two accesses can overlap.
        @exclusivity(unchecked) @usableFromInline var stated: Stated

        /// See ``ModelDeployment/history``; not one of the record's fields.
        @exclusivity(unchecked) fileprivate var history: [UInt8]?
        /// See ``ModelDeployment/native``; not one of the record's fields.
        @exclusivity(unchecked) fileprivate var native: [UInt8]?

        init(_ stated: Stated) { self.stated = stated }

        @usableFromInline init(_ other: Shared) {
            (stated, history, native) = (other.stated, other.history, other.native)
        }

        @usableFromInline
        static func == (left: Shared, right: Shared) -> Bool {
            left === right
                || (left.stated == right.stated && left.history == right.history
                    && left.native == right.native)
        }

        @usableFromInline func hash(into hasher: inout Hasher) { hasher.combine(stated) }
    }

    /// Counts of replicas, never of a platform's own units.
    @usableFromInline
    package struct Replicas: Sendable, Hashable {
        /// Replicas that can answer.
        package var ready: Int?
        /// Replicas that are being started.
        package var pending: Int?
        /// Replicas requested.
        package var desired: Int?
        /// The lower limit of automatic scaling.
        package var min: Int?
        /// The upper limit of automatic scaling.
        package var max: Int?

        @usableFromInline init() {}
    }

    /// Amounts in a platform's own unit; comparable only if the ``unit`` is the same.
    @usableFromInline
    package struct Capacity: Sendable, Hashable {
        /// The platform's name of the unit.
        package var unit: String?
        /// Units that can answer.
        package var ready: Double?
        /// Units requested.
        package var desired: Double?
        /// Units that are always provisioned.
        package var base: Double?

        @usableFromInline init() {}
    }

    /// The accelerators that the replicas run on.
    @usableFromInline
    package struct Accelerator: Sendable, Hashable {
        /// The platform's own term for the accelerator.
        package var type: String?
        /// The platform's family, else the adapter file's alias for ``type``; nil without either.
        package var family: String?
        /// Gigabytes of one accelerator, as the vendor states them.
        package var memoryGB: Double?
        /// Accelerators in one replica.
        package var perReplica: Int?
        /// The platform's total, else ``perReplica`` × ready replicas; nil if either factor is nil.
        package var total: Int?
        /// The platform's number, else ``perReplica`` × the replicas that are requested, or else those that are
        /// ready or pending; nil if a factor is nil.
        package var desired: Int?

        @usableFromInline init() {}
    }
}

/// The description of a source, stored once for all of its records.
@usableFromInline
package final class SharedSource: Sendable, Hashable {
    /// The facts that all records of the source share.
    package let description: SourceDescription

    /// A new object; records of one list should share one.
    package init(_ description: SourceDescription) { self.description = description }

    /// Compares the descriptions, unless both are the same object.
    @usableFromInline
    package static func == (left: SharedSource, right: SharedSource) -> Bool {
        left === right || left.description == right.description
    }

    /// Adds the description.
    @usableFromInline package func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

/// The source's facts as members of the record. Setting one gives this record a ``SharedSource`` of its own.
extension ModelDeployment.Stated {
    /// The name that the operator gave the source.
    package var source: String {
        get { origin.description.name }
        set { describe { $0.name = newValue } }
    }

    /// The platform's name, by the adapter file or the operator.
    package var platform: String {
        get { origin.description.platform }
        set { describe { $0.platform = newValue } }
    }

    /// The name of the adapter file that read the record.
    package var adapter: String {
        get { origin.description.adapter }
        set { describe { $0.adapter = newValue } }
    }

    /// The region that the operator stated; nil without one.
    package var region: String? {
        get { origin.description.region }
        set { describe { $0.region = newValue } }
    }

    /// The operator's labels of the source.
    package var labels: [String: String] {
        get { origin.description.labels }
        set { describe { $0.labels = newValue } }
    }

    private mutating func describe(_ change: (inout SourceDescription) -> Void) {
        var description = origin.description
        change(&description)
        origin = SharedSource(description)
    }
}

extension ModelDeployment.Stated {
    /// The counts of replicas; all nil if the platform states none.
    @inlinable package var replicas: ModelDeployment.Replicas {
        get { groups.first?.replicas ?? ModelDeployment.Replicas() }
        set { change { $0.replicas = newValue } }
    }

    /// The amounts in the platform's own unit; all nil if the platform states none.
    @inlinable package var capacity: ModelDeployment.Capacity {
        get { groups.first?.capacity ?? ModelDeployment.Capacity() }
        set { change { $0.capacity = newValue } }
    }

    /// The facts about accelerators; all nil if the platform states none.
    @inlinable package var accelerator: ModelDeployment.Accelerator {
        get { groups.first?.accelerator ?? ModelDeployment.Accelerator() }
        set { change { $0.accelerator = newValue } }
    }

    /// Changes the groups.
    ///
    /// Groups without any value are removed, so that records with the same values are equal whether or not a
    /// value was set and cleared before.
    @usableFromInline
    mutating func change(_ body: (inout ModelDeployment.Groups) -> Void) {
        if groups.isEmpty { groups = [ModelDeployment.Groups()] }
        body(&groups[0])
        if groups[0] == ModelDeployment.Groups() { groups = [] }
    }
}

extension ModelDeployment {
    /// Joins a source's name and the parts of a platform's own key into a uid.
    ///
    /// Every byte but `A-Za-z0-9-._~` is percent-encoded, and a part `.` or `..` twice, see
    /// ``Swift/Array/appendUIDPart(_:)``. So the uid can be used as a URL path unchanged, and no two keys give
    /// the same uid.
    package static func uid(source: String, key: [String]) -> String {
        var uid: [UInt8] = []
        uid.appendPercentEncoded(source)
        for part in key {
            uid.append(UInt8(ascii: "/"))
            uid.appendUIDPart(part)
        }
        return String(decoding: uid, as: UTF8.self)
    }
}

/// Parts of the platform's own record, stored beside the fields and served on request only.
extension ModelDeployment {
    /// The JSON list of the status changes that the platform reports; nil if it reports none.
    package var history: [UInt8]? {
        get { shared.history }
        set {
            if !isKnownUniquelyReferenced(&shared) { shared = Shared(shared) }
            shared.history = newValue
        }
    }

    /// The JSON object of the platform's own members that the adapter file allows; nil if it allows none.
    package var native: [UInt8]? {
        get { shared.native }
        set {
            if !isKnownUniquelyReferenced(&shared) { shared = Shared(shared) }
            shared.native = newValue
        }
    }

    /// A copy of the record with these parts in place of its own.
    package func replacing(history: [UInt8]?, native: [UInt8]? = nil) -> ModelDeployment {
        var record = self
        record.history = history
        record.native = native
        return record
    }
}

/// The members that every kind of record has, see ``Record``.
extension ModelDeployment {
    /// The source and the platform's own key, percent-encoded; shared by all versions.
    @inlinable package var uid: String {
        get { shared.stated.uid }
        set { self[dynamicMember: \.uid] = newValue }
    }

    /// The number of this version; nil on platforms without versions.
    @inlinable package var version: Int? {
        get { shared.stated.version }
        set { self[dynamicMember: \.version] = newValue }
    }

    /// The facts about its source that are on the record.
    package var origin: SharedSource {
        get { shared.stated.origin }
        set { self[dynamicMember: \.origin] = newValue }
    }

    /// The operator's labels of the source.
    package var labels: [String: String] {
        get { shared.stated.labels }
        set { self[dynamicMember: \.labels] = newValue }
    }

    /// The states of the secondary requests that fields of this record depend on, in the file's order.
    package var lookups: [LookupState] {
        get { shared.stated.lookups }
        set { self[dynamicMember: \.lookups] = newValue }
    }

    /// Names of the fields that the platform stated and that could not be read, in field order, each once.
    package var unread: [String] {
        get { shared.stated.unread }
        set { self[dynamicMember: \.unread] = newValue }
    }

    /// Passes the uid and version to `body` without reference counting.
    @inlinable
    package func withKey(_ body: (_ uid: String, _ version: Int?) -> Void) {
        Unmanaged.passUnretained(shared)._withUnsafeGuaranteedRef { body($0.stated.uid, $0.stated.version) }
    }
}
