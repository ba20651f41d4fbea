import HTTPTypes
import Hummingbird
import NIOCore

/// Thrown while a body is written, so that the server closes the connection instead of finishing it.
struct ConnectionDropped: Error {}

/// Makes the HTTP response for a platform response, and applies the faults that affect its transmission.
struct FaultyTransit: Sendable {
    var faults: Faults
    var clock: any Clock<Duration>

    /// Waits while a fault, such as `hang`, holds the request; returns at once where it does not hit it.
    func hold(_ request: PlatformRequest, _ dialect: Dialect, by fault: Fault = .hang) async {
        guard let setting = request.faults[fault] else { return }
        await faults.waitUntilCleared(
            fault, on: dialect, atMost: .seconds(setting.seconds ?? 3600), clock: clock)
    }

    func response(_ response: PlatformResponse, to request: PlatformRequest, _ dialect: Dialect) -> Response {
        if request.method == .head {
            var headers = response.headers
            headers[.contentLength] = "\(response.body.count)"
            return Response(status: response.status, headers: headers)
        }
        let body = ByteBuffer(bytes: response.body)
        var headers = response.headers
        let sent: ResponseBody
        if request.faults[.reset] != nil {
            sent = dropped(body, after: 0)
        } else if request.faults[.truncated] != nil {
            sent = dropped(body, after: body.readableBytes / 2)
        } else if request.faults[.cutJSON] != nil {
            sent = ResponseBody(byteBuffer: body.getSlice(at: 0, length: body.readableBytes / 2) ?? body)
        } else if let large = request.faults[.large] {
            sent = Self.padding(megabytes: large.megabytes ?? 100)
        } else if let slow = request.faults[.slow] {
            sent = dripping(body, over: slow.seconds ?? 10, dialect)
        } else {
            sent = ResponseBody(byteBuffer: body)
        }
        if let length = sent.contentLength { headers[.contentLength] = "\(length)" }
        return Response(status: response.status, headers: headers, body: sent)
    }

    private func dropped(_ body: ByteBuffer, after count: Int) -> ResponseBody {
        ResponseBody(contentLength: body.readableBytes) { writer in
            if count > 0, let part = body.getSlice(at: 0, length: count) { try await writer.write(part) }
            throw ConnectionDropped()
        }
    }

    /// The body in at most 50 pieces; once the fault is switched off, the rest follows without delay.
    private func dripping(_ body: ByteBuffer, over seconds: Double, _ dialect: Dialect) -> ResponseBody {
        ResponseBody(contentLength: body.readableBytes) { writer in
            var rest = body
            let piece = max(1, (body.readableBytes + 49) / 50)
            while let next = rest.readSlice(length: min(piece, max(1, rest.readableBytes))) {
                try await writer.write(next)
                await faults.waitUntilCleared(
                    .slow, on: dialect, atMost: .seconds(seconds / 50), clock: clock)
            }
            try await writer.finish(nil)
        }
    }

    /// A body of one JSON string, without a Content-Length.
    private static func padding(megabytes: Int) -> ResponseBody {
        ResponseBody { writer in
            try await writer.write(ByteBuffer(string: "{\"padding\":\""))
            let block = ByteBuffer(repeating: UInt8(ascii: "x"), count: 65_536)
            for _ in 0..<(megabytes * 16) { try await writer.write(block) }
            try await writer.write(ByteBuffer(string: "\"}"))
            try await writer.finish(nil)
        }
    }
}
