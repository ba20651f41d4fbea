import Testing
import Wire

@Suite struct JSONPointerTests {
    private static let text = #"""
        {"a":"first","a":{"b":[10,{"c":"x"},[]],"":"empty name","é":1},"list":[1,2.5,true,null,"t"],
         "big":18446744073709551615,"at":"2026-01-31T08:30:15Z","ab":"not a","quoted":"\"\\\u0001é"}
        """#

    private func root() throws -> JSONValue { try JSONDocument(parsing: Array(Self.text.utf8)).root }

    @Test(
        arguments: [
            ([], nil), ([.name("a"), .name("b"), .position(0)], "10"),
            ([.name("a"), .name("b"), .position(1), .name("c")], "x"),
            ([.name("a"), .name("b"), .position(-2), .name("c")], "x"),
            ([.name("a"), .name("")], "empty name"),
            ([.name("a"), .name("e\u{301}")], nil), ([.name("a"), .name("\u{E9}")], "1"),
            ([.name("list"), .position(-1)], "t"), ([.name("list"), .position(-6)], nil),
            ([.name("list"), .position(5)], nil), ([.name("list"), .position(.min)], nil),
            ([.name("list"), .position(.max)], nil), ([.name("list"), .name("a")], nil),
            ([.name("a"), .position(0)], nil), ([.name("at"), .name("a")], nil), ([.name("")], nil),
            ([.name("ab")], "not a"),
        ] as [([JSONPointer.Step], String?)])
    func leadsByNamesAndPositions(_ steps: [JSONPointer.Step], _ expected: String?) throws {
        let found = try root().value(at: JSONPointer(steps))
        #expect((found?.string ?? found?.int.map { "\($0)" }) == expected)
    }

    @Test func ofARepeatedNameTheLastIsFound() throws {
        #expect(try root().value(at: JSONPointer([.name("a")]))?.kind == .object)
    }

    @Test func tellsWhatStandsThere() throws {
        func content(_ steps: JSONPointer.Step...) throws -> String {
            "\(try root().content(at: JSONPointer(steps)))"
        }
        #expect(try content() == "object")
        #expect(try content(.name("list")) == "array")
        #expect(try content(.name("list"), .position(0)) == "integer(1)")
        #expect(try content(.name("list"), .position(1)) == "number(2.5)")
        #expect(try content(.name("list"), .position(2)) == "bool(true)")
        #expect(try content(.name("list"), .position(3)) == "null")
        #expect(try content(.name("list"), .position(4)) == #"string("t")"#)
        #expect(try content(.name("big")) == "unsigned(18446744073709551615)")
        #expect(try content(.name("absent")) == "null")
    }

    @Test func readsATimeWhereItStands() throws {
        let root = try root()
        let time = root.time(at: JSONPointer([.name("at")]), zoneless: nil)
        #expect(time?.time.description == "2026-01-31T08:30:15.000000Z")
        #expect(root.time(at: JSONPointer([.name("ab")]), zoneless: nil) == nil)
        #expect(root.time(at: JSONPointer([.name("big")]), zoneless: nil) == nil)
        #expect(root.time(at: JSONPointer([.name("absent")]), zoneless: nil) == nil)
    }

    @Test func aScalarIsCopiedAndAContainerIsNull() throws {
        let root = try root()
        var json = JSONWriter()
        json.object {
            for name in ["a", "list", "absent", "big", "at", "quoted"] {
                $0.scalar(JSONMember(name), of: root)
            }
        }
        #expect(
            String(decoding: json.bytes, as: UTF8.self) == #"""
                {"a":null,"list":null,"big":18446744073709551615,"at":"2026-01-31T08:30:15Z","quoted":"\"\\\u0001é"}
                """#)
    }

    @Test func onlyATextThatIsThereIsCopiedAsOne() throws {
        let root = try JSONDocument(parsing: Array(#"{"a":"x","b":"","c":1}"#.utf8)).root
        var json = JSONWriter()
        json.open("{")
        let copied = ["a", "b", "c", "d"].map {
            json.member(JSONKey($0), textOf: root, at: JSONPointer([.name($0)]))
        }
        json.close("}")
        #expect(copied == [true, false, false, false])
        #expect(String(decoding: json.bytes, as: UTF8.self) == #"{"a":"x"}"#)
    }
}
