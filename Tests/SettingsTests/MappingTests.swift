import Settings
import Testing

/// Keys: requested, missing, null, unknown or repeated.
@Suite struct MappingTests {
    @Test func aMissingKeyAndANullAreNilAndOnlyARequiredOneIsReported() {
        let file = ReadingFile("map:\n  none: null\n  tilde: ~\n  blank:\n")
        let map = file.root?.mapping()?.optional("map")?.mapping()
        for key in ["none", "tilde", "blank", "absent"] { #expect(map?.optional(key) == nil) }
        #expect(file.told == [])
        for key in ["none", "tilde", "blank", "absent"] { #expect(map?.required(key) == nil) }
        #expect(
            file.told == [
                "file.yaml:2: map: `none` is missing", "file.yaml:2: map: `tilde` is missing",
                "file.yaml:2: map: `blank` is missing", "file.yaml:2: map: `absent` is missing",
            ])
    }

    @Test func aNullStandsThereAndCountsAsRequested() {
        let file = ReadingFile("proxy: null\n")
        let root = file.root?.mapping()
        #expect(root?.has("proxy") == true)
        #expect(root?.has("ca_file") == false)
        root?.refuseOthers()
        #expect(file.told == [])
    }

    @Test func aQuotedNullIsAText() {
        let file = ReadingFile("a: \"null\"\nb: '~'\nc: \"\"\n")
        let root = file.root?.mapping()
        #expect(root?.required("a")?.string() == "null")
        #expect(root?.required("b")?.string() == "~")
        #expect(root?.required("c")?.string() == "")
        #expect(file.told == [])
    }

    @Test func anUnknownKeyIsReportedWithTheNearestOrWithAll() {
        let file = ReadingFile("listen: 1\ntimeuot: 2\nzebra: 3\n")
        let root = file.root?.mapping()
        for key in ["timeout", "listen", "cache"] { _ = root?.optional(key) }
        root?.refuseOthers()
        #expect(
            file.told == [
                "file.yaml:2: timeuot: unknown key; did you mean `timeout`?",
                "file.yaml:3: zebra: unknown key; the keys here are cache, listen, timeout",
            ])
    }

    @Test func everythingIsReportedAtOnceInTheOrderOfTheFile() {
        let file = ReadingFile("a: yes\nb: 12\nc: [x]\nd: 1\n")
        let root = file.root?.mapping()
        root?.refuseOthers()
        _ = root?.optional("c")?.string()
        _ = root?.optional("b")?.duration()
        _ = root?.optional("a")?.bool()
        #expect(
            file.told.filter { !$0.contains("unknown") } == [
                "file.yaml:1: a: must be true or false, not `yes`",
                "file.yaml:2: b: must be a duration with its unit, such as 500ms, 30s, 5m, 24h or 7d, "
                    + "not `12`",
                "file.yaml:3: c: must be a text, not a list",
            ])
        #expect(throws: SettingsError.self) { try file.problems.throwIfAny() }
        #expect(file.problems.all.map(\.location.line) == [1, 1, 2, 2, 3, 3, 4])
    }

    @Test func whatIsReadTwiceIsReportedOnce() {
        let file = ReadingFile("a: yes\n")
        let root = file.root?.mapping()
        _ = root?.optional("a")?.bool()
        _ = root?.optional("a")?.bool()
        #expect(file.told == ["file.yaml:1: a: must be true or false, not `yes`"])
    }

    @Test(arguments: [
        ("true: 1\n\"true\": 2\n", "true"), ("7: 1\n'7': 2\n", "7"), ("null: 1\n\"null\": 2\n", "null"),
    ])
    func aNameThatStandsTwiceIsReportedAndItsFirstValueHolds(_ text: String, _ name: String) {
        let file = ReadingFile(text)
        let root = file.root?.mapping()
        #expect(root?.entries.map(\.name) == [name])
        #expect(root?.optional(name)?.int(in: 0...9) == 1)
        #expect(file.told == ["file.yaml:2: \(name): occurs twice"])
    }

    @Test func aKeyThatIsNoTextIsRefused() {
        let file = ReadingFile("map:\n  [a, b]: 1\n  {c: d}: 2\n")
        let map = file.root?.mapping()?.optional("map")?.mapping()
        #expect(map?.entries.isEmpty == true)
        #expect(
            file.told == [
                "file.yaml:2: map: a key must be a text", "file.yaml:3: map: a key must be a text",
            ])
    }

    @Test func theKeysThatWereRequestedAreKnownByTheirPath() {
        let file = ReadingFile("sources: [{name: a}, {name: b}]\n")
        for source in file.root?.mapping()?.optional("sources")?.sequence() ?? [] {
            _ = source.mapping()?.optional("secrets")
        }
        #expect(file.problems.requestedKeys == ["sources", "sources[].secrets"])
    }

    @Test func ofTwoKeysThatAreEquallyNearTheFirstOfTheAlphabetIsNamed() {
        let file = ReadingFile("tax: 1\n")
        let root = file.root?.mapping()
        _ = (root?.optional("tay"), root?.optional("tab"))
        root?.refuseOthers()
        #expect(file.told == ["file.yaml:1: tax: unknown key; did you mean `tab`?"])
    }
}
