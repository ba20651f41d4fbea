import Testing
import Wire

@Suite struct EditDistanceTests {
    private static let terms = ["timeout", "listen", "cache", "status", "history", "id"]

    @Test(
        arguments: [
            ("timeuot", "timeout"), ("TIMEOUT", "timeout"), ("timeouts_", "timeout"), ("lsten", "listen"),
            ("cach", "cache"), ("caches", "cache"), ("sttaus", "status"), ("histroy", "history"),
            ("ide", "id"), ("ID", "id"),
            // More than three away, or more than half of the term.
            ("hist", nil), ("hi", nil), ("completely", nil), ("x", nil), ("", nil), ("xyz", nil),
            (String(repeating: "a", count: 65), nil),
        ] as [(String, String?)])
    func theNearestTermIsAtMostThreeBytesAndHalfTheTermAway(_ term: String, _ near: String?) {
        #expect(nearest(to: term, among: Self.terms) == near)
    }

    @Test func ofEquallyNearTermsTheFirstIsGiven() {
        #expect(nearest(to: "tax", among: ["tay", "tab"]) == "tay")
        #expect(nearest(to: "tax", among: ["tyy", "tab"]) == "tab")
        #expect(nearest(to: "tax", among: []) == nil)
    }

    @Test func aTermOfOneByteDiffersInCaseOnly() {
        #expect(nearest(to: "A", among: ["b", "a"]) == "a")
        #expect(nearest(to: "c", among: ["b", "a"]) == nil)
    }
}
