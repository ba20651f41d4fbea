import Glibc

/// Why a file could not be read.
struct FileError: Error, Equatable, CustomStringConvertible {
    var path: String
    /// Ours, or the system's words for `errno`.
    var reason: String
    /// Whether there is no such file.
    var isMissing = false

    var description: String { "\(path) \(reason)" }
}

/// Reads a file whole, or not at all.
///
/// `onlyRegular` refuses pipes and devices, which could keep the reader waiting for ever.
func readWholeFile(_ path: String, limit: Int, onlyRegular: Bool) throws(FileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | (onlyRegular ? O_NONBLOCK : 0))
    guard descriptor >= 0 else {
        let code = errno
        throw FileError(
            path: path, reason: "cannot be read: \(systemMessage(code))", isMissing: code == ENOENT)
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

/// A path from the root, without `.` and `..`; one that is relative starts at `folder`.
func absolutePath(_ path: String, in folder: String) -> String {
    var parts: [Substring] = []
    for part in (path.hasPrefix("/") ? path : folder + "/" + path).split(separator: "/") where part != "." {
        if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
}

/// The folder that an absolute path's last part stands in.
func folder(of path: String) -> String {
    absolutePath(path + "/..", in: "/")
}

/// What stands in a folder, by name, sorted; `.` and `..` left out.
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
