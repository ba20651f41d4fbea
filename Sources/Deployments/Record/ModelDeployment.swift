package import Wire

/// One deployed model on one platform, in the one vocabulary that everything after an adapter speaks.
///
/// A nil field is one that the platform did not state; nothing is invented. Its JSON form is
/// ``table``, in that order.
///
/// A record goes through many hands and has some two dozen texts, so copies share those in one object until one
/// of them is changed. The few fields that are settled only when lists come together stand beside it: setting
/// them copies no text.
@dynamicMemberLookup
@usableFromInline
package struct ModelDeployment: Sendable, Hashable {
    @usableFromInline var shared: Shared

    /// When this status began; nil only until ``SourceFetch`` rows are merged, which falls back to first sight.
    package var statusSince: Timestamp?
    /// The deployment's own creation: that of its earliest listed version.
    package var createdAt: Timestamp?
    /// Whether this is the highest ``Stated/version`` of its ``Stated/uid``; settled when the rows of a list come
    /// together.
    package var latest = true
    /// Names of the fields that the platform did not state as such, in field order.
    package var inferred: [String] = []

    /// An otherwise empty record of a source.
    package init(uid: String, of source: SharedSource) {
        shared = Shared(Stated(uid: uid, origin: source))
    }

    package init(uid: String, source: String, platform: String, adapter: String) {
        let source = SourceDescription(name: source, platform: platform, adapter: adapter)
        self.init(uid: uid, of: SharedSource(source))
    }

    /// One of the ``Stated`` fields, as if it were the record's own.
    ///
    /// Inlined everywhere, since only then does the compiler see through the key path; what it needs for that is
    /// `@usableFromInline`.
    @inlinable
    package subscript<Value>(dynamicMember path: WritableKeyPath<Stated, Value>) -> Value {
        @inline(__always) _read { yield shared.stated[keyPath: path] }
        @inline(__always) set {
            if !isKnownUniquelyReferenced(&shared) { shared = Shared(shared) }
            shared.stated[keyPath: path] = newValue
        }
    }

    /// The fields that are known when a record was read.
    @usableFromInline
    package struct Stated: Sendable, Hashable {
        /// `source/key…`, each part percent-encoded: names a place, shared by all versions (see
        /// ``ModelDeployment/uid(source:key:)``).
        @usableFromInline package var uid: String
        /// Whose record it is: all records of a source refer to the same.
        package var origin: SharedSource

        /// The platform's own id; not stable across versions on every platform, so never a join key.
        package var nativeID: String?
        package var name: String?
        package var workspace: String?
        package var project: String?
        package var model: String?
        package var modelVersion: String?
        package var baseModel: String?
        package var task: String?
        package var kind: String?

        package var status = DeploymentStatus.unknown
        package var serving = Serving.unknown
        /// The platform's word as it stood; nil when it gave none.
        package var nativeStatus: String?
        package var statusMessage: String?

        package var updatedAt: Timestamp?
        package var versionCreatedAt: Timestamp?
        @usableFromInline package var version: Int?
        package var config: String?
        package var configVersion: Int?

        /// Empty where the platform told nothing of any group, as many do: then it takes no room.
        @usableFromInline var groups: [Groups] = []
        package var billingMode: String?
        /// A person or principal; only where the operator exposes it.
        package var owner: String?
        package var provider: String?
    }

    /// The groups of fields of a record's shape.
    @usableFromInline
    package struct Groups: Sendable, Hashable {
        @usableFromInline var replicas = Replicas()
        @usableFromInline var capacity = Capacity()
        @usableFromInline var accelerator = Accelerator()

        @usableFromInline init() {}
    }

    /// Written to only while a single record refers to it, so tasks that read it never see a change.
    @usableFromInline
    final class Shared: @unchecked Sendable, Hashable {
        // Whoever writes is the only one to refer to it, so no two accesses can overlap.
        @exclusivity(unchecked) @usableFromInline var stated: Stated

        /// See ``ModelDeployment/history``; no part of the record.
        @exclusivity(unchecked) fileprivate var history: [UInt8]?
        /// See ``ModelDeployment/native``; no part of the record.
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
        package var ready: Int?
        package var pending: Int?
        package var desired: Int?
        package var min: Int?
        package var max: Int?

        @usableFromInline init() {}
    }

    /// Counts in a platform's own unit, comparable only within one ``unit``.
    @usableFromInline
    package struct Capacity: Sendable, Hashable {
        package var unit: String?
        package var ready: Double?
        package var desired: Double?
        package var base: Double?

        @usableFromInline init() {}
    }

    @usableFromInline
    package struct Accelerator: Sendable, Hashable {
        package var type: String?
        /// The adapter file's alias for ``type``; nil where it has none.
        package var family: String?
        /// Gigabytes of one accelerator, as the vendor names them.
        package var memoryGB: Double?
        package var perReplica: Int?
        /// ``perReplica`` × ready replicas; nil where either is.
        package var total: Int?

        @usableFromInline init() {}
    }
}

