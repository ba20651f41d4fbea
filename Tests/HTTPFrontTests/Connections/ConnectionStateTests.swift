import NIOCore
import Testing

@testable import HTTPFront

@Suite struct ConnectionStateTests {
    private static let timeouts = ConnectionState.Timeouts(
        idle: .seconds(30), request: .seconds(10), linger: .seconds(1), shutdown: .seconds(3),
        output: ResponseStreams.Limits())

    private func second(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(100 + seconds) }

    private func connection() -> ConnectionState { ConnectionState(timeouts: Self.timeouts, at: second(0)) }

    @Test func aConnectionWithoutARequestEndsAfterTheIdleTime() {
        var connection = connection()
        #expect(connection.isIdle(unsent: 0))
        #expect(connection.due(at: second(29), unsent: 0) == nil)
        #expect(connection.due(at: second(30), unsent: 0) == .close(.idle))
    }

    @Test func headersHaveTenSecondsFromTheirFirstByteHoweverOftenMoreCome() {
        var connection = connection()
        for time in [20, 25, 29] as [Int64] { connection.bytesArrived(at: second(time)) }
        #expect(!connection.isIdle(unsent: 0))
        #expect(connection.due(at: second(29), unsent: 0) == nil)
        #expect(connection.due(at: second(30), unsent: 0) == .timeOut)
    }

    @Test func aBodyHasTenSecondsMoreAndItsConnectionGivesWayOnceItIsAnswered() {
        var connection = connection()
        connection.bytesArrived(at: second(0))
        connection.headArrived(at: second(9))
        #expect(!connection.isIdle(unsent: 0))
        connection.answered(at: second(9))
        #expect(connection.isIdle(unsent: 0))
        for time in [10, 14, 18] as [Int64] { connection.bytesArrived(at: second(time)) }
        #expect(connection.due(at: second(18), unsent: 0) == nil)
        #expect(connection.due(at: second(19), unsent: 0) == .close(.slowBody))
    }

    @Test func noDeadlineOfTheClientRunsWhileItsRequestIsBeingAnswered() {
        var connection = connection()
        connection.bytesArrived(at: second(0))
        connection.headArrived(at: second(0))
        connection.requestEnded(at: second(0))
        connection.bytesArrived(at: second(1))
        #expect(connection.due(at: second(1000), unsent: 0) == nil)
        connection.answered(at: second(1000))
        #expect(connection.due(at: second(1009), unsent: 0) == nil)
        #expect(connection.due(at: second(1010), unsent: 0) == .timeOut)
    }

    @Test func theIdleTimeBeginsWhenTheAnswerIsSent() {
        var connection = connection()
        connection.headArrived(at: second(0))
        connection.requestEnded(at: second(0))
        connection.wrote(1000, at: second(0))
        connection.answered(at: second(0))
        #expect(!connection.isIdle(unsent: 1))
        #expect(connection.isIdle(unsent: 0))
        #expect(connection.due(at: second(50), unsent: 1) == nil)
        #expect(connection.due(at: second(79), unsent: 0) == nil)
        #expect(connection.due(at: second(80), unsent: 0) == .close(.idle))
    }

    @Test func anAnswerThatIsNotReadEndsTheConnection() {
        var connection = connection()
        connection.headArrived(at: second(0))
        connection.wrote(1000, at: second(0))
        #expect(connection.due(at: second(59), unsent: 1000) == nil)
        #expect(connection.due(at: second(60), unsent: 999) == .close(.slowReader))
    }

    @Test func shutdownWaitsThreeSecondsForAClientThatReadsNothing() {
        var connection = connection()
        connection.headArrived(at: second(0))
        connection.wrote(1000, at: second(0))
        connection.shutDown()
        #expect(connection.due(at: second(2), unsent: 500) == nil)
        #expect(connection.due(at: second(4), unsent: 500) == nil)
        #expect(connection.due(at: second(5), unsent: 500) == .close(.slowReader))
    }

    @Test func shutdownEndsAConnectionAsSoonAsItsAnswerIsSent() {
        var connection = connection()
        connection.headArrived(at: second(0))
        connection.wrote(1000, at: second(0))
        connection.answered(at: second(0))
        connection.shutDown()
        #expect(connection.due(at: second(1), unsent: 1) == nil)
        #expect(connection.due(at: second(1), unsent: 0) == .close(.shutdown))
    }

    @Test func theNextCheckIsNoLaterThanAnyDeadlineCouldBe() {
        var connection = connection()
        // A request that arrives right after the check has ten seconds.
        #expect(connection.nextCheck(after: second(0)) == second(10))
        #expect(connection.nextCheck(after: second(25)) == second(30))
        connection.bytesArrived(at: second(26))
        #expect(connection.nextCheck(after: second(30)) == second(36))
        connection.headArrived(at: second(31))
        connection.wrote(1000, at: second(31))
        #expect(connection.nextCheck(after: second(36)) == second(46))
        #expect(connection.nextCheck(after: second(86)) == second(91))
        connection.shutDown()
        #expect(connection.nextCheck(after: second(32)) == second(32) + .milliseconds(375))
        connection.linger(at: second(40))
        #expect(connection.nextCheck(after: second(40)) == second(41))
    }

    @Test func afterItsLastAnswerAClientHasASecondToClose() {
        var connection = connection()
        connection.end()
        #expect(!connection.isIdle(unsent: 0))
        #expect(connection.due(at: second(20), unsent: 0) == nil)
        connection.linger(at: second(20))
        #expect(connection.due(at: second(20), unsent: 0) == nil)
        #expect(connection.due(at: second(21), unsent: 0) == .close(.ended))
    }
}
