import Glibc

/// What standard output and standard error are, read once at the program's start.
struct Terminal: Sendable, Equatable {
    /// Whether standard output is a terminal.
    var isInteractive: Bool
    /// Whether standard error is one.
    var isErrorInteractive: Bool
    /// Nil where output goes to a file or a pipe.
    var width: Int?
    /// Whether standard output takes colours.
    var isColoured: Bool

    init(isInteractive: Bool, isErrorInteractive: Bool, columns: Int?, environment: [String: String]) {
        self.isInteractive = isInteractive
        self.isErrorInteractive = isErrorInteractive
        let named = environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        width = isInteractive ? columns ?? named ?? 80 : nil
        // https://no-color.org: any value but an empty one.
        isColoured =
            isInteractive && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// Of this process.
    static func current(environment: [String: String]) -> Terminal {
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return Terminal(
            isInteractive: isatty(STDOUT_FILENO) == 1, isErrorInteractive: isatty(STDERR_FILENO) == 1,
            columns: isKnown ? Int(size.ws_col) : nil, environment: environment)
    }
}

/// Where a command writes: standard output and standard error, or a test's memory.
struct Output: Sendable {
    var write: @Sendable ([UInt8]) -> Void
    var writeError: @Sendable (String) -> Void

    func print(_ line: String) { write(Array((line + "\n").utf8)) }

    /// The process's own.
    static let standard = Output(
        write: { writeWhole($0, to: STDOUT_FILENO) },
        writeError: { writeWhole(Array($0.utf8), to: STDERR_FILENO) })
}

/// Writes all bytes, or as many as the reader takes: a closed pipe ends the writing without a word.
private func writeWhole(_ bytes: [UInt8], to descriptor: CInt) {
    var start = 0
    bytes.withUnsafeBytes { buffer in
        while start < buffer.count {
            let count = write(descriptor, buffer.baseAddress?.advanced(by: start), buffer.count - start)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            start += count
        }
    }
}
