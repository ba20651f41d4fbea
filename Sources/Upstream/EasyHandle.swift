import CCurl
import Synchronization

/// libcurl refused an option, or had no memory.
struct CurlFailure: Error {
    var code: CURLcode
}

/// Owns one easy handle: the settings of a request, and its use of a connection while it runs.
struct EasyHandle: ~Copyable {
    let pointer: UnsafeMutableRawPointer
    private let mailbox: Mailbox

    /// Makes a handle, which the mailbox counts as long as it exists.
    init(countedBy mailbox: Mailbox) throws(CurlFailure) {
        guard let pointer = curl_easy_init() else { throw CurlFailure(code: CURLE_OUT_OF_MEMORY) }
        self.pointer = pointer
        self.mailbox = mailbox
        mailbox.liveHandles.add(1, ordering: .relaxed)
    }

    deinit {
        curl_easy_cleanup(pointer)
        mailbox.liveHandles.subtract(1, ordering: .relaxed)
    }

    func set(_ option: CURLoption, _ value: Int) throws(CurlFailure) {
        try check(ccurl_set_long(pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: Bool) throws(CurlFailure) {
        try check(ccurl_set_long(pointer, option, value ? 1 : 0))
    }

    /// Sets a text option, which libcurl copies; nil resets it.
    func set(_ option: CURLoption, _ value: String?) throws(CurlFailure) {
        try check(ccurl_set_string(pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) throws(CurlFailure) {
        try check(ccurl_set_pointer(pointer, option, value))
    }

    func set(_ option: CURLoption, _ receiver: @escaping ccurl_receive) throws(CurlFailure) {
        try check(ccurl_set_receiver(pointer, option, receiver))
    }

    func set(beforeSending callback: curl_prereq_callback, _ context: UnsafeMutableRawPointer)
        throws(CurlFailure)
    {
        try check(ccurl_set_prereq(pointer, callback))
        try check(ccurl_set_pointer(pointer, CURLOPT_PREREQDATA, context))
    }

    /// Closes the connection after this transfer, or after the last one that shares it and is set so too.
    func forbidReuse() { _ = ccurl_set_long(pointer, CURLOPT_FORBID_REUSE, 1) }

    /// Lets libcurl decompress the body that follows, or pass it on as it stands.
    ///
    /// libcurl 7.88 (Debian 12) reads the option when the body begins, so it may still be set once the headers
    /// are there.
    func setDecoding(_ isOn: Bool) {
        _ = ccurl_set_long(pointer, CURLOPT_HTTP_CONTENT_DECODING, isOn ? 1 : 0)
    }

    /// Copies a body into the handle, whose request becomes a POST.
    func setBody(_ body: [UInt8]) throws(CurlFailure) {
        try check(ccurl_set_long(pointer, CURLOPT_POST, 1))
        // The size comes first: without it libcurl would measure the body up to a NUL.
        try check(ccurl_set_offset(pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
        let outcome = body.withUnsafeBytes { bytes in
            ccurl_set_pointer(
                pointer, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        }
        try check(outcome)
    }

    func info(_ info: CURLINFO) -> Int { ccurl_info_long(pointer, info) }

    /// True if the connection that the request is about to be sent on is one of HTTP/2.
    var isOnHTTP2: Bool { ccurl_is_http2(pointer) != 0 }

    /// The first header of that name in the last response; interim responses and trailers do not count.
    func header(_ name: String) -> String? {
        var header: UnsafeMutablePointer<curl_header>?
        guard curl_easy_header(pointer, name, 0, UInt32(CURLH_HEADER), -1, &header) == CURLHE_OK else {
            return nil
        }
        return header.map { value(of: $0.pointee) }
    }

    /// All headers of that name in the last response.
    func headers(_ name: String) -> [String] {
        var values: [String] = []
        var header: UnsafeMutablePointer<curl_header>?
        while curl_easy_header(pointer, name, values.count, UInt32(CURLH_HEADER), -1, &header) == CURLHE_OK,
            let found = header
        {
            values.append(value(of: found.pointee))
        }
        return values
    }

    /// All headers of the last response, in order, names in lower case.
    var headers: [(name: String, value: String)] {
        var all: [(name: String, value: String)] = []
        var previous: UnsafeMutablePointer<curl_header>?
        while let next = curl_easy_nextheader(pointer, UInt32(CURLH_HEADER), -1, previous) {
            all.append((String(cString: next.pointee.name).lowercased(), value(of: next.pointee)))
            previous = next
        }
        return all
    }

    /// A header's value; libcurl 7.88 leaves the line's CR in an empty one, which is removed.
    private func value(of header: curl_header) -> String {
        let text = String(cString: header.value)
        return text == "\r" ? "" : text
    }

    private func check(_ code: CURLcode) throws(CurlFailure) {
        guard code == CURLE_OK else { throw CurlFailure(code: code) }
    }
}

/// Owns the list of request headers that a transfer reads while it runs.
struct HeaderList: ~Copyable {
    private(set) var list: UnsafeMutablePointer<curl_slist>?

    deinit { curl_slist_free_all(list) }

    mutating func append(_ line: String) throws(CurlFailure) {
        guard let longer = curl_slist_append(list, line) else { throw CurlFailure(code: CURLE_OUT_OF_MEMORY) }
        list = longer
    }
}
