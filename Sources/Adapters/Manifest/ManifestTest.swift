import Deployments
import Wire

/// One of a manifest's own tests: canned answers, and what must come of them.
package struct ManifestTest: Sendable {
    package var name: String
    /// Where it stands in the file, from 1.
    package var line: Int
    var inputs: [String: InputValue]
    var exposesOwner: Bool
    var answers: [CannedAnswer]
    var expectation: Expectation
    /// Texts that must be found nowhere in the rows.
    var never: [String]

    /// One answer, given to the first request that fits it; `times` requests at most.
    struct CannedAnswer: Sendable {
        var path: String?
        /// Parameters that the request must carry with these values.
        var query: [String: String]
        /// Headers that the request must carry, names in lower case.
        var headers: [String: String]
        var status: Int
        var answerHeaders: [(name: String, value: String)]
        var body: [UInt8]
        var times: Int
    }

    struct Expectation: Sendable {
        /// Rows by position after sorting by uid and version: members that must be equal; nil: not compared.
        var rows: [JSONDocument]?
        var error: SourceError.Class?
        /// `field: value` of every drift, in any order; nil: there must be none.
        var drift: [String: String]
        var unidentified: Int
        var requests: Int?
    }
}
