import Wire

/// An error in one parameter of a request.
package struct ParameterError: Error, Sendable, Equatable {
    /// The parameter's name as the client wrote it, decoded.
    package let parameter: String
    /// The value, or the one item of its list that is wrong.
    package let value: String
    /// The JSON Pointer (RFC 6901) to the error in the parameter's JSON; nil for a parameter that is not
    /// JSON.
    package let pointer: String?
    private let error: ValueError
    /// The operand that its field does not have; nil for any other error.
    var operand: ValueError.Operand? { error.operand }

    /// The number of characters to which a response cuts ``detail``, which may quote what the client wrote.
    static let detailLimit = 800

    /// The error text: a sentence without a capital letter and a full stop.
    package var detail: String { error.detail }
    /// The nearest valid replacement for the wrong term; nil if none is similar.
    ///
    /// Each call searches for it again.
    package var didYouMean: String? { error.findNearest() }

    init(
        parameter: String, pointer: String? = nil, value: String, _ detail: String, didYouMean: String? = nil
    ) {
        self.init(
            ValueError(detail, didYouMean: didYouMean), in: parameter, pointer: pointer, value: value)
    }

    /// An error about `value`.
    init(_ error: ValueError, in parameter: String, pointer: String? = nil, value: String) {
        self.parameter = parameter
        self.pointer = pointer
        self.value = value
        self.error = error
    }

    /// The error with a hint in front of its text; with `didYouMean`, that is what the hint leads to.
    func hinting(_ hint: String, didYouMean: String?) -> ParameterError {
        let error = error
        return ParameterError(
            ValueError("\(hint); \(detail)", didYouMean: didYouMean ?? error.findNearest()), in: parameter,
            pointer: pointer, value: value)
    }

    /// Appends the error as a JSON object.
    ///
    /// Text from the client is cut to 200 characters.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.key("parameter")
            json.string(String(parameter.prefix(200)))
            if let pointer {
                json.key("pointer")
                json.string(String(pointer.prefix(200)))
            }
            json.key("value")
            json.string(String(value.prefix(200)))
            json.key("detail")
            json.string(String(detail.prefix(Self.detailLimit)))
            json.key("did_you_mean")
            json.stringOrNull(didYouMean)
        }
    }

    /// The error with each text that holds a secret replaced by `<redacted>`, and parts that look like one cut.
    ///
    /// A replacement that would not stay whole is left out.
    func redacted(where isSecret: (String) -> Bool) -> ParameterError {
        func shown(_ text: String) -> String { isSecret(text) ? "<redacted>" : text.withoutLikelySecrets }
        return ParameterError(
            parameter: shown(parameter), pointer: pointer.map(shown), value: shown(value), shown(detail),
            didYouMean: didYouMean.flatMap { shown($0) == $0 ? $0 : nil })
    }
}

extension Parameter {
    /// An error about the parameter's value, or about one item of it.
    func wrong(_ detail: String, item: String? = nil, didYouMean: String? = nil) -> ParameterError {
        ParameterError(parameter: name, value: item ?? value, detail, didYouMean: didYouMean)
    }

    func wrong(_ error: ValueError, item: String? = nil) -> ParameterError {
        ParameterError(error, in: name, value: item ?? value)
    }
}
