import Synchronization

/// The writes to each deployment, and those of them that were done, in their order; any task may use it.
package final class Effects: Sendable {
    /// One write that was done.
    package struct Effect: Sendable, Equatable {
        /// Its number among the requests of its dialect, from 1.
        package var request: Int
        /// Its method: `POST`, `PUT` or `DELETE`.
        package var method: String
        /// Its body as it came; empty where it had none.
        package var body: [UInt8]

        package init(request: Int, method: String, body: [UInt8]) {
            self.request = request
            self.method = method
            self.body = body
        }
    }

    /// The writes to one deployment.
    package struct Account: Sendable, Equatable {
        /// The number of writes that came, also of those that were refused or that a fault swallowed.
        package var received = 0
        /// The number of writes that were done.
        package var done = 0
        /// The writes that were done, oldest first; the first 10,000 of them.
        package var effects: [Effect] = []
    }

    struct Key: Hashable, Sendable {
        var dialect: Dialect
        /// As ``SandboxFleet/keys(_:)`` has it.
        var key: String
    }

    private struct State {
        var accounts: [Key: Account] = [:]
        /// The keys of `accounts` in the order of their first write.
        var keys: [Key] = []
    }

    private static let limit = 10_000
    private let state = Mutex(State())

    package init() {}

    /// The writes to a deployment since the start, or since ``forget()``; none for an unknown key.
    ///
    /// Keys are those of ``SandboxFleet/keys(_:)``.
    package func account(_ dialect: Dialect, _ key: String) -> Account {
        state.withLock { $0.accounts[Key(dialect: dialect, key: key)] ?? Account() }
    }

    /// Forgets all writes; what they did stays done.
    package func forget() { state.withLock { $0 = State() } }

    /// Every deployment that was written to, in the order of the first write; 10,000 at most.
    var all: [(key: Key, account: Account)] {
        state.withLock { state in state.keys.map { (key: $0, account: state.accounts[$0] ?? Account()) } }
    }

    /// Counts a write that came.
    func receive(_ dialect: Dialect, _ key: String) {
        change(dialect, key) { $0.received += 1 }
    }

    /// Adds a write that was done.
    func add(_ effect: Effect, _ dialect: Dialect, _ key: String) {
        change(dialect, key) {
            $0.done += 1
            if $0.effects.count < Self.limit { $0.effects.append(effect) }
        }
    }

    private func change(_ dialect: Dialect, _ key: String, _ body: (inout Account) -> Void) {
        let key = Key(dialect: dialect, key: key)
        state.withLock { state in
            if state.accounts[key] == nil {
                guard state.keys.count < Self.limit else { return }
                state.keys.append(key)
            }
            body(&state.accounts[key, default: Account()])
        }
    }
}
