/// The right to write to a store that other processes may use too: one of them has it, for all its life.
package protocol StoreLease: Sendable {
    /// Takes the right if no process has it; otherwise reads what the store holds.
    ///
    /// Called again and again, by one task, until this process has the right. Does not block the cooperative
    /// pool.
    func take() async -> LeaseTurn
}

/// The result of asking for the right to write to a store.
package enum LeaseTurn: Sendable {
    /// This process has the right from now on; `lists` are those that the store held then, nil where they
    /// could not be read.
    case taken(lists: [SourceLists]?)
    /// Another process has it. `lists` are those that the store holds, nil where they have not changed since
    /// the last call, or could not be read.
    case held(by: StoreHolder, lists: [SourceLists]?)
}

/// The process that may write to a store.
package struct StoreHolder: Sendable, Equatable {
    /// Its process id as it wrote it, by its own count; nil where it could not be read.
    package var processID: Int?
    /// The path of the lock's file, for operators.
    package var lockPath: String

    package init(processID: Int?, lockPath: String) {
        self.processID = processID
        self.lockPath = lockPath
    }

    /// The message for operators, in log lines and answers; holds nothing secret.
    package var message: String {
        "\(processID.map { "process \($0)" } ?? "another process") uses this store (lock \(lockPath)); "
            + "this gateway serves what it stores, and requests nothing from any platform"
    }
}
