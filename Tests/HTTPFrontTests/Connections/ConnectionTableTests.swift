import Logging
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import HTTPFront

@Suite struct ConnectionTableTests {
    /// The names of connections that had to give way, in this order.
    private final class GivenWay: Sendable {
        let names = Mutex<[String]>([])
    }

    private let givenWay = GivenWay()
    private let log = LogLines()

    private func table(_ connections: Int, perAddress: Int = 100, reserve: Int = 2) -> ConnectionTable {
        ConnectionTable(
            limits: ConnectionTable.Limits(
                connections: connections, perAddress: perAddress, reserve: reserve),
            logger: log.logger(.warning))
    }

    /// A connection that is idle since this second of uptime; nil: it is not.
    private func connection(_ name: String, from address: String? = nil, idleSince: Int64?) -> OpenConnection
    {
        let connection = OpenConnection(network: address.flatMap(ClientAddress.init)) { [givenWay] in
            givenWay.names.withLock { $0.append(name) }
        }
        connection.idle(since: idleSince.map { .uptimeNanoseconds(0) + .seconds($0) })
        return connection
    }

    private var gaveWay: [String] { givenWay.names.withLock { $0 } }

    @Test func whenFullTheLongestIdleGivesWay() {
        let table = table(2)
        #expect(table.admit(connection("young", idleSince: 9)) == .regular)
        #expect(table.admit(connection("old", idleSince: 5)) == .regular)
        #expect(log.lines.isEmpty)
        #expect(table.admit(connection("new", idleSince: 10)) == .regular)
        #expect(gaveWay == ["old"])
        #expect(table.admit(connection("newer", idleSince: 11)) == .regular)
        #expect(gaveWay == ["old", "young"])
    }

    @Test func ifNoneIsIdleTheNewOneGetsAPlaceInTheReserve() {
        let table = table(1)
        let busy = connection("busy", idleSince: nil)
        #expect(table.admit(busy) == .regular)
        #expect(table.admit(connection("first", idleSince: 1)) == .reserve)
        #expect(table.admit(connection("second", idleSince: 2)) == .reserve)
        #expect(gaveWay == [])
        // The reserve is full: the first there gives way.
        #expect(table.admit(connection("third", idleSince: 3)) == .reserve)
        #expect(gaveWay == ["first"])
        table.remove(busy)
        #expect(table.admit(connection("fourth", idleSince: 4)) == .regular)
        #expect(gaveWay == ["first"])
    }

    @Test func oneAddressHasItsOwnLimitAndOnlyItsOwnConnectionsGiveWay() {
        let table = table(10, perAddress: 2)
        let busy = connection("busy", from: "10.0.0.1", idleSince: nil)
        #expect(table.admit(connection("other", from: "10.0.0.2", idleSince: 1)) == .regular)
        #expect(table.admit(busy) == .regular)
        let idle = connection("idle", from: "10.0.0.1", idleSince: 2)
        #expect(table.admit(idle) == .regular)
        #expect(table.admit(connection("more", from: "10.0.0.1", idleSince: nil)) == .regular)
        #expect(gaveWay == ["idle"])
        #expect(table.admit(connection("most", from: "10.0.0.1", idleSince: 4)) == .reserve)
        table.remove(busy)
        #expect(table.admit(connection("again", from: "10.0.0.1", idleSince: 5)) == .regular)
        #expect(gaveWay == ["idle"])
    }

    @Test func inTheReserveTheNetworkWithTheMostGivesWay() {
        let table = table(1, reserve: 3)
        _ = table.admit(connection("busy", idleSince: nil))
        for (name, address) in [
            ("probe", "10.0.0.1"), ("first", "10.0.0.2"), ("second", "10.0.0.2"), ("third", "10.0.0.2"),
            ("fourth", "10.0.0.2"),
        ] {
            #expect(table.admit(connection(name, from: address, idleSince: 1)) == .reserve)
        }
        #expect(gaveWay == ["first", "second"])
    }

    @Test func connectionsOfNoCountedAddressHaveOnlyTheLimitOfAll() {
        let table = table(4, perAddress: 1)
        for number in 1...4 { #expect(table.admit(connection("\(number)", idleSince: nil)) == .regular) }
        #expect(table.admit(connection("5", idleSince: 1)) == .reserve)
    }

    @Test func aConnectionThatIsTakenBackIsCountedAgain() {
        let table = table(1)
        let first = connection("first", idleSince: 1)
        #expect(table.admit(first) == .regular)
        #expect(table.admit(connection("second", idleSince: nil)) == .regular)
        first.idle(since: nil)
        table.restore(first)
        #expect(table.admit(connection("third", idleSince: 1)) == .reserve)
        table.remove(first)
        table.remove(first)
        #expect(table.admit(connection("fourth", idleSince: 1)) == .reserve)
    }

    @Test func theLogHasOneWarningForACrowd() {
        let table = table(1)
        for number in 1...1000 { _ = table.admit(connection("\(number)", idleSince: nil)) }
        #expect(
            log.lines == [
                "warning too many connections: idle ones are closed, others are answered 503 connections=1 events=1 "
                    + "limit=listen.limits.connections"
            ])
    }

    @Test func eachMinuteHasItsNumberOfEventsAtItsEnd() throws {
        let lines = LogLines()
        let start = NIODeadline.uptimeNanoseconds(0) + .seconds(1000)
        let due = Mutex<[(time: NIODeadline, body: @Sendable () -> Void)]>([])
        let limited = RateLimitedLog(.warning, "too slow", logger: lines.logger()) { time, body in
            due.withLock { $0.append((time, body)) }
        }
        func runTask() throws -> TimeAmount {
            let task = try #require(due.withLock { $0.isEmpty ? nil : $0.removeFirst() })
            task.body()
            return task.time - start
        }
        func note(_ seconds: [Int64]) {
            for second in seconds { limited.note(at: start + .seconds(second), ["second": "\(second)"]) }
        }
        note([0, 1, 2, 59])
        #expect(lines.lines == ["warning too slow events=1 second=0"])
        #expect(try runTask() == .seconds(60))
        note([61])
        #expect(try runTask() == .seconds(120))
        #expect(due.withLock { $0.isEmpty })
        note([200])
        #expect(
            lines.lines.dropFirst() == [
                "warning too slow events=3 second=1", "warning too slow events=1 second=61",
                "warning too slow events=1 second=200",
            ])
    }
}
