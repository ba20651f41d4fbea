/// Why a command ends without having done its work: one message for the user, one exit code (DESIGN.md §6).
struct CommandFailure: Error, Equatable, CustomStringConvertible {
    enum Code: Int32, Sendable {
        /// The answer is "no": a check failed, a source failed under `--strict`.
        case no = 1
        case usage = 64
        case unreachable = 69
        case fault = 70
    }

    var code: Code
    /// May have several lines; what came from outside in it is neutralised.
    var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    var description: String { message }

    /// What is wrong with one parameter, as a line of a message; `pointer` is the place within its JSON.
    static func line(parameter: String, pointer: String?, detail: String, didYouMean: String?) -> String {
        parameter + (pointer.map { " at \($0.isEmpty ? "its top" : $0)" } ?? "") + ": \(detail)"
            + (didYouMean.map { "; did you mean `\($0)`?" } ?? "")
    }
}
