package import Deployments
package import Settings
import Wire

/// One platform, as its file in `adapters.d` describes it: read, checked and compiled, but not bound to an
/// account.
///
/// Expressions, vocabularies and templates are compiled when the file is read; its text is not used
/// afterwards.
package struct AdapterManifest: Sendable {
    /// The adapter's name, by which a configuration refers to it; the file's name without `.yaml`.
    package var name: String
    /// The value of `platform` on records, unless the operator sets another.
    package var platform: String
    /// The title for people; the adapter's name if the file has none.
    package var title: String
    /// The file that it was read from, as the caller named it.
    package var file: String
    /// A hash of every byte of the file.
    var fingerprint: UInt64
    /// The documents that the file was written from; never empty.
    package var provenance: [Provenance]
    /// The inputs in the file's order, each name once.
    package var inputs: [Input]
    /// The secrets in the file's order, each name once; `auth` sends every one of them.
    package var secrets: [SecretSlot]
    /// The adapter's own limits of requests.
    package var limits: Limits
    /// The adapter's own cache windows.
    package var cache: CacheWindows.Overrides
    /// The file's own tests; see ``runTests()``.
    package var tests: [ManifestTest]

    var auth: Auth
    /// True if another value of the secrets reads the same account, as with tokens that expire; the file's
    /// `same_account`.
    var keepsAccount = false
    /// The inputs over whose elements the list is partitioned, with one walk for every combination; if empty,
    /// a single walk.
    var partitions: [PartitionAxis]
    var list: ListPlan
    var record: RecordPlan<ModelDeployment>
    /// The list of model providers; nil if the platform has none.
    var providers: ProvidersPlan?
    /// The secondary requests that fields of rows depend on, in the file's order.
    var lookups: [LookupPlan] = []
    /// The change of a deployment; nil if the platform has none.
    var update: UpdatePlan?
    var errors: ErrorPlan
    /// Paths of a record that the file may not read.
    var never: [JSONPath]
    /// Passages that are read, but with which some lists are never proven complete; the file should be
    /// corrected.
    package internal(set) var warnings: [SettingsProblem] = []

    /// The source of a statement about the platform.
    package struct Provenance: Sendable {
        /// The certainty: `seen` if the document states it, `inferred` if it was concluded from the document.
        package enum Mark: String, CaseIterable, Sendable { case seen, inferred }

        /// A URL or a title, never empty.
        package var document: String
        /// A date, as written.
        package var read: String
        /// The certainty of the statement.
        package var mark: Mark
        /// The part of the platform that the document is about.
        package var about: String
    }

    /// A value that an operator may set under `inputs`.
    package struct Input: Sendable {
        /// The type of a value; the raw value is its name in the file.
        package enum Kind: String, CaseIterable, Sendable {
            case text, number
            case bool = "flag"
            case list
            /// An absolute URL path; its slashes stay slashes in a request.
            case path
            /// `Z`, an offset such as `+08:00`, or a zone's name such as `Asia/Shanghai`.
            case zone
        }

        /// Letters, digits and `_`, a letter first: expressions and templates name it.
        package var name: String
        /// The type of its value.
        package var kind: Kind
        /// The value if the operator sets none; nil: the operator must set one, unless ``isOptional``.
        package var defaultValue: InputValue?
        /// True if the operator may leave it out.
        package var isOptional: Bool
        /// The explanation for operators.
        package var about: String
    }

    /// A credential that the adapter needs, by the name that a configuration gives it.
    package struct SecretSlot: Sendable {
        /// The name by which a configuration refers to it.
        package var name: String
        /// True if the operator may leave it out.
        package var isOptional: Bool
        /// The explanation for operators.
        package var about: String
    }

    /// The adapter's own limits, which take precedence over the gateway's defaults.
    ///
    /// For each key, the operator's setting for the source takes precedence, then that for all sources.
    package struct Limits: Sendable, Equatable {
        /// The number of HTTP requests in flight at once, 1 to 64.
        package var concurrency: Int?
        /// The largest number of pages of one walk, 1 to 100,000.
        package var pages: Int?
    }

    /// One input over whose elements the list is partitioned.
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

/// The authorization of a request.
enum Auth: Sendable {
    case none
    /// The header `name: prefix + secret`; left out if an optional secret is not set.
    case header(name: String, prefix: String, secret: String)
    case query(parameter: String, secret: String)
    case basic(user: Template, secret: String)

    /// The name of the secret that is sent.
    var secret: String? {
        switch self {
        case .none: nil
        case .header(_, _, let secret), .query(_, let secret), .basic(_, let secret): secret
        }
    }
}

extension AdapterManifest {
    /// The way in which the requests send a secret, which decides what it may consist of.
    package func use(ofSecret name: String) -> SecretUse {
        if case .basic(_, name) = auth { .password } else { .token }
    }
}

/// A request of a walk, without its base URL and its page.
struct RequestPlan: Sendable {
    /// Alternative paths: if the platform answers `not_found`, the next is tried; the one that is found is
    /// remembered.
    var paths: [Template]
    /// Parameters in the file's order; one whose template has no value is left out.
    var query: [(name: String, value: Template)]
    var headers: [(name: String, value: Template)]
}

/// The request for the list, and the path to the records in its answer.
struct ListPlan: Sendable {
    var request: RequestPlan
    var records: RecordsPlan
    var pages: PageReading
    /// Headers, in lower case, that mean something else on this platform than ``ResponseEvidence`` reads.
    var ignoredHeaders: Set<String> = []
    var emptyListCheck: EmptyListCheck?

    /// A second request that confirms an empty list, or shows that the account may not read it; the key
    /// `believe_empty`.
    struct EmptyListCheck: Sendable {
        var when: Expression?
        var request: RequestPlan
        var records: RecordsPlan
        var errorClass: SourceError.Class
        var hint: Template?
    }
}

/// The request parameters of pages, and the facts that an answer states of them.
struct PageReading: Sendable {
    var style: PagePlan.Style
    var stop: PagePlan.Stop
    /// The query parameter of the page's number, offset or token; empty for `none` and `link`.
    var parameter: String
    var sizeParameter: String?
    var requestedSize: Int?
    var echoedSize: Expression?
    var echoedNumber: Expression?
    var total: Expression?
    var totalPages: Expression?
    /// The next token or link; nil or an empty text on the last page.
    var next: Expression?
    /// The forms of ``next`` on the last page; nil: the file does not say.
    var ends: Set<PageEnd>?
    var hasMore: Expression?
}

/// The list of model providers beside that of deployments: the file's section `providers`.
struct ProvidersPlan: Sendable {
    var list: ListPlan
    var record: RecordPlan<ModelProvider>
}

/// The mapping from a native record to a row.
struct RecordPlan<Row: AdaptedRecord>: Sendable {
    var key: [Expression]
    /// True if the file says that no two partitions list different records under one key.
    var isUnique = false
    var version: Expression?
    var zone: ZoneSetting
    var fields: [FieldPlan]
    /// The lists of texts.
    var lists: [TextsPlan] = []
    /// The fields that name a deployment by its uid.
    var references: [ReferencePlan] = []
    var status: StatusPlan
    var history: HistoryPlan?
    var accelerators: [String: AcceleratorAlias] = [:]
    /// The paths that `include=native` shows.
    var native: [NativePath] = []
    var maps: [String: [String: String]]

    struct FieldPlan: Sendable {
        var field: RecordField<Row>
        var expression: Expression
        /// True if the platform does not state the field as such, by the file's `inferred`.
        var isInferred = false
    }

    struct TextsPlan: Sendable {
        var list: RecordList<Row>
        var expression: Expression
        /// See ``FieldPlan/isInferred``.
        var isInferred = false
    }

    struct ReferencePlan: Sendable {
        var field: RecordField<Row>
        /// The parts of the deployment's key, each a text; or one expression for all of them, a list of texts.
        var parts: [Expression]
        /// The number of parts of a deployment's key.
        var count: Int
        /// See ``FieldPlan/isInferred``.
        var isInferred = false
    }
}

/// The family and the memory of an accelerator that a platform calls by another name.
struct AcceleratorAlias: Sendable {
    var family: String?
    var memoryGB: Double?
}

/// A path that `include=native` shows.
struct NativePath: Sendable {
    var path: JSONPath
    /// The member names that lead to it.
    var names: [String]
    /// True if the path ends in `.*`: all scalar members of an object, not one scalar.
    var isOpen: Bool
}

/// The zone of times that name none.
enum ZoneSetting: Sendable {
    case fixed(LocalZone)
    case input(String)
    /// Times that name no zone are unreadable.
    case refused
}

struct StatusPlan: Sendable {
    /// The platform's status term (the key `word`); nil: there is none, and only rules without terms apply.
    var term: Expression?
    var rules: [Rule]

    /// One rule of the vocabulary; the first whose term and condition hold decides.
    struct Rule: Sendable {
        /// The terms in lower case (the key `words`); empty: the rule applies to every term, and without one.
        var terms: [String]
        var when: Expression?
        var status: DeploymentStatus
        var serving: Serving
    }
}

/// The history within a record; in the expressions for an entry, `$` is the entry.
struct HistoryPlan: Sendable {
    var entries: JSONPath
    var at: Expression
    var term: Expression?
    var message: Expression?
}

/// The rules by which an answer is an error, and of which class.
struct ErrorPlan: Sendable {
    var code: Expression?
    /// A condition that makes an answer with a 2xx status an error.
    var failedWhen: Expression?
    var rules: [Rule]

    /// One rule; the first whose conditions all hold decides, and if none does, the HTTP status.
    struct Rule: Sendable {
        var http: [Int]
        /// The platform's codes, in lower case.
        var codes: [String]
        var when: Expression?
        var errorClass: SourceError.Class
        /// A text that is added to the message, with inputs and the partition filled in.
        var hint: Template?
    }
}
