import Wire

/// The bodies of a complete `all_versions=true` walk, without HTTP, for benchmarks and tests of readers.
///
/// `rows` counts records (versions), of about 740 bytes each; `pageSize` is clamped to 1 to 1000. The totals
/// are right, the times fixed, and the same arguments give the same bytes. No rows give one empty page.
package func nemoPages(rows: Int, pageSize: Int, seed: UInt64) -> [[UInt8]] {
    let size = min(max(pageSize, 1), NeMoListing.rowLimit)
    let count = max(rows, 0)
    let generator = NeMoGenerator(seed: seed, workspaces: ["ml-prod", "research"], changesOverTime: false)
    // 2026-11-21T00:00:00Z
    let start = Timestamp(microseconds: 1_795_219_200_000_000)
    var versions: [NeMoVersion] = []
    var row = 0
    while versions.count < count {
        generator.deployment(row: row).appendVersions(to: &versions, start: start, elapsed: 0, now: start)
        row += 1
    }
    versions = versions[..<count].sorted { $0.createdAt < $1.createdAt }
    let pages = max(1, (count + size - 1) / size)
    return (1...pages).map { page in
        let shown = versions.page(page, of: size)
        let content = RecordPage(records: NeMoListing.encoded(shown[...]), total: count)
        return NeMoEnvelope(page: page, pageSize: size, sort: "created_at", emptyTotalPages: 1).bytes(content)
    }
}
