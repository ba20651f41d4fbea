/// A secondary request that fields of a source's rows depend on, as the adapter file describes it.
package struct Lookup: Sendable, Hashable {
    /// The origin of what is looked up.
    package enum Origin: Sendable, Hashable {
        /// A request for each key.
        case request
        /// The source's own list of model providers, in which that of the row's deployment is looked up.
        case providers
    }

    /// The name in the adapter file.
    package let name: String
    /// The fields that depend on it, in field order.
    package let fields: [String]
    /// The fields of a row that its key consists of, in order; empty for ``Origin/providers``.
    package let keyFields: [String]
    /// The time after which a key is looked up again; nil: what was found once is never looked up again.
    package let lifetime: Duration?
    /// Differs where the request, or what is read of its answer, does.
    package let plan: String
    /// The origin of what is looked up.
    package let origin: Origin

    package init(
        name: String, fields: [String], keyFields: [String], lifetime: Duration?, plan: String,
        origin: Origin = .request
    ) {
        self.name = name
        self.fields = fields
        self.keyFields = keyFields
        self.lifetime = lifetime
        self.plan = plan
        self.origin = origin
    }

    /// The values of a row's key; nil if the row lacks one, and nothing is looked up for it.
    package func key(of row: ModelDeployment) -> [String]? {
        var values: [String] = []
        for field in keyFields {
            guard let value = DeploymentField.named(field)?.get(row).keyText else { return nil }
            values.append(value)
        }
        return values.isEmpty ? nil : values
    }
}

extension FieldValue {
    /// A text, or the digits of a whole number; nil for any other value.
    fileprivate var keyText: String? {
        switch self {
        case .text(let text): text
        case .number(let number): Int64(exactly: number).map { "\($0)" }
        case .null, .time, .bool: nil
        }
    }
}

/// One key that is to be looked up.
package struct LookupKey: Sendable, Hashable {
    /// The name of the lookup.
    package let lookup: String
    /// The values of the key, by the fields of the row.
    package let values: [String]

    package init(lookup: String, values: [String]) {
        self.lookup = lookup
        self.values = values
    }
}

/// The result of looking up keys.
package struct LookupFetch: Sendable {
    /// The outcomes of the keys that were requested.
    package var entries: [LookupEntry]
    /// The reason that not all keys were requested; nil if all were.
    package var refusal: SourceError?
    /// HTTP requests sent.
    package var calls: Int
    /// Makes the ``DeploymentSource/credentialDigest(keyedBy:)`` of the credentials that were sent.
    package var credentialDigest: @Sendable (CredentialDigest.Key) -> CredentialDigest? = { _ in nil }

    package init(entries: [LookupEntry] = [], refusal: SourceError? = nil, calls: Int = 0) {
        self.entries = entries
        self.refusal = refusal
        self.calls = calls
    }
}
