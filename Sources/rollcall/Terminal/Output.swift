import Glibc
import Synchronization

/// The output of a command: standard output and standard error, or a test's memory.
///
/// Nothing else in the program writes to standard output.
struct Output: Sendable {
    /// Writes to standard output; after a failure, nothing more is written.
    var write: @Sendable ([UInt8]) -> Void
    /// Writes to standard error; what cannot be written there is lost.
    var writeError: @Sendable (String) -> Void
    /// Passes on what a file system may still hold back, and returns the first failure of the output.
    var finish: @Sendable () -> OutputFailure? = { nil }
    /// True once a write has failed: nobody will see what follows.
    var hasFailed: @Sendable () -> Bool = { false }

    func print(_ line: String) { write(Array((line + "\n").utf8)) }

    /// The output of this process.
    static let standard: Output = {
        let output = OutputDescriptor(STDOUT_FILENO)
        return Output(
            write: { output.write($0) },
            writeError: { _ = writeAll(Array($0.utf8), to: STDERR_FILENO) },
            finish: { output.finish() },
            hasFailed: { output.failure != nil })
    }()
}

/// The reason why an output is not complete.
struct OutputFailure: Error, Equatable, CustomStringConvertible {
    /// The system's error number, never 0.
    var code: CInt

    /// True if the reader closed the pipe, as `head` does once it has enough: that is no mistake.
    var isClosedPipe: Bool { code == EPIPE }

    var description: String { "the output could not be written: \(String(cString: strerror(code)))" }
}

/// A descriptor that is written to until the first failure, which it keeps.
final class OutputDescriptor: Sendable {
    private let descriptor: CInt
    private let state = Mutex<OutputFailure?>(nil)

    init(_ descriptor: CInt) { self.descriptor = descriptor }

    /// The first failure; nil while every write succeeded.
    var failure: OutputFailure? { state.withLock { $0 } }

    /// Writes all bytes, unless an earlier write failed.
    func write(_ bytes: [UInt8]) {
        // Under the lock, so that two writers do not mix their lines.
        state.withLock { failure in
            if failure == nil { failure = writeAll(bytes, to: descriptor) }
        }
    }

    /// Passes on what a network file system still holds back, as closing does; the descriptor stays open.
    ///
    /// - Returns: The first failure of all writes and of this step.
    func finish() -> OutputFailure? {
        state.withLock { failure in
            let copy = dup(descriptor)
            if copy >= 0, close(copy) != 0, errno != EINTR, failure == nil {
                failure = OutputFailure(code: errno)
            }
            return failure
        }
    }
}

/// Writes all bytes; waits where a descriptor that does not block is full.
///
/// - Returns: The failure after which bytes are missing; nil if all were written.
private func writeAll(_ bytes: [UInt8], to descriptor: CInt) -> OutputFailure? {
    bytes.withUnsafeBytes { buffer in
        var start = 0
        while start < buffer.count {
            let count = write(descriptor, buffer.baseAddress?.advanced(by: start), buffer.count - start)
            if count > 0 {
                start += count
                continue
            }
            let code = count < 0 ? errno : EIO
            if code == EAGAIN {
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&ready, 1, -1)
            } else if code != EINTR {
                return OutputFailure(code: code)
            }
        }
        return nil
    }
}

/// Standard descriptors and SIGPIPE.
extension Output {
    /// Prepares the process's standard descriptors; called once, before anything is opened.
    ///
    /// A closed pipe becomes an error of the write: a gateway whose log has lost its reader goes on serving. A
    /// descriptor that was closed at the start is occupied, so that no file of the program takes its number
    /// and is then written to; it fails with EBADF as before.
    static func prepareProcess() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
        where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
            // The lowest free number is this one, as those below are open by now.
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Ends the process as SIGPIPE ends any tool whose reader has gone: without a word.
    static func endAsClosedPipe() -> Never {
        signal(SIGPIPE, SIG_DFL)
        var pipe = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        pthread_sigmask(SIG_UNBLOCK, &pipe, nil)
        raise(SIGPIPE)
        exit(128 + SIGPIPE)
    }
}
