import Settings
import Testing

/// YAML syntax, the limits on its size and depth, and locations.
@Suite(.timeLimit(.minutes(10))) struct ParsingTests {
    @Test(arguments: ["", "\n\n", "# only a comment\n", "---\n"])
    func aFileWithoutAValueIsNoMapping(_ text: String) {
        let file = ReadingFile(text)
        let root = file.root?.mapping()
        #expect(root == nil)
        #expect(!file.problems.isEmpty)
    }

    @Test func aProblemIsFoundAtItsValueAndWithinWhatHoldsIt() {
        let problems = SettingsProblems()
        problems.add(SettingsLocation(file: "f", line: 3, key: "a[1].b.c"), "is wrong")
        func isFound(_ key: String, file: String = "f") -> (at: Bool, within: Bool) {
            let location = SettingsLocation(file: file, line: 0, key: key)
            return (problems.hasProblem(at: location), problems.hasProblem(within: location))
        }
        #expect(isFound("a[1].b.c") == (true, true))
        for holder in ["", "a", "a[1]", "a[1].b"] { #expect(isFound(holder) == (false, true), "\(holder)") }
        for other in ["a[1].b.c.d", "a[1].b.", "a[1].b.cc", "a[1", "a[1]b", "b"] {
            #expect(isFound(other) == (false, false), "\(other)")
        }
        #expect(isFound("a[1].b.c", file: "g") == (false, false))
    }

    @Test func aByteOrderMarkBeforeAFileIsSkipped() {
        let file = ReadingFile("\u{FEFF}a: 1\nb: x\n")
        let root = file.root?.mapping()
        #expect(root?.optional("a")?.int(in: 0...9) == 1)
        #expect(root?.optional("b")?.location.line == 2)
        root?.refuseOthers()
        #expect(file.told == [])
    }

    @Test func anEmptyFileIsReportedAsSuch() {
        let file = ReadingFile("# nothing yet\n")
        #expect(file.root == nil)
        #expect(file.told == ["file.yaml: the file is empty"])
    }

    static let broken: [(text: String, problem: String)] = [
        ("a: 1\nb: [1, 2\nc: 3\n", "file.yaml:3: not YAML: did not find expected ',' or ']'"),
        ("a: 1\n\tb: 2\n", "file.yaml:2: not YAML: found a tab character that violates indentation"),
        ("a: \"open\n", "file.yaml:2: not YAML: found unexpected end of stream"),
        ("a: *nobody\n", "file.yaml:1: not YAML: found undefined alias"),
        ("a: 1\nb: 2\na: 3\n", "file.yaml:1: not YAML: the same key twice: a"),
    ]

    @Test(arguments: broken)
    func whatIsNoYAMLIsReportedWithItsLine(_ text: String, _ problem: String) {
        let file = ReadingFile(text)
        #expect(file.root == nil)
        #expect(file.told == [problem])
    }

    @Test func aFileOfTheLimitIsReadAndOneByteMoreIsNot() {
        let text = "key: " + String(repeating: "x", count: SettingsNode.sizeLimit - 5)
        let length = ReadingFile(text).root?.mapping()?.optional("key")?.text?.utf8.count
        #expect(length == 1_048_571)
        let file = ReadingFile(text + "x")
        #expect(file.root == nil)
        #expect(file.told == ["file.yaml: the file is larger than 1048576 bytes"])
    }

    /// Follows the first elements of nested lists `levels` times; nil after a problem.
    private func deepest(_ node: SettingsNode?, levels: Int) -> SettingsNode? {
        var node = node
        for _ in 0..<levels { node = node?.sequence()?.first }
        return node
    }

    @Test func listsAreReadToTheDepthLimit() {
        let file = ReadingFile(String(repeating: "[", count: 64) + "x" + String(repeating: "]", count: 64))
        #expect(deepest(file.root, levels: 64)?.text == "x")
        #expect(file.told == [])
    }

    @Test func listsBeyondTheDepthLimitAreRefused() {
        let file = ReadingFile(String(repeating: "[", count: 65) + "x" + String(repeating: "]", count: 65))
        #expect(deepest(file.root, levels: 65) == nil)
        let location = "file.yaml:1: " + String(repeating: "[0]", count: 64)
        #expect(file.told == ["\(location): must be a list, not a list"])
    }

    @Test func mappingsBeyondTheDepthLimitAreRefused() {
        let text = String(repeating: "{a: ", count: 70) + "x" + String(repeating: "}", count: 70)
        let file = ReadingFile(text)
        var node = file.root
        var levels = 0
        while let next = node?.mapping()?.optional("a") { (node, levels) = (next, levels + 1) }
        #expect(levels == 65)
        #expect(file.told.count == 1)
    }

    @Test(arguments: [("[", 100_000), ("- ", 100_000), ("{a: ", 50_000), ("? ", 100_000)])
    func nestingWithoutEndIsRefusedNotACrash(_ opening: String, _ count: Int) {
        let file = ReadingFile(String(repeating: opening, count: count))
        #expect(file.root?.mapping()?.optional("a") == nil)
        #expect(!file.problems.isEmpty)
    }

    @Test func anAliasIsWhatItsAnchorHolds() {
        let file = ReadingFile("first: &here {ttl: 30s}\nsecond: *here\n")
        let root = file.root?.mapping()
        let ttl = root?.optional("second")?.mapping()?.optional("ttl")
        #expect(ttl?.duration() == .seconds(30))
        #expect(ttl?.location.description == "file.yaml:1: second.ttl")
        #expect(file.told == [])
    }

    @Test func aMergeIsAKeyLikeAnyOther() {
        let file = ReadingFile("base: &base {a: 1}\nnext:\n  <<: *base\n  b: 2\n")
        let next = file.root?.mapping()?.optional("next")?.mapping()
        #expect(next?.optional("b")?.int(in: 0...9) == 2)
        next?.refuseOthers()
        #expect(file.told == ["file.yaml:3: next.<<: unknown key; the keys here are b"])
    }

    @Test func everyPlaceHasItsLineAndItsKeys() {
        let file = ReadingFile(
            """
            # a comment
            sources:
              - name: one
                cache:
                  ttl: 5s
              - name: two
                inputs: {workspaces: [a,
                  b]}
            """)
        let sources = file.root?.mapping()?.optional("sources")?.sequence() ?? []
        let first = sources.first?.mapping()
        let ttl = first?.optional("cache")?.mapping()?.optional("ttl")
        let workspaces = sources.last?.mapping()?.optional("inputs")?.mapping()?.optional("workspaces")
        let locations = [
            first?.location, ttl?.location, workspaces?.location, workspaces?.sequence()?.last?.location,
        ]
        #expect(
            locations.map { $0?.description } == [
                "file.yaml:3: sources[0]",
                "file.yaml:5: sources[0].cache.ttl",
                "file.yaml:7: sources[1].inputs.workspaces",
                "file.yaml:8: sources[1].inputs.workspaces[1]",
            ])
    }
}
