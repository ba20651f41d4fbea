import Upstream

extension UpstreamResponse {
    /// The format of a body that is meant for a browser or another program, in plain words; nil if it is none
    /// of these.
    ///
    /// Only the first KiB decides, and the content type where the body begins like no format.
    var foreignFormat: String? {
        let start = String(decoding: body.prefix(1024), as: UTF8.self).lowercased()
            .drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        if start.hasPrefix("<") {
            let isXML =
                start.hasPrefix("<?xml") && !start.contains("<html") && !start.contains("<!doctype html")
            return isXML ? "an XML document" : "an HTML page"
        }
        let isHTML = header("content-type")?.lowercased().hasPrefix("text/html") == true
        return isHTML && !start.isEmpty && !start.hasPrefix("{") && !start.hasPrefix("[")
            ? "an HTML page" : nil
    }
}
