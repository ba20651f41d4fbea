package import Deployments
import Glibc
import Synchronization

/// An advisory lock beside a store, `<path>.lock`: the kernel holds it for this process until its end,
/// however that comes.
package final class StoreLock: Sendable {
    /// The result of an attempt to take the lock.
    package enum Outcome: Sendable, Equatable {
        case taken
        case held(StoreHolder)
        /// There can be no lock here; the text is the system's reason.
        case impossible(String)
    }

    private let path: String
    /// The lock's open file; nil until the lock is taken.
    private let descriptor = Mutex<Int32?>(nil)

    /// Names the store's path; nothing is touched yet.
    package init(storePath: String) { path = storePath + ".lock" }

    deinit {
        if let descriptor = descriptor.withLock({ $0 }) { close(descriptor) }
    }

    /// Takes the lock unless another process has it; does not wait.
    ///
    /// A lock that this process has, but whose file is not at the path any more, is taken anew.
    package func take() -> Outcome {
        descriptor.withLock { held in
            if let held, isAtPath(held) { return .taken }
            // Another process may remove the file between opening and locking it.
            for _ in 0..<10 {
                let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
                guard opened >= 0 else { return .impossible(describeSystemError(errno)) }
                guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
                    let reason = errno
                    defer { close(opened) }
                    guard reason == EWOULDBLOCK else { return .impossible(describeSystemError(reason)) }
                    return .held(StoreHolder(processID: Self.processID(in: opened), lockPath: path))
                }
                if isAtPath(opened) {
                    note(in: opened)
                    if let former = held { close(former) }
                    held = opened
                    return .taken
                }
                close(opened)
            }
            return .impossible("its file is replaced again and again")
        }
    }

    private func isAtPath(_ opened: Int32) -> Bool {
        var (mine, current) = (stat(), stat())
        return fstat(opened, &mine) == 0 && stat(path, &current) == 0
            && mine.st_ino == current.st_ino && mine.st_dev == current.st_dev
    }

    /// Writes this process's id into the file, for the messages of others.
    private func note(in opened: Int32) {
        let line = Array("\(getpid())\n".utf8)
        ftruncate(opened, 0)
        _ = pwrite(opened, line, line.count, 0)
    }

    private static func processID(in opened: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(opened, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
