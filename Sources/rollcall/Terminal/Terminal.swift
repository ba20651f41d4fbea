import Glibc

/// The properties of standard input, output and error, read once at the program's start.
struct Terminal: Sendable, Equatable {
    /// True if standard output is a terminal.
    var isInteractive: Bool
    /// True if standard error is a terminal.
    var isErrorInteractive: Bool
    /// True if standard input is a terminal.
    var isInputInteractive: Bool
    /// The terminal's columns; nil where output goes to a file or a pipe.
    var width: Int?
    /// True if standard output may use colors.
    var usesColor: Bool

    init(
        isInteractive: Bool, isErrorInteractive: Bool, isInputInteractive: Bool = false, columns: Int?,
        environment: [String: String]
    ) {
        self.isInteractive = isInteractive
        self.isErrorInteractive = isErrorInteractive
        self.isInputInteractive = isInputInteractive
        let named = environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        width = isInteractive ? columns ?? named ?? 80 : nil
        // https://no-color.org: any value but an empty one.
        usesColor =
            isInteractive && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// True if a person can read a question on standard error, and answer it.
    var canAsk: Bool { isInputInteractive && isErrorInteractive }

    /// The properties for this process.
    static func current(environment: [String: String]) -> Terminal {
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return Terminal(
            isInteractive: isatty(STDOUT_FILENO) == 1, isErrorInteractive: isatty(STDERR_FILENO) == 1,
            isInputInteractive: isatty(STDIN_FILENO) == 1, columns: isKnown ? Int(size.ws_col) : nil,
            environment: environment)
    }
}
