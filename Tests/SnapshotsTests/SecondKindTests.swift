import Deployments
import Snapshots
import TestSupport
import Testing
import Wire

/// The functions that a second kind of record gets from its table.
@Suite struct SecondKindTests {
    private static let north = SourceDescription.example("north")
    private static let south = SourceDescription.example("south")

    private static let snapshot = TestSupport.snapshot([
        SourceRows(
            LampRows.self, source: north,
            listed: [
                Lamp("a", of: north, color: "Red", watts: 40, isOn: true),
                Lamp("b", of: north, color: nil, watts: 60, isOn: false),
                Lamp("c", of: north, color: "red", watts: nil, isOn: false),
            ]),
        SourceRows(
            LampRows.self, source: south,
            listed: [Lamp("d", of: south, color: "blue", watts: 100, isOn: true)]),
    ])

    private static func field(_ name: String) throws -> Field {
        try #require(Lamp.table.schema.named(name))
    }

    private static func json(_ query: Query) -> [String] {
        snapshot.rows(matching: query).page.map { id in
            var json = JSONWriter()
            snapshot.lists[Int(id.list)].write(row: Int(id.row), including: [], to: &json)
            return text(json.bytes)
        }
    }

    private static func uids(_ query: Query) throws -> [String] {
        try json(query).map { json in
            try #require(JSONDocument(parsing: Array(json.utf8)).root["uid"]?.string)
        }
    }

    @Test func itIsSortedAsItsTableSays() throws {
        #expect(try Self.uids(Query()) == ["south/d", "north/a", "north/c", "north/b"])
    }

    @Test func itIsFilteredByItsOwnFields() throws {
        var query = Query()
        query.condition = .filters([
            Filter(field: try Self.field("color"), anyOf: [.eq(.text("RED"))]),
            Filter(field: try Self.field("watts"), anyOf: [.gte(.number(10)), .exists(false)]),
        ])
        #expect(try Self.uids(query) == ["north/a", "north/c"])
        query.words = ["blu"]
        #expect(try Self.uids(query) == [])
        query.condition = .filters([Filter(field: try Self.field("source"), anyOf: [.eq(.text("south"))])])
        #expect(try Self.uids(query) == ["south/d"])
        #expect(!query.reaches(Self.north))
    }

    @Test func itIsCountedAndAddedUp() throws {
        let grouping = Grouping(
            of: Lamp.table.schema, keys: [try #require(Grouping.Key(try Self.field("color")))])
        let summary = try Self.snapshot.summary(of: Query(), by: grouping)
        #expect(summary.groups.map(\.values) == [[.text("Red")], [.text("blue")], [.null]])
        #expect(summary.groups.map(\.tally.count) == [2, 1, 1])
        #expect(summary.groups.map { $0.tally.sums[0].value } == [40, 100, 60])
        #expect(summary.total.sums[0].value == 200)
    }

    @Test func itIsWrittenAsJSONAndCSV() throws {
        #expect(
            Self.json(Query())[1]
                == #"{"uid":"north/a","source":"north","labels":{},"color":"Red","watts":40,"is_on":true,"#
                + #""rooms":["hall","a room"]}"#)
        let writer = Self.snapshot.lists[0].rows.storage.csvWriter(paths: nil, labels: [])
        var csv = CSVWriter()
        writer.writeHeader(&csv)
        writer.writeRow(Self.snapshot.lists[0].rows.location(of: 0), &csv)
        #expect(
            text(csv.bytes)
                == "uid,source,color,watts,is_on,rooms\r\nnorth/a,north,Red,40,true,hall a room\r\n")
    }

    @Test func itsRowsStayTheSameObjectIfNothingChanged() async {
        let lamps = [Lamp("a", of: Self.north, color: "Red", watts: 40, isOn: true)]
        let old = SourceRows(LampRows.self, source: Self.north, listed: lamps)
        let same = await SourceRows.updating(LampRows.self, old, source: Self.north, listed: lamps)
        #expect(same === old)
        let other = [Lamp("a", of: Self.north, color: "Red", watts: 41, isOn: true)]
        let new = await SourceRows.updating(LampRows.self, old, source: Self.north, listed: other)
        #expect(new !== old)
        #expect(old.count(missingFrom: new) == 0)
    }
}
