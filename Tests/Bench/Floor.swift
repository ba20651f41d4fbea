import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The framework's floor: the same server as Rollcall's, answering whatever comes with one constant answer.
///
/// The answer is a file as `curl -i` writes it: its headers, and its body. A request with `If-None-Match` is
/// answered with 304.
func serveFloor(port: Int, answer path: String) async throws {
    let file = try Data(contentsOf: URL(filePath: path))
    guard let end = file.range(of: Data("\r\n\r\n".utf8)) else { throw CocoaError(.fileReadCorruptFile) }
    var headers = HTTPFields()
    for line in String(decoding: file[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n").dropFirst()
    {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let name = HTTPField.Name(String(parts[0])),
            ![.contentLength, .connection, .date].contains(name)
        else { continue }
        headers[name] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    let body = ByteBuffer(bytes: file[end.upperBound...])
    let floor = Floor(headers: headers, body: body)
    try await Application(
        responder: floor,
        server: .http1(configuration: .init(idleTimeout: .seconds(30))),
        configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port))
    ).runService()
}

private struct Floor: HTTPResponder {
    let headers: HTTPFields
    let body: ByteBuffer

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        guard request.headers[.ifNoneMatch] == nil else {
            var response = Response(status: .notModified, headers: headers)
            response.headers[.contentLength] = nil
            return response
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}
