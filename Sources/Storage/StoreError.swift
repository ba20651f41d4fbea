import Deployments

/// Why lists cannot be kept.
package struct StoreError: CausedError, CustomStringConvertible {
    /// What the operator can do about it.
    package enum Code: String, Sendable {
        /// The path cannot be opened or created: its folder, its permissions, or another process's lock.
        case unusable
        /// The file is another program's database; it is left as it is.
        case foreign
        /// A file that could not be read could not be moved out of the way either.
        case immovable
    }

    package var code: Code
    /// For the operator's log: the path.
    package var detail: String
    /// SQLite's or the file system's own error, where there is one.
    package var cause: (any Error)?

    package var description: String {
        switch code {
        case .unusable: "the store \(detail) cannot be opened"
        case .foreign: "the store \(detail) is another program's database"
        case .immovable: "the store \(detail) cannot be read, nor set aside"
        }
    }
}
