/// An error that keeps lists from being stored.
package struct StoreError: Error, CustomStringConvertible {
    /// One case per thing that the operator can do about it.
    package enum Code: String, Sendable {
        /// The path cannot be opened or created: its folder, its permissions, or another process's lock.
        case unusable
        /// The file is another program's database; it is left as it is.
        case foreign
        /// A file that could not be read could not be moved out of the way either.
        case immovable
    }

    /// The kind of the error.
    package var code: Code
    /// The path, for the operator's log.
    package var detail: String
    /// SQLite's or the file system's own error, where there is one; it holds no row.
    package var reason: String?

    package var description: String {
        let problem =
            switch code {
            case .unusable: "the store \(detail) cannot be opened"
            case .foreign: "the store \(detail) is another program's database; name another file"
            case .immovable: "the store \(detail) can be neither read nor renamed"
            }
        return problem + (reason.map { ": \($0)" } ?? "")
    }
}
