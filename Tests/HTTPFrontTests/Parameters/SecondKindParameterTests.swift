import Deployments
import HTTPFront
import Snapshots
import TestSupport
import Testing
import Wire

/// Parameters and descriptions of a second kind of record, from its table alone.
@Suite struct SecondKindParameterTests {
    private func parse(_ query: String) throws -> ReadRequest {
        let parameters = query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            return Parameter(name: parts[0], value: parts[1])
        }
        return try QueryParser.parse(parameters, grammar: .list(of: Lamp.table.schema), now: .epoch)
    }

    @Test func itsFieldsAreFiltersAndSortKeys() throws {
        let request = try parse("color=red&watts.gte=40&sort=-watts&fields=uid,rooms")
        #expect(request.query.sort?.map(\.field.name) == ["watts"])
        #expect(request.query.fields == ["uid", "rooms"])
        let source = SourceDescription.example("north")
        let snapshot = snapshot([
            SourceRows(
                LampRows.self, source: source,
                listed: [
                    Lamp("a", of: source, color: "RED", watts: 40, isOn: true),
                    Lamp("b", of: source, color: "red", watts: 39, isOn: true),
                ])
        ])
        #expect(snapshot.rows(matching: request.query).page.map(\.row) == [0])
    }

    @Test func otherKindsFieldsAreUnknownToIt() {
        #expect(throws: Problem.self) { try parse("status=READY") }
    }

    @Test func itsReferenceIsMadeFromItsTable() {
        #expect(
            FilterReference.markdown(of: Lamp.table.schema).contains(
                "| `watts` | whole number | eq ne in nin gt gte lt lte exists |"))
    }
}
