import Deployments
import Testing

@testable import rollcall

@Suite struct CSVWriterTests {
    @Test func theColumnsAreTheRecordsFieldsWithTheLabelsThatOccur() {
        var labelled = exampleRows[0]
        labelled.labels = ["team": "search", "cost": "4711"]
        let columns = CSVWriter(rows: [exampleRows[1], labelled], isForTerminal: false).columns
        #expect(
            columns.prefix(8) == [
                "uid", "source", "platform", "adapter", "region", "labels.cost", "labels.team", "native_id",
            ])
        #expect(columns.last == "inferred")
        #expect(
            columns.filter { !$0.hasPrefix("labels.") && $0 != "inferred" } == DeploymentField.all.map(\.name)
        )
    }

    @Test func aRecordIsOneLine() {
        var row = exampleRows[2]
        row.name = "a \"b\", c"
        row.inferred = ["created_at", "status_since"]
        row.capacity.ready = 1.5
        let writer = CSVWriter(rows: [row], isForTerminal: false)
        #expect(
            writer.line(row)
                == "research/whisper%20%F0%9F%8E%99%EF%B8%8F%20large,deepinfra,nimbus,nimbus,,,\"a \"\"b\"\", c\",,,"
                + "openai/whisper-large-v3-with-a-very-long-name-that-does-not-fit-anywhere,,,,,READY,idle,,,,"
                + "2023-11-11T22:13:20.000000Z,,,,true,,,0,0,,,,,1.5,,,H100-80GB,,,,0,,,,created_at status_since\r\n"
        )
        #expect(writer.header().split(separator: ",").count == writer.columns.count)
    }

    @Test(arguments: [
        ("plain", "plain"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\nb", "\"a\nb\""), ("", ""),
        ("=1+1", "\"'=1+1\""), ("+1", "\"'+1\""), ("-1", "\"'-1\""), ("@SUM(A1)", "\"'@SUM(A1)\""),
        ("\t=1", "\"'\t=1\""), ("\r=1", "\"'\r=1\""), ("a=1", "a=1"),
        (
            "=HYPERLINK(\"x\",\"y\")",
            "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""
        ), ("模,型", "\"模,型\""),
    ])
    func aCellIsQuotedAndNeverRun(_ text: String, _ cell: String) {
        #expect(CSVWriter.cell(text) == cell)
    }

    @Test func controlsReachAFileButNoTerminal() {
        let row = exampleRows[3]
        #expect(CSVWriter(rows: [row], isForTerminal: false).line(row).contains("\"bad\u{1B}[2J\nname\""))
        #expect(CSVWriter(rows: [row], isForTerminal: true).line(row).contains(",bad\u{FFFD}[2J name,"))
    }
}
