import Deployments
import Testing
import Wire

@testable import rollcall

/// `MEMBER=VALUE` becomes a merge patch, by what a source lets change.
@Suite struct WritableMembersTests {
    /// What a source tells in `writes`.
    static let writes = """
        {"members":[
        {"field":"config","type":"text","required":true,"least":null,"greatest":null,"multiple_of":null,
        "about":"the configuration to deploy"},
        {"field":"config_version","type":"integer","required":false,"least":1,"greatest":null,"multiple_of":null,
        "about":null},
        {"field":"capacity.desired","type":"integer","required":false,"least":1,"greatest":64,
        "multiple_of":"capacity.base","about":null},
        {"field":"capacity.unit","type":"text","required":false},
        {"field":"latest","type":"boolean","required":false},
        {"field":"accelerator.memory_gb","type":"number","required":false},
        {"field":"image","type":"of-the-future","required":false}]}
        """

    private func schema(_ text: String = Self.writes) throws -> UpdateSchema? {
        UpdateSchema(try JSONDocument(parsing: Array(text.utf8)).root)
    }

    @Test(
        arguments: [
            (["config=7"], #"{"config":"7"}"#),
            (["config_version=2", "config=a=b c"], #"{"config":"a=b c","config_version":2}"#),
            (
                ["config=x", "capacity.desired=4", "capacity.unit=MU1"],
                #"{"config":"x","capacity":{"desired":4,"unit":"MU1"}}"#
            ),
            (
                ["config=", "latest=true", "accelerator.memory_gb=1.5", "image=9"],
                #"{"config":"","latest":true,"accelerator":{"memory_gb":1.5},"image":"9"}"#
            ),
            // The limits are the gateway's: it knows the row.
            (["config=x", "capacity.desired=-3"], #"{"config":"x","capacity":{"desired":-3}}"#),
        ])
    func theTypesAreThoseOfTheSource(_ terms: [String], _ body: String) throws {
        let patch = try #require(try schema()).patch(try MemberTerm.all(terms))
        #expect(String(decoding: patch.json, as: UTF8.self) == body)
    }

    private static let listed = """
        These can be changed:
          config (text, required): the configuration to deploy
          config_version (integer, at least 1)
          capacity.desired (integer, at least 1, at most 64, a multiple of capacity.base)
          capacity.unit (text)
          latest (boolean)
          accelerator.memory_gb (number)
          image (text)
        """

    @Test(arguments: [
        (["confg=x", "config=y"], "confg: cannot be changed; did you mean `config`?"),
        (["config=x", "status=READY"], "status: cannot be changed"),
        (["config=x", "config_version=two"], "config_version: `two` is not a whole number"),
        (["config=x", "config_version=2.5"], "config_version: `2.5` is not a whole number"),
        (["config=x", "config_version=\u{1B}[2J"], "config_version: `\u{FFFD}[2J` is not a whole number"),
        (["config=x", "latest=yes"], "latest: `yes` is not true or false"),
        (["config=x", "accelerator.memory_gb=nan"], "accelerator.memory_gb: `nan` is not a number"),
        (["config_version=2"], "config: is missing; every update of this source has to give it"),
    ])
    func aWrongMemberIsRefusedWithWhatCanBeChanged(_ terms: [String], _ line: String) throws {
        let schema = try #require(try schema())
        #expect(throws: CommandFailure(.usage, line + "\n" + Self.listed)) {
            try schema.patch(try MemberTerm.all(terms))
        }
    }

    @Test(arguments: ["null", "{}", #"{"members":[]}"#, "7"])
    func nothingCanBeChangedWithoutMembers(_ writes: String) throws {
        #expect(try schema(writes) == nil)
    }

    @Test(arguments: [
        (["config"], "`config` changes nothing: write MEMBER=VALUE, such as config=llama-v2"),
        (["=x"], "`=x` changes nothing: write MEMBER=VALUE, such as config=llama-v2"),
        (["config=x", "config=y"], "`config` is given twice"),
    ])
    func aTermIsAMemberWithAValue(_ terms: [String], _ reason: String) {
        #expect(throws: MemberTerm.Refusal(description: reason)) { try MemberTerm.all(terms) }
    }
}
