import HTTPTypes
import Wire

/// The workspace listing of the entity service.
struct NeMoWorkspaces: Sendable {
    var names: [String]

    /// One page, newest first unless `sort` is ascending.
    ///
    /// Unlike the deployment listing, it enforces page sizes of 1 to 1000.
    func list(_ request: PlatformRequest) throws(PlatformResponse) -> PlatformResponse {
        let page = try request.query.integer("page", default: 1)
        let size = try request.query.integer("page_size", default: 100)
        try Self.check(page, "page", in: 1...Int.max)
        try Self.check(size, "page_size", in: 1...1000)
        let sort = request.query["sort"] ?? "-created_at"
        let records = (sort.hasPrefix("-") ? names.reversed() : names).map { name in
            var writer = JSONWriter()
            Self.write(name, number: names.firstIndex(of: name) ?? 0, to: &writer)
            return writer.bytes
        }
        let content = RecordPage(records: records.page(page, of: size), total: records.count)
        return NeMoEnvelope(page: page, pageSize: size, sort: sort, emptyTotalPages: 0, hasFilter: true)
            .response(content)
    }

    func one(_ name: String) throws(PlatformResponse) -> PlatformResponse {
        guard let number = names.firstIndex(of: name) else {
            throw NeMoErrors.detail(.notFound, "Workspace '\(name)' not found")
        }
        return PlatformResponse(.ok) { Self.write(name, number: number, to: &$0) }
    }

    private static func check(_ value: Int, _ name: String, in range: ClosedRange<Int>)
        throws(PlatformResponse)
    {
        if value < range.lowerBound {
            throw NeMoErrors.unprocessable(
                "greater_than_equal", ["query", name],
                "Input should be greater than or equal to \(range.lowerBound)", input: "\(value)")
        }
        if value > range.upperBound {
            throw NeMoErrors.unprocessable(
                "less_than_equal", ["query", name],
                "Input should be less than or equal to \(range.upperBound)", input: "\(value)")
        }
    }

    /// Writes one workspace, nulls included; all were created on one morning, a second apart.
    private static func write(_ name: String, number: Int, to writer: inout JSONWriter) {
        var random = SeededRandom(0, .nemo, row: number, salt: -1)
        let created = Timestamp(microseconds: 1_780_300_800_049_352 + Int64(number) * 1_000_007)
        writer.object {
            for (key, value) in [
                ("id", "workspace-" + random.text(22, from: .base58)), ("name", name), ("description", nil),
                ("created_at", created.naiveMicroseconds), ("created_by", ""),
                ("updated_at", created.adding(microseconds: 10).naiveMicroseconds), ("updated_by", ""),
            ] {
                $0.key(key)
                $0.stringOrNull(value)
            }
        }
    }
}

extension Array {
    /// The elements of one page, from 1; none past the end and for numbers or sizes below 1.
    func page(_ page: Int, of size: Int) -> [Element] {
        guard page > 0, size > 0 else { return [] }
        let (lower, overflows) = (page - 1).multipliedReportingOverflow(by: size)
        guard !overflows, lower < count else { return [] }
        return Array(self[lower..<Swift.min(count, lower + Swift.min(size, count))])
    }
}
