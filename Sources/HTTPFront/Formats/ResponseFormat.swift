/// What an answer is written in: a JSON document, or lines about rows.
package enum ResponseFormat: String, CaseIterable, Sendable {
    case json, csv, ndjson

    /// By which `Accept` may ask for it, in lower case.
    var mediaTypes: [String] {
        switch self {
        case .json: ["application/json"]
        case .csv: ["text/csv"]
        case .ndjson: ["application/x-ndjson", "application/ndjson"]
        }
    }

    /// Its own type, with what belongs to it.
    var contentType: String {
        switch self {
        case .json: "application/json"
        case .csv: "text/csv; charset=utf-8; header=present"
        case .ndjson: "application/x-ndjson"
        }
    }
}

extension AcceptHeader {
    /// As `Accept`: the most welcome of these forms, the first of equally welcome ones; nil where none is.
    func form(among forms: [ResponseFormat]) -> ResponseFormat? {
        forms.map { (form: $0, weight: weight(of: $0)) }.filter { $0.weight > 0 }
            .max { $0.weight < $1.weight }?.form
    }

    /// As `Accept`: a form that is asked for by its own name; nil where none is.
    var namedForm: ResponseFormat? {
        ResponseFormat.allCases.first { $0.mediaTypes.contains { weight(of: $0) ?? 0 > 0 } }
    }

    /// The nearest range decides: the type itself, else any of its kind, else anything (RFC 9110 §12.5.1).
    private func weight(of form: ResponseFormat) -> Int {
        let exact = form.mediaTypes.compactMap { weight(of: $0) }.max()
        let kind = form.mediaTypes.first.map { $0.prefix { $0 != "/" } + "/*" }
        return exact ?? kind.flatMap { weight(of: String($0)) } ?? weight(of: "*/*") ?? 0
    }
}
