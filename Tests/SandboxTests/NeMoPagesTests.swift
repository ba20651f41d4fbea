import Sandbox
import Testing
import Wire

@Suite struct NeMoPagesTests {
    @Test func thePagesAreACompleteWalk() throws {
        let pages = nemoPages(rows: 2_345, pageSize: 1000, seed: 7)
        #expect(pages.count == 3)
        var ids: Set<String> = []
        var bytes = 0
        for (index, page) in pages.enumerated() {
            let root = try JSONDocument(parsing: page).root
            let pagination = try #require(root["pagination"])
            #expect(pagination["page"]?.int == Int64(index + 1))
            #expect(pagination["total_pages"]?.int == 3)
            #expect(pagination["total_results"]?.int == 2_345)
            let records = root["data"]?.elements ?? []
            #expect(pagination["current_page_size"]?.int == Int64(records.count))
            ids.formUnion(records.compactMap { $0["id"]?.string })
            bytes += page.count
        }
        #expect(ids.count == 2_345)
        #expect((640...740).contains(bytes / 2_345))
        #expect(pages == nemoPages(rows: 2_345, pageSize: 1000, seed: 7))
    }

    @Test func noRowsAreOneEmptyPageAndOddSizesAreForced() {
        #expect(nemoPages(rows: 0, pageSize: 100, seed: 1).count == 1)
        #expect(nemoPages(rows: -5, pageSize: 0, seed: 1).count == 1)
        #expect(nemoPages(rows: 3, pageSize: 0, seed: 1).count == 3)
        #expect(nemoPages(rows: 2_000, pageSize: 5_000, seed: 1).count == 2)
    }
}
