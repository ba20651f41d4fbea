/// The members of a merge patch with their new values.
package struct UpdatePatch: Sendable, Hashable {
    /// One field with its new value.
    package struct Change: Sendable, Hashable {
        /// The field's path in the record.
        package var field: String
        /// The new value: a text, a number or a truth value.
        package var value: FieldValue

        package init(_ field: String, _ value: FieldValue) {
            self.field = field
            self.value = value
        }
    }

    /// The changes in field order, each field once; at least one.
    package let changes: [Change]

    package init(_ changes: [Change]) { self.changes = changes }

    /// The new value of a field; nil if the patch does not name it.
    package subscript(field: String) -> FieldValue? { changes.first { $0.field == field }?.value }

    /// A row with the new values in place of its own.
    package func applied(to row: ModelDeployment) -> ModelDeployment {
        var row = row
        for change in changes { DeploymentField.named(change.field)?.set(&row, change.value) }
        return row
    }
}

/// One mistake in the body of an update.
package struct UpdateMistake: Sendable, Hashable {
    /// The path of the member, as the client wrote it; empty for the body as a whole.
    package var member: String
    /// The mistake and what would be right, without text of a platform.
    package var detail: String
    /// The nearest member that exists; nil if none is near.
    package var didYouMean: String?

    package init(_ member: String, _ detail: String, didYouMean: String? = nil) {
        self.member = member
        self.detail = detail
        self.didYouMean = didYouMean
    }
}

/// A patch that a deployment cannot take, found before anything is sent.
package struct UpdateRefusal: Error, Sendable, Hashable {
    /// Every mistake that was found; at least one.
    package var mistakes: [UpdateMistake]

    package init(_ mistakes: [UpdateMistake]) { self.mistakes = mistakes }
}
