import Wire

/// An answer that is no error: its document, and the facts outside of it.
struct ListAnswer: Sendable {
    var document: JSONDocument
    /// The headers, names in lower case.
    var headers: [(name: String, value: String)]
    var evidence: ResponseEvidence
    /// The memory that the answer takes until its records are mapped.
    var share: AnswerShare
}
