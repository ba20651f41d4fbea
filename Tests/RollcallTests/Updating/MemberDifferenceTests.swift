import Testing
import Wire

@testable import rollcall

/// The members in which two records differ, as a table.
@Suite struct MemberDifferenceTests {
    private func json(_ text: String) throws -> JSONValue { try JSONDocument(parsing: Array(text.utf8)).root }

    private func differences(
        _ before: String, _ after: String, naming named: Set<String> = []
    ) throws -> [MemberDifference] {
        try MemberDifference.all(from: json(before), to: json(after), naming: named)
    }

    @Test func aDifferenceIsAMemberWithBothValues() throws {
        let differences = try differences(
            #"{"name":"a","config":"v1","version":1,"capacity":{"desired":null,"base":2},"models":[],"gone":"x"}"#,
            #"{"name":"a","config":"v2","version":2,"capacity":{"desired":4,"base":2},"models":["m"],"new":true}"#
        )
        #expect(
            differences == [
                MemberDifference(member: "config", before: "v1", after: "v2"),
                MemberDifference(member: "version", before: "1", after: "2"),
                MemberDifference(member: "capacity.desired", before: nil, after: "4"),
                MemberDifference(member: "models", before: nil, after: #"["m"]"#),
                MemberDifference(member: "gone", before: "x", after: nil),
                MemberDifference(member: "new", before: nil, after: "true"),
            ])
    }

    @Test func whatFollowsFromOtherMembersIsLeftOut() throws {
        #expect(
            try differences(
                #"{"revision":"a","lookups":[1],"inferred":[],"unread":[],"stated_by_operator":[]}"#,
                #"{"revision":"b","lookups":[2],"inferred":["a"],"unread":["b"],"stated_by_operator":["c"],"history":[{}]}"#
            ) == [])
    }

    @Test func aNamedMemberIsThereAlsoIfItStaysTheSame() throws {
        #expect(
            try differences(#"{"a":"1","b":"2"}"#, #"{"a":"1","b":"2"}"#, naming: ["b"])
                == [MemberDifference(member: "b", before: "2", after: "2")])
    }

    @Test func aRecordThatIsNotThereHasNoValues() throws {
        let row = try json(#"{"a":"1","b":null}"#)
        #expect(
            MemberDifference.all(from: nil, to: row) == [
                MemberDifference(member: "a", before: nil, after: "1")
            ])
        #expect(MemberDifference.all(from: nil, to: nil) == [])
    }

    @Test func theTableHasALineForEachMember() {
        let table = DifferenceTable(titles: ("NOW", "THEN"), width: nil, usesColor: false)
        #expect(
            table.lines([
                MemberDifference(member: "config", before: "llama-v1\u{1B}", after: "llama-v2"),
                MemberDifference(member: "config_version", before: nil, after: "2"),
            ]) == [
                "MEMBER          NOW        THEN",
                "config          llama-v1\u{FFFD}  llama-v2",
                "config_version  -          2",
            ])
    }

    @Test func theTableFitsTheTerminal() {
        let table = DifferenceTable(titles: ("NOW", "THEN"), width: 40, usesColor: false)
        let long = String(repeating: "abcdefgh", count: 9)
        #expect(
            table.lines([MemberDifference(member: "config", before: long, after: "b" + long)]) == [
                "MEMBER  NOW              THEN",
                "config  abcdefghabcdef…  babcdefghabcde…",
            ])
    }
}
