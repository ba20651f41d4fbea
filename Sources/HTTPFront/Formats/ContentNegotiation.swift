import Deployments
import Snapshots

extension QueryParser.Grammar {
    /// The forms that its route serves: those of records and groups have lines, others are single documents.
    var forms: [ResponseFormat] {
        names.contains(.fields) || names.contains(.groupBy) ? ResponseFormat.allCases : [.json]
    }
}

extension ReadRequest {
    /// What the answer is written in.
    var form: ResponseFormat { format ?? .json }

    /// Refuses what a line of cells cannot hold.
    ///
    /// - Throws: `invalid-parameter` that names `parameter`, which asked for it.
    func refusingIncludes(_ include: Set<Include>, askedBy parameter: QueryParser.Name) throws(Problem) {
        guard form == .csv, !include.isEmpty else { return }
        throw .invalid([
            ParameterError(
                parameter: parameter.rawValue, value: include.map(\.rawValue).sorted().joined(separator: ","),
                "csv has no cells for \(Include.allCases.map(\.rawValue).joined(separator: " and ")); ask for ndjson"
            )
        ])
    }
}

extension ReadContext {
    /// Reads the parameters, and settles the form: `format` wins, then what `Accept` likes best.
    ///
    /// An `Accept` that this route serves nothing of is passed over, as RFC 9110 §12.4.1 has it, and JSON is served;
    /// but where it names a form of other routes, that would be taken for an answer in that form.
    /// - Throws: `invalid-parameter` there, and for parameters as ``QueryParser`` does.
    func parsed(_ grammar: QueryParser.Grammar) throws(Problem) -> ReadRequest {
        var request = try QueryParser.parse(parameters, grammar: grammar, now: now)
        if request.format == nil {
            request.format = accept.form(among: grammar.forms)
            if request.format == nil, let named = accept.namedForm {
                throw Problem(
                    .invalidParameter,
                    "this route serves JSON only, and `Accept` asks for \(named.rawValue) alone")
            }
        }
        try request.refusingIncludes(request.query.include, askedBy: .include)
        return request
    }
}
