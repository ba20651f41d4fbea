import CZlib

struct NoGzip: Error {}

/// The uncompressed bytes of exactly one gzip member.
func gunzip(_ member: [UInt8]) throws -> [UInt8] {
    var stream = z_stream()
    guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
        throw NoGzip()
    }
    defer { inflateEnd(&stream) }
    var (member, text) = (member, [UInt8]())
    let room = 64 * 1024
    var code = Z_OK
    member.withUnsafeMutableBufferPointer { member in
        stream.next_in = member.baseAddress
        stream.avail_in = UInt32(member.count)
        while code == Z_OK {
            text.append(addingCapacity: room) { out in
                out.withUnsafeMutableBufferPointer { buffer, count in
                    stream.next_out = buffer.baseAddress.map { $0 + count }
                    stream.avail_out = UInt32(buffer.count - count)
                    code = inflate(&stream, Z_NO_FLUSH)
                    count = buffer.count - Int(stream.avail_out)
                }
            }
        }
    }
    guard code == Z_STREAM_END, stream.avail_in == 0 else { throw NoGzip() }
    return text
}
