/// The origins of the values that a source's rows have, field by field.
package struct ToldFields: Sendable, Hashable {
    /// The fields that are mapped from the platform's list, or follow from such fields.
    package var list: Set<String> = []
    /// The fields that a lookup of the adapter file tells.
    package var lookup: Set<String> = []
    /// The fields that the operator's configuration sets, by its rules or for the whole source.
    package var byOperator: Set<String> = []
    /// The fields that are mapped, but shown only with the source's `expose`.
    package var withheld: Set<String> = []

    /// No field is told.
    package init() {}

    /// The origin of a field's values; the words are those of the HTTP contract.
    package enum Origin: String, Sendable, CaseIterable {
        case list, lookup
        case byOperator = "operator"
        case withheld, never
    }

    /// The first origin that applies, in the order of ``Origin``.
    package func origin(of field: String) -> Origin {
        if list.contains(field) { return .list }
        if lookup.contains(field) { return .lookup }
        if byOperator.contains(field) { return .byOperator }
        return withheld.contains(field) ? .withheld : .never
    }
}

extension ToldFields {
    /// Adds the fields that lookups tell, and those that follow from them.
    package mutating func addLookups(_ lookups: [Lookup]) {
        lookup.formUnion(lookups.flatMap(\.fields))
        if lookup.contains("model"), !list.contains("model_family") { lookup.insert("model_family") }
        if lookup.contains("accelerator.per_replica") {
            lookup.formUnion(["accelerator.total", "accelerator.desired"].filter { !list.contains($0) })
        }
    }
}
