import Glibc

/// Starts a detached thread with every signal blocked; it ends when `body` returns.
///
/// - Returns: False if the system cannot create a thread; `body` is then not called.
package func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    let outcome = pthread_create(
        &thread, nil,
        { context in
            // SIGPIPE too: OpenSSL's writes would raise it here when a peer has closed its connection.
            var all = sigset_t()
            sigfillset(&all)
            pthread_sigmask(SIG_BLOCK, &all, nil)
            if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
            return nil
        }, box.toOpaque())
    guard outcome == 0 else {
        box.release()
        return false
    }
    pthread_detach(thread)
    return true
}
