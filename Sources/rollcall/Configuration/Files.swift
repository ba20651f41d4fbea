import Glibc

/// The reason why a file could not be read.
struct FileError: Error, Equatable, CustomStringConvertible {
    var path: String
    /// A text of this program, or the system's message for `errno`.
    var reason: String
    /// True if there is no such file.
    var isMissing = false
    /// True if the process, or the system, has no file descriptor left, which is not the file's fault.
    var lacksDescriptors = false

    var description: String { "\(path) \(reason)" }
}

/// Reads a complete file of at most `limit` bytes.
///
/// `onlyRegular` refuses pipes and devices, which could keep the reader waiting forever.
func readFile(_ path: String, limit: Int, onlyRegular: Bool) throws(FileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | (onlyRegular ? O_NONBLOCK : 0))
    guard descriptor >= 0 else {
        let code = errno
        throw FileError(
            path: path, reason: "cannot be read: \(systemMessage(code))", isMissing: code == ENOENT,
            lacksDescriptors: code == EMFILE || code == ENFILE)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
        throw FileError(path: path, reason: "is a folder")
    }
    guard !onlyRegular || status.st_mode & S_IFMT == S_IFREG else {
        throw FileError(path: path, reason: "is not a regular file")
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else {
            throw FileError(path: path, reason: "cannot be read: \(systemMessage(errno))")
        }
        guard count > 0 else { return bytes }
        bytes.append(contentsOf: chunk[..<count])
        guard bytes.count <= limit else {
            throw FileError(path: path, reason: "is larger than \(limit) bytes")
        }
    }
}

private func systemMessage(_ code: CInt) -> String { String(cString: strerror(code)) }

/// An absolute path without `.` and `..`; a relative one starts at `folder`.
func absolutePath(_ path: String, in folder: String) -> String {
    var parts: [Substring] = []
    for part in (path.hasPrefix("/") ? path : folder + "/" + path).split(separator: "/") where part != "." {
        if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
}

/// The folder of an absolute path's last part.
func folder(of path: String) -> String {
    absolutePath(path + "/..", in: "/")
}

/// The names in a folder, sorted; without `.` and `..`.
func names(inFolder path: String) throws(FileError) -> [String] {
    guard let stream = opendir(path) else {
        let code = errno
        throw FileError(
            path: path, reason: "cannot be read: \(systemMessage(code))", isMissing: code == ENOENT)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
            field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)) {
                String(cString: $0)
            }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}
