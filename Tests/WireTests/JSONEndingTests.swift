import Testing
import Wire

@Suite struct JSONEndingTests {
    @Test(arguments: [
        "{", "[", "[1,", #"{"a": "#, #"{"a": [1, {"b": 2}"#, #"["a]"#, #"["a\"]"#, #"["\\","#, " \n[{}",
        "\u{FEFF}[1",
    ])
    func aTextThatEndsWithinAnObjectOrArrayIsCutOff(_ text: String) {
        #expect(JSONDocument.isCutOff(Array(text.utf8)))
    }

    @Test(arguments: [
        "", " ", "{}", "[]", "[1] ", #"{"a": "["}"#, #"["\"]"]"#, #"["\\"]"#, "[1]]", "{}x{", "null", "12",
        "tru",
        "\"text", "<html>{", "error: {",
    ])
    func anyOtherTextIsNot(_ text: String) {
        #expect(!JSONDocument.isCutOff(Array(text.utf8)))
    }
}
