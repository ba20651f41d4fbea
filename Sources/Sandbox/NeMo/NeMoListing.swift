import HTTPTypes
import Wire

/// The deployment listing with the real service's flaws, all observed on a live server.
struct NeMoListing: Sendable {
    /// The number of version rows that the default mode loads and collapses; it silently omits the others.
    static let rowLimit = 1000

    private var page: Int
    private var pageSize: Int
    private var sort: String
    private var allVersions: Bool
    private var filter: NeMoFilter

    init(_ query: Query) throws(PlatformResponse) {
        page = try query.integer("page", default: 1)
        pageSize = try query.integer("page_size", default: 100)
        sort = query["sort"] ?? "created_at"
        allVersions = try query.boolean("all_versions")
        filter = try NeMoFilter(query)
    }

    /// One page, or the service's refusal.
    ///
    /// `rows` are in the order of creation; `pathWorkspace` is `-` for all workspaces; `workspaces` are all
    /// that exist; `hidden` is the workspace that a fault breaks.
    func response(
        _ rows: [some NeMoRow], pathWorkspace: String, workspaces: [String], hidden: String?,
        request: PlatformRequest
    ) throws(PlatformResponse) -> PlatformResponse {
        let workspace = filter.workspace ?? pathWorkspace
        guard workspace == "-" || workspaces.contains(workspace), workspace != hidden else {
            throw NeMoErrors.listFailed
        }
        guard pageSize > 0, !allVersions || (page > 0 && pageSize <= Self.rowLimit) else {
            throw NeMoErrors.listFailed
        }
        let isUnfiltered = workspace == "-" && filter.isEmpty && hidden == nil
        var found =
            isUnfiltered
            ? rows
            : rows.filter { row in
                (workspace == "-" || row.workspace == workspace) && row.workspace != hidden
                    && filter.matches(row)
            }
        found = sorted(found)
        if !allVersions { found = Self.collapsed(Array(found.prefix(Self.rowLimit))) }
        let shown = request.faults[.repeatedPage] != nil && page > 1 ? 1 : page
        var content = RecordPage(records: Self.encoded(slice(found, page: shown)), total: found.count)
        content.apply(request.faults, number: request.number, keys: Self.keys)
        return NeMoEnvelope(page: page, pageSize: pageSize, sort: sort, emptyTotalPages: 1).response(content)
    }

    static let keys = RecordKeys(identity: ["name", "workspace"], times: ["created_at", "updated_at"])

    static func encoded(_ rows: ArraySlice<some NeMoRow>) -> [[UInt8]] {
        rows.map { row in
            var writer = JSONWriter(reservingCapacity: 900)
            row.write(to: &writer, explicitNulls: false)
            return writer.bytes
        }
    }

    /// The rows in the requested order; an unknown field is no error, and leaves the order of creation.
    ///
    /// Sorts by the *stored* name, which has a version suffix. No tie-break but the order of creation.
    private func sorted<Row: NeMoRow>(_ rows: [Row]) -> [Row] {
        let isDescending = sort.hasPrefix("-")
        let field = isDescending ? String(sort.dropFirst()) : sort
        guard field != "created_at", NeMoFilter.fields.contains(field) else {
            return isDescending && field == "created_at" ? rows.reversed() : rows
        }
        let keyed = rows.enumerated().map { index, row in
            (key: field == "name" ? "\(row.name)-v\(row.number)" : row.field(field) ?? "", index: index)
        }
        let order = keyed.sorted {
            if $0.key == $1.key { return $0.index < $1.index }
            return isDescending ? $0.key > $1.key : $0.key < $1.key
        }
        return order.map { rows[$0.index] }
    }

    /// The newest version of each *bare* name, at the position of the first version of that name.
    ///
    /// Under the wildcard, equal names of two workspaces become one row.
    private static func collapsed<Row: NeMoRow>(_ rows: [Row]) -> [Row] {
        var newest: [Row] = []
        var indexes: [String: Int] = [:]
        for row in rows {
            if let index = indexes[row.name] {
                if newest[index].number < row.number { newest[index] = row }
            } else {
                indexes[row.name] = newest.count
                newest.append(row)
            }
        }
        return newest
    }

    /// Python's slice `rows[(page - 1) * size : page * size]`: negative bounds count from the end, no error.
    private func slice<Row>(_ rows: [Row], page: Int) -> ArraySlice<Row> {
        func bound(_ pages: Int) -> Int {
            let (offset, overflows) = pages.multipliedReportingOverflow(by: pageSize)
            if overflows { return pages < 0 ? 0 : rows.count }
            return offset < 0 ? max(0, rows.count + offset) : min(offset, rows.count)
        }
        let (before, underflows) = page.subtractingReportingOverflow(1)
        guard !underflows else { return [] }
        let (lower, upper) = (bound(before), bound(page))
        return lower < upper ? rows[lower..<upper] : []
    }
}

/// `{data, pagination, sort}`.
struct NeMoEnvelope: Sendable {
    var page: Int
    var pageSize: Int
    var sort: String
    /// The `total_pages` of an empty result: 1 for deployments and their configurations, else 0.
    var emptyTotalPages: Int
    /// True if the response has a null `filter`, as the entity service echoes the filter.
    var hasFilter = false

    func response(_ content: RecordPage) -> PlatformResponse { PlatformResponse(.ok, body: bytes(content)) }

    func bytes(_ content: RecordPage) -> [UInt8] {
        let size = content.records.reduce(300) { $0 + $1.count + 1 }
        var writer = JSONWriter(reservingCapacity: size)
        writer.object {
            $0.key("data")
            $0.array { for record in content.records { $0.encoded(record) } }
            $0.key("pagination")
            $0.object {
                let full = content.total / pageSize
                let pages = full + (content.total % pageSize == 0 ? 0 : 1)
                for (key, value) in [
                    ("page", page), ("page_size", pageSize), ("current_page_size", content.records.count),
                    ("total_pages", content.total == 0 ? emptyTotalPages : pages),
                    ("total_results", content.total),
                ] {
                    $0.key(key)
                    $0.int(value)
                }
            }
            $0.key("sort")
            $0.string(sort)
            if hasFilter {
                $0.key("filter")
                $0.null()
            }
        }
        return writer.bytes
    }
}
