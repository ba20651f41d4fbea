import Deployments
import Testing

/// Uids as paths: no two keys give the same one, and no client takes a part of one away.
@Suite struct UIDTests {
    @Test(arguments: [
        ("llama", "s/llama"), ("a/b", "s/a%2Fb"), ("a b", "s/a%20b"), ("v1.2", "s/v1.2"), ("...", "s/..."),
        (".a", "s/.a"), ("a..", "s/a.."), (".", "s/%252E"), ("..", "s/%252E%252E"), ("%2E", "s/%25252E"),
        ("%2E%2E", "s/%25252E%25252E"), ("%252E", "s/%2525252E"), ("%2e", "s/%252e"), ("%2E.", "s/%252E."),
        (".%2E", "s/.%252E"), ("%2E%2E%2E", "s/%252E%252E%252E"), ("%", "s/%25"),
    ])
    func aPartIsPercentEncodedAndDotsOnceMore(_ part: String, _ uid: String) {
        #expect(ModelDeployment.uid(source: "s", key: [part]) == uid)
    }

    @Test func noTwoPartsAreWrittenAlike() {
        // Every text of up to five of these.
        let pieces = [".", "%", "25", "2E", "2e", "a"]
        var parts: Set<String> = [""]
        for _ in 0..<5 { parts.formUnion(parts.flatMap { part in pieces.map { part + $0 } }) }
        let uids = Set(parts.map { ModelDeployment.uid(source: "s", key: [$0]) })
        #expect(uids.count == parts.count)
        #expect(parts.count > 3000)
    }

    @Test func noPartIsASegmentThatClientsTakeAway() {
        let removed: Set<String> = [".", "..", "%2e", "%2e%2e", ".%2e", "%2e."]
        for part in [".", "..", "%2E", "%2e", "%2E%2E", ".%2E", "%2E."] {
            let uid = ModelDeployment.uid(source: "s", key: [part, part])
            #expect(!uid.split(separator: "/").contains { removed.contains($0.lowercased()) }, "\(uid)")
        }
    }

    @Test(arguments: [
        ("s/.", "s/%252E"), ("s/..", "s/%252E%252E"), ("s/%2E", "s/%252E"), ("s/%2e%2E", "s/%252E%252E"),
        ("s/.%2e/x", "s/%252E%252E/x"), ("s/w/.", "s/w/%252E"), ("s/%252E", "s/%252E"), ("s/a", "s/a"),
        ("s/...", "s/..."),
        ("s/", "s/"), ("s/%zz", "s/%zz"), ("s//.", "s//%252E"), ("s/a%2F.", "s/a%2F."),
    ])
    func anOldSpellingIsReadAsTodays(_ old: String, _ new: String) {
        #expect(ModelDeployment.respelled(uid: old) == new)
    }
}
