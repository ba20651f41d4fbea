import Wire

/// A list of a made-up upstream; the raw value is its source's name.
enum UpstreamStyle: String, Sendable, CaseIterable {
    case deployList = "deploy-list"
    case dashscope
    case nemo
    /// The second list of a NeMo, whose deployments never change.
    case nemoProviders = "nemo-providers"

    var adapter: String { self == .nemoProviders ? "nemo" : rawValue }

    /// The gateway's route to the list.
    var route: String { self == .nemoProviders ? "/v1/providers" : "/v1/deployments" }

    /// True for the path of the list itself, false for what else the platform is asked for.
    func isList(_ path: some StringProtocol) -> Bool {
        switch self {
        case .deployList, .dashscope: true
        case .nemo: path.hasSuffix("/deployments")
        case .nemoProviders: path.hasSuffix("/providers")
        }
    }

    var isPaged: Bool { self != .deployList }

    /// Rows on a page, whatever was asked for; the single page of a deploy-list has them all.
    static let pageSize = 4

    /// The query parameter that names a page.
    var pageParameter: String { self == .dashscope ? "page_no" : "page" }

    /// The part of a row's uid after the source's name.
    func uidTail(_ key: String) -> String { isNeMo ? "w/\(key)" : key }

    private var isNeMo: Bool { self == .nemo || self == .nemoProviders }

    /// The two statuses between which a row changes.
    var statuses: [String] {
        switch self {
        case .deployList: ["running", "stopped"]
        case .dashscope: ["RUNNING", "STOPPED"]
        case .nemo, .nemoProviders: ["READY", "ERROR"]
        }
    }

    /// The unified field of a text that every row has, whose value is ``freeText``.
    var freeField: String { isNeMo ? "project" : "model" }

    static let freeText = "m"

    /// A body whose free texts end inside a character, in the first of its two bytes.
    func broken(_ body: [UInt8]) -> [UInt8] {
        body.replacing(Array(":\"\(Self.freeText)\"".utf8), with: Array(":\"m".utf8) + [0xC3, 0x22])
    }

    /// A body whose last record is a twin of its first one: the same key, the other status.
    ///
    /// A single record gets its twin beside it.
    func twins(_ rows: ArraySlice<UpstreamRow>, page: Int, total: Int) -> [UInt8] {
        guard var twin = rows.first else { return body(rows, page: page, total: total) }
        twin.status = statuses.first { $0 != twin.status } ?? ""
        let shown = Array(rows.count > 1 ? rows.dropLast() : rows) + [twin]
        return body(shown[...], page: page, total: total)
    }

    /// The body of one page, with the totals that the format has.
    func body(_ rows: ArraySlice<UpstreamRow>, page: Int, total: Int) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256 + rows.count * 128)
        let size = Self.pageSize
        switch self {
        case .deployList:
            writer.array { for row in rows { write(row, to: &$0) } }
        case .dashscope:
            writer.object {
                $0.key("output")
                $0.object {
                    $0.numbers([("page_no", page), ("page_size", size), ("total", total)])
                    $0.key("deployments")
                    $0.array { for row in rows { write(row, to: &$0) } }
                }
            }
        case .nemo, .nemoProviders:
            writer.object {
                $0.key("data")
                $0.array { for row in rows { write(row, to: &$0) } }
                $0.key("pagination")
                $0.object {
                    $0.numbers([
                        ("page", page), ("page_size", size), ("current_page_size", rows.count),
                        ("total_results", total), ("total_pages", max(1, (total + size - 1) / size)),
                    ])
                }
            }
        }
        return writer.bytes
    }

    private func write(_ row: UpstreamRow, to writer: inout JSONWriter) {
        writer.object {
            switch self {
            case .deployList:
                $0.strings([("deploy_id", row.key), ("model_name", Self.freeText), ("status", row.status)])
            case .dashscope:
                $0.strings([
                    ("deployed_model", row.key), ("model_name", Self.freeText), ("status", row.status),
                ])
            case .nemo, .nemoProviders:
                $0.strings([
                    ("workspace", "w"), ("name", row.key), ("id", row.key), ("status", row.status),
                    ("project", Self.freeText), ("config", SideFacts.config(of: row.key)),
                ])
                // Another status is another version of the configuration, which is to be looked up anew.
                let version = 1 + (statuses.firstIndex(of: row.status) ?? 0)
                $0.numbers([("entity_version", 1), ("config_version", version)])
            }
        }
    }

    /// A body under status 200 that is an error.
    var codeIn200: String {
        switch self {
        case .deployList: #"{"error":{"code":"Busy","message":"later"}}"#
        case .dashscope: #"{"request_id":"r","code":"InvalidParameter","message":"later"}"#
        case .nemo, .nemoProviders: #"{"code":"Busy","detail":"later"}"#
        }
    }

    var wrongTypes: String {
        switch self {
        case .deployList: #""none""#
        case .dashscope: #"{"output":{"page_no":"one","page_size":[],"total":"many","deployments":"none"}}"#
        case .nemo, .nemoProviders: #"{"data":"none","pagination":{"page":{},"total_results":"many"}}"#
        }
    }
}

extension JSONWriter {
    fileprivate mutating func strings(_ members: [(String, String)]) {
        for (name, value) in members {
            key(name)
            string(value)
        }
    }

    fileprivate mutating func numbers(_ members: [(String, Int)]) {
        for (name, value) in members {
            key(name)
            int(value)
        }
    }
}
