import Adapters
import Testing
import Wire

@Suite struct JSONPathTests {
    /// Most of RFC 9535's own examples (§1.5, §2.3, §2.5) that this subset can express.
    static let document = """
        {"store": {"book": [
            {"category": "reference", "author": "Nigel Rees", "title": "Sayings of the Century", "price": 8.95},
            {"category": "fiction", "author": "Evelyn Waugh", "title": "Sword of Honour", "price": 12.99},
            {"category": "fiction", "author": "Herman Melville", "title": "Moby Dick", "isbn": "0-553-21311-3", "price": 8.99}
          ], "bicycle": {"color": "red", "price": 399}},
         "o": {"j j": {"k.k": 3}, "j": 1, "k": 2}, "'": {"@": 2},
         "a": ["a", "b"], "null": {"a": null, "b": [null], "c": [{}], "null": 1},
         "f": [3, 5, 1, 2, 4, 6, {"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}, {"b": null}, {}],
         "e": {"f": [{"d": 1}, {"d": 2}], "g": {"d": 3}}, "ключ": "да", "dup": {"x": 1, "x": 2}}
        """

    @Test(arguments: [
        ("$.store.book[*].author", #"["Nigel Rees","Evelyn Waugh","Herman Melville"]"#),
        ("$.store.book[-1].title", #"["Moby Dick"]"#), ("$.store.book[2].price", "[8.99]"),
        ("$.store.book[?@.isbn].title", #"["Moby Dick"]"#),
        ("$.store.book[?@.price < 10].title", #"["Sayings of the Century","Moby Dick"]"#),
        ("$.store.book[?@.price<10 && @.category=='fiction'].title", #"["Moby Dick"]"#),
        ("$.store.book[?(@.price < 10 and not @.isbn) or @.price > 12].price", "[8.95,12.99]"),
        ("$.store.*.price", "[399]"), ("$.store[*].color", #"["red"]"#),
        ("$.o['j j']['k.k']", "[3]"), (#"$.o["j j"]["k.k"]"#, "[3]"), (#"$["'"]["@"]"#, "[2]"),
        (#"$['\'']['@']"#, "[2]"),
        ("$[ 'o' ] . j", "refused"), ("$ .o .j", "[1]"), ("$.o[*]", #"[{"k.k":3},1,2]"#),
        ("$.a[1]", #"["b"]"#), ("$.a[-2]", #"["a"]"#), ("$.a[2]", "[]"), ("$.a[-3]", "[]"), ("$.a.b", "[]"),
        ("$.o[0]", "[]"),
        ("$.null.a", "[null]"), ("$.null.a[0]", "[]"), ("$.null.a.d", "[]"), ("$.null.b[0]", "[null]"),
        ("$.null.b[*]", "[null]"),
        ("$.null.null", "[1]"), ("$.f[?@ > 3]", "[5,4,6]"), ("$.f[?@.b == 'kilo']", #"[{"b":"kilo"}]"#),
        ("$.f[?@.b in ['j', 'k']].b", #"["j","k"]"#),
        ("$.f[?@.b not in ['j', 'k'] and @.b].b", #"[{},"kilo"]"#),
        ("$.f[?!@.b && @.b == null && !(@ > 0)]", #"[{"b":null},{}]"#),
        ("$.f[?@.b == @.x]", #"[3,5,1,2,4,6,{"b":null},{}]"#),
        ("$.e[*][*].d", "[1,2]"), ("$.e[?@.d == 3].d", "[3]"), ("$.e.*.*.d", "[1,2]"), ("$.ключ", #"["да"]"#),
        ("$.dup.x", "[2]"),
        ("$.e.f[?'2' == @.d].d", "[2]"), ("$.e.f[?@['d']>=2]['d']", "[2]"), ("$.f[?-1 < @]", "[3,5,1,2,4,6]"),
    ])
    func leadsWhereRFC9535Says(_ text: String, _ expected: String) throws {
        guard expected != "refused" else {
            #expect(throws: ExpressionError.self) { try JSONPath(parsing: text) }
            return
        }
        let path = try JSONPath(parsing: text)
        let root = try json(Self.document)
        let found = path.values(in: root)
        #expect("[" + found.map(\.written).joined(separator: ",") + "]" == expected)
        #expect(path.value(in: root)?.written == found.first?.written)
        #expect(try JSONPath(parsing: path.description) == path)
    }

    @Test(arguments: [
        "", " $", "$ ", "a", ".a", "$a", "$.", "$..", "$..a", "$.1a", "$.-a", "$.a-b", "$.'a'", "$[", "$[]",
        "$[a]", "$['a", "$['a'",
        #"$['\x']"#, "$[01]", "$[-0]", "$[1.0]", "$[9007199254740992]", "$[0:1]", "$[:]", "$[::]", "$[0,1]",
        "$['a','b']", "$[?]", "$[?@.a",
        "$[?@.a==]", "$[?@.a=1]", "$[?@.a == 1 &]", "$[?@.a == [1]]", "$[?@..a]", "$[?@[*]]",
        "$[?length(@.a) > 1]", "$[?true]", "$[?@.a in []",
        "$[?@.a in 1]", "$[?@.a not 1]", "^.a", "@.a", "$.a]", "$.a[?!]",
    ])
    func refusesWhatIsOutsideTheSubset(_ text: String) {
        #expect(throws: ExpressionError.self) { try JSONPath(parsing: text) }
    }

    @Test(arguments: [
        ("$", "$.a", true), ("$.a", "$.a", true), ("$.a", "$.a.b[0]", true), ("$.a.b", "$.a", false),
        ("$.a", "$.b", false),
        ("$.a[*].t", "$.a[0].t", true), ("$.a[0].t", "$.a[*].t.u", true), ("$.a[0]", "$.a[1]", false),
        ("$.a[0]", "$.a[-1]", true),
        ("$.a[-2]", "$.a[-1]", false), ("$.a.*", "$.a.b", true), ("$.a[?@.x == 1]", "$.a.b", true),
        ("$.a[0]", "$.a['0']", false),
    ])
    func coversItselfAndItsDescendants(_ path: String, _ other: String, _ expected: Bool) throws {
        #expect(try JSONPath(parsing: path).covers(JSONPath(parsing: other)) == expected)
    }

    @Test(arguments: [
        ("$.a[0]['b']", true), ("$", true), ("$.a[*]", false), ("$.a.*", false), ("$[?@.a]", false),
    ])
    func knowsWhetherItLeadsToOneValue(_ text: String, _ expected: Bool) throws {
        #expect(try JSONPath(parsing: text).isSingular == expected)
    }
}
