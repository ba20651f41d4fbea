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
    /// The update that is planned and sent; nil: lists are fetched.
    var update: UpdateCase?
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

    /// An update of one deployment, and its expected result.
    struct UpdateCase: Sendable {
        /// The platform's own record of the deployment, as its list has it.
        var record: JSONDocument
        /// Values by the fields' names.
        var patch: JSONDocument
        /// The request that is shown and sent; nil: it is not compared.
        var request: ExpectedRequest?
        var outcome: Outcome
        /// Records that show the effect, and records that do not.
        var shownBy: [JSONDocument]
        var notShownBy: [JSONDocument]

        struct ExpectedRequest: Sendable {
            var method: String?
            /// Below the base URL, as it is sent.
            var path: String?
            var body: JSONDocument?
        }

        enum Outcome: Sendable {
            /// Found before anything is sent: parts of each member's mistake, by the member; an empty name is the row.
            case mistakes([String: String])
            /// Members of the row that the answer is mapped to; without any, the answer need not have one.
            case applied(JSONDocument)
            case refused(SourceError.Class, members: [String])
            case unknown(SourceError.Class)
            /// Only what is planned is compared; nothing is sent.
            case planned
        }
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
        /// True if the test's rows are shown with what is looked up for them.
        var looksUp = false
    }

    /// The expected rows of one list, or its error.
    struct ExpectedList: Sendable {
        /// The members that each row must have, in the order of uid and version; nil: rows are not compared.
        var rows: [JSONDocument]?
        var error: SourceError.Class?
    }
}
