/// The members of a deployment that clients may change, as the adapter file describes them.
package struct UpdateSchema: Sendable, Hashable {
    /// The members, in field order; at least one.
    package let members: [UpdateMember]
    /// The fields of a row in which an update's effect can be seen, in field order; empty if the file does not say.
    package let shownIn: [String]

    package init(members: [UpdateMember], shownIn: [String] = []) {
        self.members = members
        self.shownIn = shownIn
    }

    /// The member of a field; nil if it cannot be changed.
    package func member(_ field: String) -> UpdateMember? { members.first { $0.field == field } }
}

/// One field that clients may change.
package struct UpdateMember: Sendable, Hashable {
    /// The type of its values.
    package enum Kind: String, Sendable, CaseIterable {
        case text
        case integer
        case number
        case boolean
    }

    /// The field's path in the record, such as `capacity.desired`.
    package let field: String
    /// The type of its values.
    package let kind: Kind
    /// True if every update has to name it.
    package var isRequired = false
    /// The least number; nil: any.
    package var least: Double?
    /// The greatest number; nil: any.
    package var greatest: Double?
    /// The field of the row whose value every number has to be a multiple of, such as `capacity.base`; nil: any number
    /// will do.
    package var multipleOf: String?
    /// A phrase for people, without a capital and a full stop; nil if the adapter file has none.
    package var about: String?

    package init(field: String, kind: Kind) {
        self.field = field
        self.kind = kind
    }
}
