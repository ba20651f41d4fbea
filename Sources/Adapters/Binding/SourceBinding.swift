package import Deployments
package import Upstream

/// What a configuration says of one source: everything that a manifest leaves open.
package struct SourceBinding: Sendable, Equatable {
    package var description: SourceDescription
    /// An absolute URL without query, fragment or user; a trailing slash does not matter.
    package var baseURL: String
    /// By the names of the manifest's inputs; what is left out has the manifest's default.
    package var inputs: [String: InputValue]
    /// By the names of the manifest's secrets.
    package var secrets: [String: BoundSecret]
    /// Decide before the adapter's own rules.
    package var words: [OperatorWord]
    /// Whether `owner` is read at all.
    package var exposesOwner: Bool
    package var connection: ConnectionOptions
    /// HTTP requests in flight at once, from 1.
    package var concurrency: Int
    /// Pages of one walk, from 1.
    package var maximumPages: Int
    /// What every request takes from, retries included.
    package var budget: RequestBudget
    /// For one fetch of the whole source; what is not listed by then fails with class `timeout`.
    package var fetchDeadline: Duration
    /// How often a request is sent again where that can mend its failure.
    package var retries: Int

    package init(
        description: SourceDescription, baseURL: String, inputs: [String: InputValue] = [:],
        secrets: [String: BoundSecret] = [:], words: [OperatorWord] = [], exposesOwner: Bool = false,
        connection: ConnectionOptions = ConnectionOptions(), concurrency: Int = 4, maximumPages: Int = 1000,
        budget: RequestBudget = RequestBudget(), fetchDeadline: Duration = .seconds(120), retries: Int = 2
    ) {
        self.description = description
        self.baseURL = baseURL
        self.inputs = inputs
        self.secrets = secrets
        self.words = words
        self.exposesOwner = exposesOwner
        self.connection = connection
        self.concurrency = concurrency
        self.maximumPages = maximumPages
        self.budget = budget
        self.fetchDeadline = fetchDeadline
        self.retries = retries
    }
}

/// A credential as a source reaches it.
package struct BoundSecret: Sendable {
    /// How an operator knows it, such as `env NEMO_TOKEN`; stands in errors.
    package var reference: String
    /// Tells what is read from everything else that may be; the reference need not, as it may hide a name.
    package var identity: Int
    /// Whether the value can be another while the process lives, as a file's can.
    package var canRotate: Bool
    /// Reads the value anew; throws what is wrong with the reference, never the value.
    package var read: @Sendable () throws -> Secret

    /// Without an `identity` the reference's own is taken.
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
    /// Whether they read the same, whatever stands there.
    package static func == (left: BoundSecret, right: BoundSecret) -> Bool {
        (left.reference, left.identity, left.canRotate) == (right.reference, right.identity, right.canRotate)
    }
}

/// What in a configuration does not fit an adapter.
package struct BindingError: Error, CustomStringConvertible {
    /// One mistake, which the caller puts at its place in the configuration.
    package struct Problem: Sendable, Equatable {
        /// Below the source: `inputs.workspaces`, `secrets.token`.
        package var key: String
        /// For the operator; never a value of the binding, which may be a secret.
        package var message: String
    }

    /// Never empty: everything that was found, inputs before secrets.
    package var problems: [Problem]

    package var description: String {
        problems.map { "\($0.key): \($0.message)" }.joined(separator: "\n")
    }
}

extension AdapterManifest {
    /// Checks a binding's inputs and secrets against the file, and fills in its defaults.
    ///
    /// - Throws: ``BindingError`` with everything that does not fit.
    package func checkedInputs(of binding: SourceBinding) throws(BindingError) -> [String: InputValue] {
        var problems: [BindingError.Problem] = []
        var values: [String: InputValue] = [:]
        for input in inputs {
            var given = binding.inputs[input.name] ?? input.standard
            if input.kind == .list, case .text(let text) = given { given = .list([text]) }
            if let given, let misfit = input.kind.misfit(of: given) {
                problems.append(BindingError.Problem(key: "inputs.\(input.name)", message: misfit))
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

    /// The first input, if any, by which there are more partitions than a source may have.
    private func excessivePartitions(_ values: [String: InputValue]) -> [BindingError.Problem] {
        var count = 1
        for axis in partitions {
            guard case .list(let elements) = values[axis.input] else { continue }
            let (product, overflow) = count.multipliedReportingOverflow(by: elements.count)
            guard !overflow, product <= AdapterSource.partitionLimit else {
                return [
                    BindingError.Problem(
                        key: "inputs.\(axis.input)",
                        message: "makes more than \(AdapterSource.partitionLimit) partitions; "
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
                    : "adapter `\(self.name)` has no such entry; there is \(known.joined(separator: ", "))")
        }
    }
}
