import GRDB
import Glibc

/// An attempt to write where a store is or will be; it leaves nothing behind and does not open the store for
/// writing.
package struct StoreProbe {
    private let path: String

    /// Names the database's path; nothing is touched yet.
    package init(path: String) { self.path = path }

    /// The reason why no store can be written at the path, for the operator; nil if one can be.
    ///
    /// Blocks.
    package var problem: StoreError? {
        if let refusal { return StoreError(code: .unusable, detail: path, reason: refusal) }
        var configuration = Configuration()
        configuration.readonly = true
        // A file that is new or damaged is no problem: it is replaced.
        guard let database = try? DatabaseQueue(path: path, configuration: configuration),
            let owner = try? database.read({ try StoreSchema.identify($0) }), case .foreign = owner
        else { return nil }
        return StoreError(code: .foreign, detail: path)
    }

    /// The system's reason why the file cannot be written to or created, such as
    /// `EROFS: Read-only file system`.
    var refusal: String? {
        var status = stat()
        if stat(path, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { return describeSystemError(EISDIR) }
            // Not opened: closing a database's file would end SQLite's locks on it.
            guard access(path, R_OK | W_OK) == 0 else { return describeSystemError(errno) }
        } else if errno != ENOENT {
            return describeSystemError(errno)
        }
        // SQLite creates files of its own beside the database.
        let probe = "\(path).probe-\(getpid())"
        let descriptor = open(probe, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return describeSystemError(errno) }
        close(descriptor)
        unlink(probe)
        return nil
    }
}