/// What a source says of itself and on each of its records, in memory once for all of them.
@usableFromInline
package final class SharedSource: Sendable, Hashable {
    package let description: SourceDescription

    package init(_ description: SourceDescription) { self.description = description }

    @usableFromInline
    package static func == (left: SharedSource, right: SharedSource) -> Bool {
        left === right || left.description == right.description
    }

    @usableFromInline package func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

/// The source's facts, as if they were the record's own.
extension ModelDeployment.Stated {
    package var source: String {
        get { origin.description.name }
        set { describe { $0.name = newValue } }
    }

    package var platform: String {
        get { origin.description.platform }
        set { describe { $0.platform = newValue } }
    }

    package var adapter: String {
        get { origin.description.adapter }
        set { describe { $0.adapter = newValue } }
    }

    package var region: String? {
        get { origin.description.region }
        set { describe { $0.region = newValue } }
    }

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
    @inlinable package var replicas: ModelDeployment.Replicas {
        get { groups.first?.replicas ?? ModelDeployment.Replicas() }
        set { change { $0.replicas = newValue } }
    }

    @inlinable package var capacity: ModelDeployment.Capacity {
        get { groups.first?.capacity ?? ModelDeployment.Capacity() }
        set { change { $0.capacity = newValue } }
    }

    @inlinable package var accelerator: ModelDeployment.Accelerator {
        get { groups.first?.accelerator ?? ModelDeployment.Accelerator() }
        set { change { $0.accelerator = newValue } }
    }

    /// Records that say the same are equal, however they came to say it: no groups is what empty ones are.
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
    /// Every byte but `A-Za-z0-9-._~` is percent-encoded, so the uid is a URL path as it stands and no two
    /// keys share one.
    package static func uid(source: String, key: [String]) -> String {
        var uid: [UInt8] = []
        uid.appendPercentEncoded(source)
        for part in key {
            uid.append(UInt8(ascii: "/"))
            uid.appendPercentEncoded(part)
        }
        return String(decoding: uid, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Appends a text with every byte but RFC 3986's unreserved ones percent-encoded.
    package mutating func appendPercentEncoded(_ text: String) {
        let utf8 = text.utf8Span.span
        for index in utf8.indices {
            let byte = utf8[index]
            if byte.isUnreserved {
                append(byte)
            } else {
                append(UInt8(ascii: "%"))
                append((byte >> 4).hexadecimalDigit)
                append((byte & 15).hexadecimalDigit)
            }
        }
    }
}

extension UInt8 {
    /// RFC 3986 §2.3.
    fileprivate var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: isASCIIAlphanumeric
        }
    }

    /// Below 16, as a capital hexadecimal digit.
    fileprivate var hexadecimalDigit: UInt8 {
        self < 10 ? UInt8(ascii: "0") + self : UInt8(ascii: "A") + self - 10
    }
}

/// Parts of the platform's own record, kept beside the fields and served on request only.
extension ModelDeployment {
    /// See ``ModelDeployment/history``.
    package var history: [UInt8]? {
        get { shared.history }
        set {
            if !isKnownUniquelyReferenced(&shared) { shared = Shared(shared) }
            shared.history = newValue
        }
    }

    /// See ``ModelDeployment/native``.
    package var native: [UInt8]? {
        get { shared.native }
        set {
            if !isKnownUniquelyReferenced(&shared) { shared = Shared(shared) }
            shared.native = newValue
        }
    }

    /// The same record with these beside its fields.
    package func keeping(history: [UInt8]?, native: [UInt8]? = nil) -> ModelDeployment {
        var record = self
        record.history = history
        record.native = native
        return record
    }
}

/// What a kind of record is asked for by name, see ``Record``.
extension ModelDeployment {
    @inlinable package var uid: String {
        get { shared.stated.uid }
        set { self[dynamicMember: \.uid] = newValue }
    }

    @inlinable package var version: Int? {
        get { shared.stated.version }
        set { self[dynamicMember: \.version] = newValue }
    }

    package var labels: [String: String] {
        get { shared.stated.labels }
        set { self[dynamicMember: \.labels] = newValue }
    }

    /// Hands over what makes a row a row, without a reference to any of it being counted.
    @inlinable
    package func withKey(_ body: (_ uid: String, _ version: Int?) -> Void) {
        Unmanaged.passUnretained(shared)._withUnsafeGuaranteedRef { body($0.stated.uid, $0.stated.version) }
    }
}

extension ModelDeployment {
    /// Whether the platform did not state this field as such.
    package func isInferred(_ field: String) -> Bool { inferred.contains(field) }

    /// Adds a field to ``inferred`` at its place in the order of fields, or takes it away.
    package mutating func mark(_ field: String, inferred isInferred: Bool) {
        inferred.removeAll { $0 == field }
        guard isInferred else { return }
        let later = Self.table.schema.paths.drop { $0 != field }.dropFirst()
        inferred.insert(field, at: inferred.firstIndex { later.contains($0) } ?? inferred.count)
    }
}
