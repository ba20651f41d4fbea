package import Deployments

/// One platform, as its file in `adapters.d` describes it: read, checked and compiled, bound to no account yet.
///
/// Expressions, vocabularies and templates are resolved when the file is read; nothing of the file's text is
/// looked at again.
package struct AdapterManifest: Sendable {
    /// The adapter's name, by which a configuration refers to it; the file's name without `.yaml`.
    package var name: String
    /// The word that stands on records as `platform`, unless the operator gives another.
    package var platform: String
    /// For people; the adapter's name where the file has none.
    package var title: String
    /// The file that it was read from, as the caller named it.
    package var file: String
    /// Changes with any byte of the file.
    var fingerprint: UInt64
    /// Never empty.
    package var provenance: [Provenance]
    /// In the file's order, each name once.
    package var inputs: [Input]
    /// In the file's order, each name once; `auth` sends every one of them.
    package var secrets: [SecretSlot]
    package var limits: Limits
    package var cache: CacheWindows.Overrides
    /// Offline examples that the file brings along; see ``runTests()``.
    package var tests: [ManifestTest]

    var auth: Auth
    /// One walk for every combination of these inputs' elements; none: one walk.
    var partitions: [PartitionAxis]
    var list: ListPlan
    var record: RecordPlan
    var errors: ErrorPlan

    /// Where a statement about the platform comes from.
    package struct Provenance: Sendable {
        /// Whether the document says it, or it was concluded from what the document says.
        package enum Mark: String, CaseIterable, Sendable { case seen, inferred }

        /// A URL or a title, never empty.
        package var document: String
        /// A date, as written.
        package var read: String
        package var mark: Mark
        package var about: String
    }

    /// What an operator may set under `inputs`.
    package struct Input: Sendable {
        /// What a value must be; the raw value is the word in the file.
        package enum Kind: String, CaseIterable, Sendable {
            case text, number
            case bool = "flag"
            case list
            /// An absolute URL path; its slashes stay slashes in a request.
            case path
            /// `Z`, or an offset such as `+08:00`.
            case zone
        }

        /// Letters, digits and `_`, a letter first: expressions and templates name it.
        package var name: String
        package var kind: Kind
        /// nil: the operator must set it, unless ``isOptional``.
        package var standard: InputValue?
        package var isOptional: Bool
        package var about: String
    }

    /// A credential that the adapter needs, by the name that a configuration gives it.
    package struct SecretSlot: Sendable {
        package var name: String
        package var isOptional: Bool
        package var about: String
    }

    /// The adapter's own limits, which win over the gateway's defaults.
    ///
    /// Key by key, what an operator sets wins over them: for the source first, then for the whole file.
    package struct Limits: Sendable, Equatable {
        /// HTTP requests in flight at once, 1 to 64.
        package var concurrency: Int?
        /// Pages of one walk, 1 to 100,000.
        package var pages: Int?
    }

    /// One input that a walk is made for each element of.
    struct PartitionAxis: Sendable {
        var name: String
        var input: String
    }
}

/// An input's value, from a configuration or a manifest's default.
package enum InputValue: Sendable, Hashable {
    case text(String)
    case number(Double)
    case bool(Bool)
    case list([String])
}

/// How a request shows who asks.
enum Auth: Sendable {
    case none
    /// `name: prefix + secret`; the header is left out where an optional secret is not set.
    case header(name: String, prefix: String, secret: String)
    case query(parameter: String, secret: String)
    case basic(user: Template, secret: String)

    /// The entry of `secrets` that is sent.
    var secret: String? {
        switch self {
        case .none: nil
        case .header(_, _, let secret), .query(_, let secret), .basic(_, let secret): secret
        }
    }
}

/// One request of a walk, but for its base URL and its page.
struct RequestPlan: Sendable {
    /// Alternatives, tried in turn where the platform answers `not_found`; the one that answers is remembered.
    var paths: [Template]
    /// In the file's order; a parameter whose template yields nothing is left out.
    var query: [(name: String, value: Template)]
    var headers: [(name: String, value: Template)]
}

/// How the list is asked for and where its records are.
struct ListPlan: Sendable {
    var request: RequestPlan
    var records: JSONPath
    /// Whether an answer without the records' path is an empty list; else it is a bad answer.
    var missingMeansEmpty: Bool
    var pages: PageReading
    var believeEmpty: Witness?

    /// A second request that decides whether an empty list is one.
    struct Witness: Sendable {
        var when: Expression?
        var request: RequestPlan
        var records: JSONPath
        var errorClass: SourceError.Class
        var hint: Template?
    }
}

/// How pages are asked for, and what an answer tells of them.
struct PageReading: Sendable {
    var style: PagePlan.Style
    var stop: PagePlan.Stop
    /// The query parameter that carries the page's number, offset or token; empty for `none` and `link`.
    var parameter: String
    var sizeParameter: String?
    var askedSize: Int?
    var echoedSize: Expression?
    var echoedNumber: Expression?
    var total: Expression?
    var totalPages: Expression?
    /// The next token or link; nil or an empty text on the last page.
    var next: Expression?
    var hasMore: Expression?
}

/// How one native record becomes a row.
struct RecordPlan: Sendable {
    var key: [Expression]
    var version: Expression?
    var zone: ZoneSetting
    var fields: [FieldPlan]
    var status: StatusPlan
    var history: HistoryPlan?
    var accelerators: [String: Alias]
    /// The paths that `include=native` shows.
    var native: [NativePath]
    var maps: [String: [String: String]]

    struct FieldPlan: Sendable {
        var field: DeploymentField
        var expression: Expression
    }

    struct Alias: Sendable {
        var family: String?
        var memoryGB: Double?
    }

    struct NativePath: Sendable {
        var path: JSONPath
        /// The member names that lead to it.
        var names: [String]
        /// Whether it ends in `.*`: all scalar members there, not one scalar.
        var isOpen: Bool
    }
}

/// The zone of a time that names none.
enum ZoneSetting: Sendable {
    case fixed(Int)
    case input(String)
    /// Such a time is unreadable.
    case refused
}

struct StatusPlan: Sendable {
    /// nil: the platform has no status word; only rules without words apply.
    var word: Expression?
    var rules: [Rule]

    /// One line of the vocabulary: the first whose word and condition hold decides.
    struct Rule: Sendable {
        /// Lower case; empty: any word, and none.
        var words: [String]
        var when: Expression?
        var status: DeploymentStatus
        var serving: Serving
    }
}

/// Where a record keeps its past; within an entry `$` is the entry.
struct HistoryPlan: Sendable {
    var entries: JSONPath
    var at: Expression
    var word: Expression?
    var message: Expression?
}

/// How an answer that is no list is told from one, and what it means.
struct ErrorPlan: Sendable {
    var code: Expression?
    /// Holds for an answer with a 2xx status that is an error all the same.
    var failedWhen: Expression?
    var rules: [Rule]

    /// The first rule whose every condition holds decides; none: the HTTP status does.
    struct Rule: Sendable {
        var http: [Int]
        /// Lower case.
        var codes: [String]
        var when: Expression?
        var errorClass: SourceError.Class
        /// Added to the message: words of the file, with inputs and the partition filled in.
        var hint: Template?
    }
}
