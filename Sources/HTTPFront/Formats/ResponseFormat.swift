/// The format of a response: a JSON document, or lines for rows.
package enum ResponseFormat: String, CaseIterable, Sendable {
    case json, csv, ndjson

    /// The media types by which `Accept` may request it, in lower case.
    var mediaTypes: [String] {
        switch self {
        case .json: ["application/json"]
        case .csv: ["text/csv"]
        case .ndjson: ["application/x-ndjson", "application/ndjson"]
        }
    }

    /// The value of `Content-Type`, with its parameters.
    var contentType: String {
        switch self {
        case .json: "application/json"
        case .csv: "text/csv; charset=utf-8; header=present"
        case .ndjson: "application/x-ndjson"
        }
    }
}
