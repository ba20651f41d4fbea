/// The end of a command that could not do its work: one message for the user, one exit code.
struct CommandFailure: Error, Equatable, CustomStringConvertible {
    enum Code: Int32, Sendable {
        /// The answer is "no": a check failed, or a source failed under `--strict`.
        case no = 1
        /// Wrong usage, or a configuration with problems.
        case usage = 64
        /// No gateway or platform could be reached, or an address cannot be listened on.
        case unreachable = 69
        /// A fault of this program.
        case fault = 70
        /// The output could not be written.
        case output = 74
    }

    var code: Code
    /// The message, perhaps of several lines; any text from outside in it is neutralized.
    var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    var description: String { message }

    /// A message's line on one wrong parameter; `pointer` is the location within its JSON.
    static func line(parameter: String, pointer: String?, detail: String, didYouMean: String?) -> String {
        parameter + (pointer.map { " at \($0.isEmpty ? "its top" : $0)" } ?? "") + ": \(detail)"
            + (didYouMean.map { "; did you mean `\($0)`?" } ?? "")
    }
}
