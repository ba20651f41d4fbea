import Logging
import NIOCore
import Synchronization

/// One open connection, as the table of all sees it.
final class OpenConnection: Sendable {
    /// The network that is counted; nil for a client whose connections are not: loopback, or a trusted proxy.
    let network: ClientAddress?
    /// The time since which the connection is idle, in nanoseconds of uptime; 0 while it is not.
    private let idleSince = Atomic<UInt64>(0)
    /// Asks the connection to close if it is still idle; called from any thread.
    let giveWay: @Sendable () -> Void

    init(network: ClientAddress?, giveWay: @escaping @Sendable () -> Void) {
        self.network = network
        self.giveWay = giveWay
    }

    /// Notes that the connection waits for a request from `now` on, or with nil that it does not.
    func idle(since now: NIODeadline?) { idleSince.store(now?.uptimeNanoseconds ?? 0, ordering: .relaxed) }

    /// nil while it is not idle.
    fileprivate var idleTime: UInt64? {
        let time = idleSince.load(ordering: .relaxed)
        return time == 0 ? nil : time
    }
}

/// All open connections of a server: who may come in, and who has to give way.
///
/// Beyond the limits the connection that has been idle for longest gives way. If none is idle, the new one gets a place in
/// a reserve, in which only probes are answered; there the one that came first gives way, of the network with the most.
final class ConnectionTable: Sendable {
    /// The numbers of connections, all at least 1.
    struct Limits: Sendable, Equatable {
        /// Beside the reserve.
        var connections: Int
        /// Of one network, beside the reserve.
        var perAddress: Int
        /// Beyond either limit.
        var reserve: Int
    }

    /// What a connection may ask for.
    enum Place: Equatable { case regular, reserve }

    fileprivate struct State {
        var regular: [ObjectIdentifier: OpenConnection] = [:]
        var counts: [ClientAddress: Int] = [:]
        /// In the order in which they came.
        var reserve: [OpenConnection] = []
    }

    private let limits: Limits
    private let state = Mutex(State())
    private let log: RateLimitedLog

    init(limits: Limits, logger: Logger) {
        self.limits = limits
        log = RateLimitedLog(
            .warning, "too many connections: idle ones are closed, others are answered 503", logger: logger)
    }

    /// Enters a connection, which has to be idle; ``remove(_:)`` ends that.
    func admit(_ connection: OpenConnection) -> Place {
        let (place, yielding, limit) = state.withLock { state -> (Place, OpenConnection?, Limit?) in
            guard let limit = state.limit(for: connection, within: limits) else {
                state.add(connection)
                return (.regular, nil, nil)
            }
            if let idle = state.longestIdle(of: limit == .perAddress ? connection.network : nil) {
                state.remove(idle)
                state.add(connection)
                return (.regular, idle, limit)
            }
            state.reserve.append(connection)
            return (.reserve, state.reserve.count > limits.reserve ? state.leaveReserve() : nil, limit)
        }
        yielding?.giveWay()
        if let limit {
            log.note([
                "limit": "listen.limits.\(limit.rawValue)",
                "connections": "\(limit == .perAddress ? limits.perAddress : limits.connections)",
            ])
        }
        return place
    }

    /// Forgets a connection that has ended, or that had to give way already.
    func remove(_ connection: OpenConnection) { state.withLock { $0.remove(connection) } }

    /// Takes back a connection that had to give way when its client was just sending a request.
    func restore(_ connection: OpenConnection) { state.withLock { $0.add(connection) } }
}

private enum Limit: String {
    case connections
    case perAddress = "per_address"
}

extension ConnectionTable.State {
    /// The limit that one more connection would exceed; nil if it would none.
    fileprivate func limit(
        for connection: OpenConnection, within limits: ConnectionTable.Limits
    ) -> Limit? {
        if let network = connection.network, counts[network, default: 0] >= limits.perAddress {
            return .perAddress
        }
        return regular.count >= limits.connections ? .connections : nil
    }

    /// nil if no connection, or none of the network, is idle.
    fileprivate func longestIdle(of network: ClientAddress?) -> OpenConnection? {
        var longest: (connection: OpenConnection, since: UInt64)?
        for connection in regular.values where network == nil || connection.network == network {
            guard let since = connection.idleTime, since < longest?.since ?? .max else { continue }
            longest = (connection, since)
        }
        return longest?.connection
    }

    /// Takes from the reserve, which is not empty, the first connection of the network that has the most there.
    fileprivate mutating func leaveReserve() -> OpenConnection? {
        let counts = Dictionary(reserve.map { ($0.network, 1) }, uniquingKeysWith: +)
        let most = counts.values.max()
        return reserve.firstIndex { counts[$0.network] == most }.map { reserve.remove(at: $0) }
    }

    fileprivate mutating func add(_ connection: OpenConnection) {
        guard regular.updateValue(connection, forKey: ObjectIdentifier(connection)) == nil else { return }
        if let network = connection.network { counts[network, default: 0] += 1 }
    }

    fileprivate mutating func remove(_ connection: OpenConnection) {
        guard regular.removeValue(forKey: ObjectIdentifier(connection)) != nil else {
            reserve.removeAll { $0 === connection }
            return
        }
        guard let network = connection.network, let count = counts[network] else { return }
        counts[network] = count > 1 ? count - 1 : nil
    }
}
