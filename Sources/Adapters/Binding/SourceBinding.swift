package import Deployments
package import Upstream

/// A configuration's settings for one source: everything that an adapter file leaves open.
package struct SourceBinding: Sendable, Equatable {
    package var description: SourceDescription
    /// The source's name before it was renamed; nil if it was not.
    package var formerName: String?
    /// An absolute URL without query, fragment or user; a trailing slash does not matter.
    package var baseURL: String
    /// Values by the names of the manifest's inputs; an input that is left out has the manifest's default.
    package var inputs: [String: InputValue]
    /// Secrets by the names that the manifest gives them.
    package var secrets: [String: BoundSecret]
    /// The operator's own status terms, which are tried before the adapter's rules.
    package var statusTerms: [OperatorTerm]
    /// True if `owner` is read; otherwise it is null.
    package var exposesOwner: Bool
    /// True if clients may change its deployments, as far as the manifest describes how.
    package var takesUpdates = false
    /// The timeouts, limits and trust of every connection.
    package var connection: ConnectionOptions
    /// The number of HTTP requests in flight at once, from 1.
    package var concurrency: Int
    /// The largest number of pages of one walk, from 1.
    package var maximumPages: Int
    /// The largest number of records of one list, from 1; more are refused before they are mapped.
    package var maximumRows = SourceBinding.standardRows
    /// The largest number of records of a list, if the configuration sets none.
    package static let standardRows = 1_000_000
    /// The budget that every request counts against, retries included.
    package var budget: RequestBudget
    /// The time for one fetch of the source; partitions that are not listed by then fail with class
    /// `timeout`.
    package var fetchDeadline: Duration
    /// The largest number of times that a request is sent again, if that can help.
    package var retries: Int

    package init(
        description: SourceDescription, baseURL: String, inputs: [String: InputValue] = [:],
        secrets: [String: BoundSecret] = [:], statusTerms: [OperatorTerm] = [], exposesOwner: Bool = false,
        connection: ConnectionOptions = ConnectionOptions(), concurrency: Int = 4, maximumPages: Int = 1000,
        budget: RequestBudget = RequestBudget(), fetchDeadline: Duration = .seconds(120), retries: Int = 2
    ) {
        self.description = description
        self.baseURL = baseURL
        self.inputs = inputs
        self.secrets = secrets
        self.statusTerms = statusTerms
        self.exposesOwner = exposesOwner
        self.connection = connection
        self.concurrency = concurrency
        self.maximumPages = maximumPages
        self.budget = budget
        self.fetchDeadline = fetchDeadline
        self.retries = retries
    }
}

/// A reference to a credential, and the way to read it.
package struct BoundSecret: Sendable {
    /// The operator's name for it, such as `env PLATFORM_TOKEN`; shown in errors.
    package var reference: String
    /// A hash of where the credential is read from; two references may look alike, as a reference may hide a
    /// name.
    package var identity: Int
    /// True if the value can change while the process lives, as a file's can.
    package var canRotate: Bool
    /// Reads the value again; the error it throws describes the reference, and never holds the value.
    package var read: @Sendable () throws -> Secret

    /// Makes a reference; without an `identity`, the hash of `reference` is used.
    package init(
        reference: String, identity: Int? = nil, canRotate: Bool = false,
        read: @escaping @Sendable () throws -> Secret
    ) {
        self.reference = reference
        self.identity = identity ?? reference.hashValue
        self.canRotate = canRotate
        self.read = read
    }
}

extension BoundSecret: Equatable {
    /// True if both read from the same source, whatever its content.
    package static func == (left: BoundSecret, right: BoundSecret) -> Bool {
        (left.reference, left.identity, left.canRotate) == (right.reference, right.identity, right.canRotate)
    }
}

/// The mistakes in a source's configuration that only its adapter file shows.
package struct BindingError: Error, CustomStringConvertible {
    /// One mistake; the caller adds its line in the configuration.
    package struct Problem: Sendable, Equatable {
        /// The key below the source: `inputs.workspaces`, `secrets.token`.
        package var key: String
        /// The message for the operator; it never contains a value of the binding, which may be a secret.
        package var message: String
    }

    /// All mistakes, inputs before secrets; never empty.
    package var problems: [Problem]

    package var description: String {
        problems.map { "\($0.key): \($0.message)" }.joined(separator: "\n")
    }
}

extension AdapterManifest {
    /// Checks a binding's inputs and secrets against the file, and fills in its defaults.
    ///
    /// - Throws: ``BindingError`` with every mistake.
    package func checkedInputs(of binding: SourceBinding) throws(BindingError) -> [String: InputValue] {
        var problems: [BindingError.Problem] = []
        var values: [String: InputValue] = [:]
        for input in inputs {
            var given = binding.inputs[input.name] ?? input.defaultValue
            if input.kind == .list, case .text(let text) = given { given = .list([text]) }
            if let given, let problem = input.kind.problem(with: given) {
                problems.append(BindingError.Problem(key: "inputs.\(input.name)", message: problem))
            }
            if given == nil, !input.isOptional {
                problems.append(
                    BindingError.Problem(key: "inputs.\(input.name)", message: "is missing: \(input.about)"))
            }
            values[input.name] = given
        }
        problems += excessivePartitions(values)
        problems += unknown(binding.inputs.keys, "inputs", known: inputs.map(\.name))
        problems += unknown(binding.secrets.keys, "secrets", known: secrets.map(\.name))
        for slot in secrets where !slot.isOptional && binding.secrets[slot.name] == nil {
            problems.append(
                BindingError.Problem(key: "secrets.\(slot.name)", message: "is missing: \(slot.about)"))
        }
        guard problems.isEmpty else { throw BindingError(problems: problems) }
        return values
    }

    /// One problem if the inputs make more partitions than a source may have; otherwise none.
    private func excessivePartitions(_ values: [String: InputValue]) -> [BindingError.Problem] {
        var count = 1
        for axis in partitions {
            guard case .list(let elements) = values[axis.input] else { continue }
            let (product, overflow) = count.multipliedReportingOverflow(by: elements.count)
            guard !overflow, product <= AdapterSource.partitionLimit else {
                return [
                    BindingError.Problem(
                        key: "inputs.\(axis.input)",
                        message: "results in more than \(AdapterSource.partitionLimit) partitions; "
                            + "spread them over several sources")
                ]
            }
            count = product
        }
        return []
    }

    private func unknown(
        _ given: some Sequence<String>, _ section: String, known: [String]
    ) -> [BindingError.Problem] {
        given.filter { !known.contains($0) }.sorted().map { name in
            BindingError.Problem(
                key: "\(section).\(name)",
                message: known.isEmpty
                    ? "adapter `\(self.name)` has no \(section)"
                    : "unknown key; adapter `\(self.name)` defines \(known.joined(separator: ", "))")
        }
    }
}

/// The facts about a source that expressions may read.
extension SourceBinding {
    /// Their names in expressions.
    static let variables: Set<String> = ["source.base_url", "source.platform"]

    /// Their values: the base URL without a slash at its end, and the platform's name on records.
    var variableValues: [String: ExpressionValue] {
        let url = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
        return ["source.base_url": .text(url), "source.platform": .text(description.platform)]
    }
}
