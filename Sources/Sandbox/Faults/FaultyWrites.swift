extension FaultyTransit {
    /// Applies the faults by which a write is never done.
    ///
    /// It throws once the connection is closed.
    func beforeWrite(_ request: PlatformRequest, _ dialect: Dialect, over connection: Connection)
        async throws(ConnectionDropped)
    {
        if request.faults[.resetBeforeWrite] != nil {
            await connection.reset()
            throw ConnectionDropped()
        }
        if request.faults[.hangBeforeWrite] != nil {
            await hold(request, dialect, by: .hangBeforeWrite)
            await connection.close()
            throw ConnectionDropped()
        }
    }

    /// Applies the faults that take away or delay the response to a write that was done.
    ///
    /// It throws once the connection is closed.
    func afterWrite(_ request: PlatformRequest, _ dialect: Dialect, over connection: Connection)
        async throws(ConnectionDropped)
    {
        await hold(request, dialect, by: .hangAfterWrite)
        if request.faults[.resetAfterWrite] != nil {
            await connection.reset()
            throw ConnectionDropped()
        }
        if let setting = request.faults[.endlessHead] {
            await sendHead(for: setting.seconds ?? 3600, dialect, over: connection)
            await connection.close()
            throw ConnectionDropped()
        }
    }

    /// Sends the begin of a response's head, and then a field each second.
    private func sendHead(for seconds: Double, _ dialect: Dialect, over connection: Connection) async {
        do {
            try await connection.beginSending()
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
            var left = seconds
            var part = 0
            while left > 0, faults.active(.endlessHead, on: dialect) != nil, !Task.isCancelled {
                part += 1
                try await connection.send("X-Part: \(part)\r\n")
                await faults.waitUntilCleared(
                    .endlessHead, on: dialect, atMost: .seconds(min(left, 1)), clock: clock)
                left -= 1
            }
        } catch {
            // The client has gone.
        }
    }
}
