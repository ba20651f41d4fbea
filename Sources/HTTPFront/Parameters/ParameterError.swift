import Wire

/// What is wrong with one parameter of a request.
package struct ParameterError: Error, Sendable, Equatable {
    /// As the client wrote it, decoded.
    package let parameter: String
    /// What it was given, or the one item of its list that is wrong.
    package let value: String
    /// Where in the parameter's JSON it is wrong (RFC 6901); nil for a parameter that is no JSON.
    package let pointer: String?
    private let error: ValueError

    package var detail: String { error.detail }
    /// The nearest right word, to stand where the wrong one stands; nil where none is near.
    ///
    /// Looked for at each call.
    package var didYouMean: String? { error.findNearest() }

    init(
        parameter: String, pointer: String? = nil, value: String, _ detail: String, didYouMean: String? = nil
    ) {
        self.init(
            ValueError(detail, didYouMean: didYouMean), in: parameter, pointer: pointer, value: value)
    }

    /// `value` is not what it may be.
    init(_ error: ValueError, in parameter: String, pointer: String? = nil, value: String) {
        self.parameter = parameter
        self.pointer = pointer
        self.value = value
        self.error = error
    }

    /// What clients have typed is cut to 200 characters.
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
            json.string(String(detail.prefix(800)))
            json.key("did_you_mean")
            json.stringOrNull(didYouMean)
        }
    }

    /// The error without texts that must not be echoed.
    func redacted(where isSecret: (String) -> Bool) -> ParameterError {
        func shown(_ text: String) -> String { isSecret(text) ? "<redacted>" : text }
        return ParameterError(
            parameter: shown(parameter), pointer: pointer.map(shown), value: shown(value), shown(detail),
            didYouMean: didYouMean.map(shown))
    }
}

extension Parameter {
    /// What is wrong with its value, or with one item of that.
    func wrong(_ detail: String, item: String? = nil, didYouMean: String? = nil) -> ParameterError {
        ParameterError(parameter: name, value: item ?? value, detail, didYouMean: didYouMean)
    }

    func wrong(_ error: ValueError, item: String? = nil) -> ParameterError {
        ParameterError(error, in: name, value: item ?? value)
    }
}

/// The word that a misspelt one most likely stands for; nil where none is near enough.
///
/// Near is an edit distance of at most 3 and of at most half the word, without case; of equally near words
/// the first.
func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    let word = Array(word.lowercased().utf8)
    guard (1...64).contains(word.count) else { return nil }
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
        let limit = (best?.distance ?? min(3, max(1, word.count / 2)) + 1) - 1
        let distance = editDistance(word, Array(candidate.lowercased().utf8))
        if distance <= limit, distance < word.count { best = (distance, candidate) }
    }
    return best?.candidate
}

/// How many bytes must be inserted, removed or replaced to make one text the other (Levenshtein).
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, b) in right.enumerated() {
            let above = row[j + 1]
            row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a == b ? 0 : 1))
            diagonal = above
        }
    }
    return row[right.count]
}
