import Glibc

/// The files that a path names, as they were at one moment: by device and inode, and the size of the database.
///
/// SQLite goes on writing to a file that was deleted, moved, or hidden by a mount, and nothing of that is there
/// at the next start; so the path is looked at before each save.
struct FileIdentity: Equatable, Sendable {
    private struct File: Equatable {
        var device: UInt64
        var inode: UInt64
        var size: Int64

        /// nil where there is no such file, or none that may be looked at.
        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            size = Int64(status.st_size)
        }

        func isSame(as other: File) -> Bool { device == other.device && inode == other.inode }
    }

    private let path: String
    private let database: File?
    private let log: File?

    /// Looks at the database and its log.
    init(path: String) {
        self.path = path
        database = File(path)
        log = File(path + "-wal")
    }

    /// True if the database had no byte yet.
    var isEmpty: Bool { database?.size == 0 }

    /// What happened to the files since they were looked at, for the operator; nil where nothing did.
    ///
    /// Called while nobody writes to them.
    var loss: String? {
        guard let database else { return nil }
        guard let now = File(path) else { return "it was deleted, moved or unmounted" }
        guard now.isSame(as: database) else { return "another file was put in its place" }
        guard now.size >= database.size else { return "it was truncated" }
        guard let log else { return nil }
        guard let now = File(path + "-wal") else { return "its log was deleted or moved" }
        return now.isSame(as: log) ? nil : "another log was put in the place of its own"
    }

    /// True unless the path of the log names another process's log by now; closing the file removes the log at
    /// that path.
    var isLogOwn: Bool {
        guard let now = File(path + "-wal") else { return true }
        return log.map { now.isSame(as: $0) } ?? false
    }
}

/// A system error's name and text, such as `EROFS: Read-only file system`.
func describeSystemError(_ number: Int32) -> String {
    let names: [Int32: String] = [
        EACCES: "EACCES", EPERM: "EPERM", EROFS: "EROFS", EIO: "EIO", EDQUOT: "EDQUOT", ENOSPC: "ENOSPC",
        EFBIG: "EFBIG", ENOENT: "ENOENT", ENOTDIR: "ENOTDIR", EISDIR: "EISDIR", EMFILE: "EMFILE",
        ENFILE: "ENFILE", ESTALE: "ESTALE", ENODEV: "ENODEV", ENXIO: "ENXIO",
    ]
    return (names[number] ?? "errno \(number)") + ": " + String(cString: strerror(number))
}
