package import Deployments
package import Snapshots
import Wire

/// A condition that stands in a file, in the grammar of the parameter `filter`; relative times are errors.
package struct WrittenCondition {
    /// The condition; nil only if there are problems.
    package let condition: Condition?
    /// All mistakes in the text.
    package let problems: [Problem]

    /// A mistake.
    package struct Problem {
        /// The keys that lead to it, as a JSON Pointer (RFC 6901); empty for the whole text.
        package let pointer: String
        /// A sentence without a capital letter and a full stop, with the nearest right term if there is one.
        package let message: String
    }

    /// Reads a condition on records of a kind from the text of a JSON object.
    package init(_ json: String, on schema: RecordSchema) {
        var time = RequestTime.none
        let parameter = Parameter(name: "filter", value: json)
        let (condition, errors) = FilterObject.read(parameter, of: schema, at: &time)
        self.condition = condition
        problems = errors.map { error in
            let hint = error.didYouMean.map { "; did you mean `\($0)`?" } ?? ""
            return Problem(pointer: error.pointer ?? "", message: error.detail + hint)
        }
    }
}
