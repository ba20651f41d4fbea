import Deployments
import Wire

/// One of a manifest's own tests: canned answers, and the expected result.
package struct ManifestTest: Sendable {
    /// The test's name in the file.
    package var name: String
    /// Its line in the file, from 1.
    package var line: Int
    var inputs: [String: InputValue]
    var exposesOwner: Bool
    /// The platform's name as an operator sets it; nil: the file's.
    var platform: String?
    var answers: [CannedAnswer]
    var expectation: Expectation
    /// Texts that must not occur in rows, drift or errors.
    var never: [String]

    /// One answer, for the first request that matches it, and at most `times` requests.
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

    /// The expected result for the lists that the test asks for: each that it says something of.
    struct Expectation: Sendable {
        /// Nil: the deployments are not asked for.
        var deployments: ExpectedList?
        /// Nil: the providers are not asked for.
        var providers: ExpectedList?
        /// `field: value` of every drift, over the lists that are asked for.
        var drift: [String: String]
        var unidentified: Int
        var requests: Int?
    }

    /// The expected rows of one list, or its error.
    struct ExpectedList: Sendable {
        /// The members that each row must have, in the order of uid and version; nil: rows are not compared.
        var rows: [JSONDocument]?
        var error: SourceError.Class?
    }
}
