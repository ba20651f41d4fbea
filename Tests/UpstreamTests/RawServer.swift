import Glibc
import Synchronization

/// A listener on loopback whose connections run a script, each on a thread of its own.
///
/// For answers that no HTTP server gives. It stops listening when the last reference goes.
final class RawServer: Sendable {
    let port: Int
    private let listener: Int32
    private let counter = Counter()

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    struct NoSocket: Error {}

    init(script: @escaping @Sendable (RawConnection) -> Void) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listen(listener, 128) == 0
                    && getsockname(listener, address, &size) == 0
            }
        }
        guard listener >= 0, bound else { throw NoSocket() }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        let counter = counter
        onThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { break }
                counter.value.add(1, ordering: .relaxed)
                onThread { script(RawConnection(connection)) }
            }
            close(listener)
        }
    }

    /// Answers every request on every connection with the same bytes.
    convenience init(answering answer: [UInt8]) throws {
        try self.init { connection in
            while connection.readRequest() != nil { connection.write(answer) }
        }
    }

    convenience init(answering answer: String) throws { try self.init(answering: Array(answer.utf8)) }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    var url: String { "http://127.0.0.1:\(port)/list" }
    var connections: Int { counter.value.load(ordering: .relaxed) }
}

/// One accepted connection; closed when the script releases it.
final class RawConnection {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// The next request with its body, as text; nil when the peer has closed.
    func readRequest() -> String? {
        var end: Int?
        while true {
            if end == nil { end = headEnd() }
            if let end {
                let head = String(decoding: buffer[..<end], as: UTF8.self)
                let length = head.split(separator: "\r\n")
                    .first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.drop { $0 != ":" }.dropFirst().drop { $0 == " " }) }
                let total = end + (length ?? 0)
                if buffer.count >= total {
                    defer { buffer.removeFirst(total) }
                    return String(decoding: buffer[..<total], as: UTF8.self)
                }
            }
            guard fill() else { return nil }
        }
    }

    private func headEnd() -> Int? {
        guard buffer.count >= 4 else { return nil }
        return (4...buffer.count).first { buffer[($0 - 4)..<$0].elementsEqual([13, 10, 13, 10]) }
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer += chunk[..<count]
        return true
    }

    /// Returns false once the peer has closed.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// Blocks this thread until the peer closes.
    func waitForClose() { while fill() {} }

    /// Blocks this thread until the peer sends or closes, ten milliseconds at most.
    func pause() {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&watched, 1, 10)
    }

    /// The port that the peer connected to.
    var localPort: Int {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = getsockname(descriptor, address, &size)
            }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Ends the connection by a reset rather than an orderly close.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}

/// Blocking scripts keep off the cooperative pool.
private func onThread(_ body: @escaping @Sendable () -> Void) {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    pthread_create(
        &thread, nil,
        { context in
            if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
            return nil
        }, Unmanaged.passRetained(Box(body)).toOpaque())
    pthread_detach(thread)
}
